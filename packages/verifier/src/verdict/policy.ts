/**
 * The policy: from findings to a verdict, as data and one pure function. Its version travels in every verdict, so that
 * a decision can be explained after the policy has changed.
 */

import type { Finding, Kind, Verdict } from '../types.ts';

/** What may be turned without changing the code. */
export interface Policy {
  readonly version: string;
  /** Whether a certain mismatch rejects by itself; otherwise a person decides. */
  readonly autoReject: boolean;
  /** Reasons of a finding that make it uncertain: it neither verifies nor rejects. */
  readonly doubts: ReadonlySet<string>;
}

/** The policy in force where none is given. */
export const defaultPolicy: Policy = {
  version: '2026-11-2',
  autoReject: true,
  doubts: new Set([
    'ambiguous_day_month',
    'digit_in_doubt',
    'read_once',
    'name_in_doubt',
    'name_is_part',
    'total_ambiguous',
    'date_ambiguous',
    'other_role_possible',
    'romanization_variant',
    'looks_disagree',
    'attachments_differ',
    'page_not_legible',
    'document_expired',
    'issued_in_future',
    'dates_out_of_order',
    'country_not_shown',
    'extension_not_shown',
    'words_and_digits_differ',
    'role_by_model',
  ]),
};

/** What the policy looks at. */
export interface Case {
  readonly kind: Kind;
  readonly findings: readonly Finding[];
  /** Faults of the request itself: unknown fields, unreadable values, required fields not claimed. */
  readonly claimFaults: readonly string[];
  /** Attachments that gave no page, as reason codes. */
  readonly pageFaults: readonly string[];
  readonly legible: boolean;
}

/** Decides. First rule that fires: faults of the claim, of the pages, a certain mismatch, all matches, else review. */
export function decide(given: Case, policy: Policy): Pick<Verdict, 'verdict' | 'reasons'> {
  const review = (...reasons: string[]): Pick<Verdict, 'verdict' | 'reasons'> => {
    return { verdict: 'needs_review', reasons: [...new Set([...reasons, ...given.pageFaults])] };
  };
  if (given.claimFaults.length > 0) return review(...given.claimFaults);
  if (!given.legible) return review(...(given.pageFaults.length > 0 ? given.pageFaults : ['page_not_legible']));
  const certain = (finding: Finding): boolean => !finding.reasons.some((reason) => policy.doubts.has(reason));
  const contradicted = given.findings.filter((finding) => finding.finding === 'mismatch' && certain(finding));
  if (contradicted.length > 0 && given.pageFaults.length === 0) {
    const reasons = contradicted.map((finding) => `${finding.field}_mismatch`);
    return policy.autoReject ? { verdict: 'rejected', reasons } : review('suggested_reject', ...reasons);
  }
  if (
    given.findings.every((finding) => finding.finding === 'match' && certain(finding)) &&
    given.pageFaults.length === 0
  ) {
    return { verdict: 'verified', reasons: [] };
  }
  return review(...given.findings.flatMap(reasonsOf(certain)));
}

/** Doubts about the document itself, which a person should read in the verdict's own reasons. */
const ofDocument = new Set(['document_expired', 'issued_in_future', 'dates_out_of_order']);

function reasonsOf(certain: (finding: Finding) => boolean): (finding: Finding) => string[] {
  return (finding) => {
    if (finding.finding === 'match' && certain(finding)) return [];
    if (finding.finding === 'not_found') return [`${finding.field}_not_found`];
    return [`${finding.field}_in_doubt`, ...finding.reasons.filter((reason) => ofDocument.has(reason))];
  };
}
