/**
 * Claims against pages: each field goes to the comparator of its type, once for each look, and the looks are put
 * together. A second look may fill a gap or confirm; it never outvotes the first. Knows nothing of verdicts.
 */

import { orderOf } from '../normalize/dates.ts';
import type { Claim, Field, Finding, Page } from '../types.ts';
import { matchAddress } from './address.ts';
import { matchCompany } from './company.ts';
import { matchDate } from './date.ts';
import { formOf, matchOnForm } from './form/form.ts';
import { amountsInWords, besideWords, isInWords } from './in-words.ts';
import { dateOrderReasons } from './order.ts';
import { matchPhone } from './phone.ts';
import { matchBusinessNumber, matchIdentifier, matchLabelledMoney, matchPerson } from './plain.ts';
import { notFound, type Outcome, type Row, rowsOf } from './rows.ts';
import { matchTotal } from './total.ts';

/** What the comparators look at: pages as first read, the same read again (may be empty), and the record's locale. */
export interface Looks {
  readonly pages: readonly Page[];
  readonly again: readonly Page[];
  readonly locale: string | null;
  /** All fields of the kind, where sums of unclaimed ones help; by default those that are claimed. */
  readonly fields?: readonly Field[];
  /** The day on which a document must be in force, ISO; without it nothing can have expired. */
  readonly today?: string;
}

/** Reasons that make an outcome uncertain; a second look that agrees lifts those in `lifted`. */
export const doubtReasons: ReadonlySet<string> = new Set([
  'ambiguous_day_month',
  'digit_in_doubt',
  'read_once',
  'name_in_doubt',
  'name_is_part',
  'total_ambiguous',
  'date_ambiguous',
  'other_role_possible',
  'looks_disagree',
  'attachments_differ',
  'page_not_legible',
  'document_expired',
  'issued_in_future',
  'dates_out_of_order',
  'country_not_shown',
  'extension_not_shown',
  'words_and_digits_differ',
]);
const lifted = new Set(['read_once']);

/**
 * Finds each claim on the pages, in the order of the claims. Claims are about one document: with several attachments
 * the one that bears them all out decides; values picked from different ones are for a person.
 */
export function matchClaims(claims: readonly Claim[], looks: Looks): Finding[] {
  const attachments = [...new Set(looks.pages.filter((page) => page.legible).map((page) => page.attachment))];
  const answers = attachments.map((attachment) => {
    const own = (page: Page): boolean => page.legible && page.attachment === attachment;
    return outcomesOn(claims, { ...looks, pages: looks.pages.filter(own), again: looks.again.filter(own) });
  });
  const whole = answers.find((outcomes) => outcomes.every((outcome) => isSure(outcome, 'match')));
  const outcomes =
    whole ?? (answers.length > 1 ? spread(answers) : (answers[0] ?? claims.map(() => notFound('nothing_read'))));
  const decided = claims.map((claim, i) => ({ claim, outcome: outcomes[i] as Outcome }));
  const order = dateOrderReasons(decided, looks.today ?? null);
  return decided.map(({ claim, outcome }) => {
    const reason = order.get(claim.field.name);
    const { finding, found, reasons, evidence } = reason === undefined ? outcome : doubted(outcome, reason);
    return { field: claim.field.name, finding, claimed: claim.value, found, reasons, evidence };
  });
}

/** Each claim on one attachment, as first read and, where that leaves a doubt, as read again. */
function outcomesOn(claims: readonly Claim[], looks: Looks): Outcome[] {
  const fields = looks.fields ?? claims.map(({ field }) => field);
  const first = comparedOn(looks.pages, fields, looks);
  const second = comparedOn(looks.again, fields, looks);
  return claims.map((claim) => {
    const one = first(claim);
    return looks.again.length === 0 || isSure(one, 'match') ? one : together(one, second(claim));
  });
}

/** The comparison of claims with one look at one attachment; Korean forms have comparators of their own. */
function comparedOn(pages: readonly Page[], fields: readonly Field[], looks: Looks): (claim: Claim) => Outcome {
  const rows = rowsOf(pages);
  const form = formOf(pages, fields);
  const inWords = amountsInWords(rows);
  return (claim) => {
    const outcome =
      form === null ? compare(claim, { rows, inWords }, looks) : matchOnForm(claim, form, { fields, rows, inWords });
    return isInWords(claim.field, fields) ? besideWords(outcome, inWords) : outcome;
  };
}

/** Attachments of which none bears out every claim: a match on one and a mismatch on another is a doubt. */
function spread(answers: readonly (readonly Outcome[])[]): Outcome[] {
  const fields = answers[0]?.map((_, i) => answers.map((outcomes) => outcomes[i] as Outcome)) ?? [];
  return fields.map((outcomes) => {
    const match =
      outcomes.find((outcome) => isSure(outcome, 'match')) ?? outcomes.find(({ finding }) => finding === 'match');
    if (match !== undefined)
      return outcomes.every(({ finding }) => finding === 'match') ? match : doubted(match, 'attachments_differ');
    return outcomes.find(({ finding }) => finding === 'mismatch') ?? (outcomes[0] as Outcome);
  });
}

function compare(
  claim: Claim,
  { rows, inWords }: { rows: readonly Row[]; inWords: ReadonlySet<number> },
  looks: Looks,
): Outcome {
  const { field, value } = claim;
  if (rows.length === 0) return notFound('nothing_read');
  const whole = wholeMoney(rows, looks.locale);
  switch (field.type) {
    case 'company':
      return matchCompany(value, rows);
    case 'date':
      return matchDate(value, rows, { order: orderOf(looks.locale), field });
    case 'money':
      return field.name === 'total'
        ? matchTotal(value, rows, { whole, inWords })
        : matchLabelledMoney(value, rows, { field, whole });
    case 'krBusinessNumber':
      return matchBusinessNumber(value, rows, { field });
    case 'person':
      return matchPerson(value, rows, { field });
    case 'address':
      return matchAddress(value, rows);
    case 'phone':
      return matchPhone(value, rows, { field, locale: looks.locale });
    case 'identifier':
    case 'documentNumber':
      return matchIdentifier(value, rows, { field });
  }
}

/** Two looks at the same page. */
function together(first: Outcome, second: Outcome): Outcome {
  if (first.finding === 'not_found') return second.finding === 'mismatch' ? doubted(second, 'read_once') : second;
  if (first.finding === 'match' && second.finding === 'match') {
    const [one, two] = [withoutLifted(first), withoutLifted(second)];
    return isSure(second, 'match') ? second : isSure(one, 'match') && isSure(two, 'match') ? one : first;
  }
  if (first.finding === 'match') return first;
  if (second.finding === 'match') return doubted(first, 'looks_disagree');
  if (second.finding === 'mismatch' && agree(first, second)) {
    return withoutLifted(first);
  }
  return second.finding === 'mismatch' || first.evidence.length < 2 ? doubted(first, 'looks_disagree') : first;
}

/** What was read once is read twice now. */
function withoutLifted(outcome: Outcome): Outcome {
  return { ...outcome, reasons: outcome.reasons.filter((reason) => !lifted.has(reason)) };
}

/** Values must be the same; names may be read a little differently, being foreign to the claim both times. */
function agree(first: Outcome, second: Outcome): boolean {
  return (
    first.found === second.found || (isSure(first, 'mismatch') && isSure(second, 'mismatch') && first.byName === true)
  );
}

function doubted(outcome: Outcome, reason: string): Outcome {
  return { ...outcome, reasons: [...new Set([...outcome.reasons, reason])] };
}

function isSure(outcome: Outcome, finding: Outcome['finding']): boolean {
  return outcome.finding === finding && !outcome.reasons.some((reason) => doubtReasons.has(reason));
}

function wholeMoney(rows: readonly Row[], locale: string | null): boolean {
  return /^(?:ko|ja)\b/i.test(locale ?? '') || rows.some((row) => /[₩원円]/.test(row.text));
}
