/**
 * Claims against pages: each field goes to the comparator of its type. Knows nothing of verdicts.
 */

import type { Claim, Finding, Page } from '../types.ts';

/** Finds each claim on the pages, in the order of the claims. */
export function matchClaims(
  claims: readonly Claim[],
  _at: { pages: readonly Page[]; again: readonly Page[]; locale: string | null },
): Finding[] {
  return claims.map((claim) => ({
    field: claim.field.name,
    finding: 'not_found',
    claimed: claim.value,
    found: null,
    reasons: [],
    evidence: [],
  }));
}
