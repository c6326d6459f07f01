/**
 * What a model's proposals do to findings that were left in doubt. A proposal counts where the device's own reader has
 * read the same words; it may then confirm what code has found there, or show a person where to look. It never makes a
 * match by itself: which value stands in a role stays a matter of the page's own words and sums.
 */

import { matchClaims } from '../match/match.ts';
import { evidenceOf, rowsOf } from '../match/rows.ts';
import { leadingTotal } from '../match/total.ts';
import { parseMoney } from '../normalize/money.ts';
import type { Claim, Finding, Page } from '../types.ts';
import { type Grounded, groundings } from './ground.ts';
import type { Proposal } from './prompt.ts';
import { languageOf, sameValue, valueStands } from './values.ts';

/** A page that a model was shown, as it was first read and, where it was, read again. */
export interface Shown {
  readonly page: Page;
  readonly again: Page | null;
}

/** What is weighed. `proposals` name pages by their place in `shown`, from 1. */
export interface Weighing {
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
  readonly proposals: readonly Proposal[];
  readonly shown: readonly Shown[];
  readonly locale: string | null;
  /** Reasons that make a finding uncertain. */
  readonly doubts: ReadonlySet<string>;
}

/** Doubts about what was read once: a second reader who reads the same there lifts them. */
const readingDoubts: ReadonlySet<string> = new Set([
  'read_once',
  'digit_in_doubt',
  'total_ambiguous',
  'date_ambiguous',
]);

/** The findings with what the proposals add, in the same order. */
export function weigh(given: Weighing): Finding[] {
  return given.findings.map((finding, i) => {
    const claim = given.claims[i];
    const own = given.proposals.filter(({ field }) => field === finding.field);
    if (claim === undefined || own.length === 0 || !isDoubtful(finding, given.doubts)) return finding;
    return weighed(claim, finding, { ...given, proposals: own });
  });
}

/** Whether a finding neither verifies nor rejects by itself. */
export function isDoubtful(finding: Finding, doubts: ReadonlySet<string>): boolean {
  return finding.finding === 'not_found' || finding.reasons.some((reason) => doubts.has(reason));
}

interface Standing {
  readonly value: string;
  readonly place: Grounded;
  /** The page was read twice, and this is the second reading. */
  readonly again: boolean;
}

function weighed(claim: Claim, finding: Finding, given: Weighing): Finding {
  const standing = given.proposals.flatMap((proposal) => standings(claim, proposal, given));
  const [first] = standing;
  if (first === undefined) return withReasons(finding, ['ungrounded']);
  const { order } = languageOf(given);
  const same = (a: string, b: string): boolean => sameValue(claim.field.type, { a, b, order });
  // Two values for one field, or one that was not read here: the model is in doubt itself.
  const sure =
    standing.every(({ value }) => same(value, first.value)) &&
    given.proposals.every(({ value }) => same(value, first.value));
  if (finding.finding === 'not_found') return shownOnly(finding, first, same(claim.value, first.value));
  if (!sure) return withReasons(finding, ['model_in_doubt']);
  if (same(claim.value, first.value)) return confirmed(claim, finding, { standing, given });
  return contradicted(finding, standing, { same, given });
}

/** Where the value a model gives stands in words that were read here too. */
function standings(claim: Claim, proposal: Proposal, given: Weighing): Standing[] {
  const shown = given.shown[proposal.page - 1];
  if (shown === undefined) return [];
  const looks = shown.again === null ? [shown.page] : [shown.page, shown.again];
  return looks.flatMap((page, look) =>
    groundings(proposal.quote, page)
      .filter(({ rows }) => {
        const text = rows.map((row) => row.text).join(' ');
        return valueStands(claim.field.type, { value: proposal.value, text, ...languageOf(given) });
      })
      .map((place) => ({ value: proposal.value, place, again: look === 1 })),
  );
}

/** A model reads the claim where code does: enough where code itself came close, and nothing else is in the way. */
function confirmed(claim: Claim, finding: Finding, at: { standing: readonly Standing[]; given: Weighing }): Finding {
  const { given } = at;
  const here = at.standing.filter(({ place }) => isAt(finding, place));
  const pointed = here.map((one) => ({ one, outcome: onRows(claim, one.place, given) }));
  const agrees = pointed.find(({ outcome }) => outcome.finding === 'match' && !isDoubtful(outcome, given.doubts));
  if (agrees === undefined) return finding;
  const doubts = finding.reasons.filter((reason) => given.doubts.has(reason));
  if (finding.finding === 'match') {
    const rivalsOnly = claim.field.name === 'total' && doubts.every((doubt): boolean => doubt === 'total_ambiguous');
    if (!rivalsOnly || !isLeadingSum(claim, agrees.one.place, given)) return finding;
    return { ...finding, reasons: [...finding.reasons.filter((reason) => !doubts.includes(reason)), 'two_readers'] };
  }
  // One of two looks read the claim there, and so does the model: two readings of three.
  const secondLook = agrees.one.again && doubts.includes('looks_disagree');
  return secondLook ? { ...agrees.outcome, reasons: ['two_readers'] } : finding;
}

/** A model reads another value than the claim's. Where it is the one that code found there, that value is certain. */
function contradicted(
  finding: Finding,
  standing: readonly Standing[],
  at: { same: (a: string, b: string) => boolean; given: Weighing },
): Finding {
  const { same, given } = at;
  const doubts = finding.reasons.filter((reason) => given.doubts.has(reason));
  const agrees =
    finding.finding === 'mismatch' &&
    finding.found !== null &&
    !finding.reasons.includes('value_in_other_role') &&
    doubts.every((doubt) => readingDoubts.has(doubt)) &&
    standing.some(({ value, place }) => same(value, finding.found ?? '') && isAt(finding, place));
  if (!agrees) return withReasons(finding, ['model_disagrees']);
  return { ...finding, reasons: [...finding.reasons.filter((reason) => !doubts.includes(reason)), 'two_readers'] };
}

/** For a person: where a model says that the value stands. Its role rests on the model alone. */
function shownOnly(finding: Finding, standing: Standing, isClaim: boolean): Finding {
  return {
    ...finding,
    finding: isClaim ? 'match' : 'mismatch',
    found: standing.value,
    reasons: [...finding.reasons, 'role_by_model'],
    evidence: standing.place.rows.map((row) => evidenceOf(row)),
  };
}

/** The claim against these rows alone, by the comparator of its type: their own words must carry the role. */
function onRows(claim: Claim, { page, lines }: Grounded, given: Weighing): Finding {
  const part: Page = { ...page, legible: true, lines: lines.flatMap((line) => page.lines[line] ?? []) };
  const locale = languageOf(given).locale;
  const [finding] = matchClaims([claim], { pages: [part], again: [], locale });
  if (finding === undefined) throw new Error('one claim has one finding');
  return finding;
}

/** Whether the claim is the sum for which the page itself says most, though not enough. */
function isLeadingSum(claim: Claim, { page }: Grounded, given: Weighing): boolean {
  const pages = given.shown.map((one) => one.page).filter(({ attachment }) => attachment === page.attachment);
  const leading = leadingTotal(rowsOf(pages), languageOf(given));
  return leading !== null && leading === parseMoney(claim.value);
}

/** Whether a place is where a finding's evidence stands. */
function isAt(finding: Finding, { page, rows }: Grounded): boolean {
  return finding.evidence.some(
    (evidence) =>
      evidence.attachment === page.attachment &&
      evidence.page === page.page &&
      rows.some(({ box }) => {
        const middle = (evidence.box[1] + evidence.box[3]) / 2;
        return middle >= box[1] && middle <= box[3] && evidence.box[0] < box[2] && evidence.box[2] > box[0];
      }),
  );
}

function withReasons(finding: Finding, more: readonly string[]): Finding {
  return { ...finding, reasons: [...new Set([...finding.reasons, ...more])] };
}
