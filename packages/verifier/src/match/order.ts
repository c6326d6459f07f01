/**
 * Dates of one document held against each other and against today: a card that has expired, that is issued tomorrow
 * or before its holder was born is for a person, whatever its claims say. Pure; today comes from outside.
 */

import { parseDate } from '../normalize/dates.ts';
import type { Claim } from '../types.ts';
import type { Outcome } from './rows.ts';

/** Reasons found here, by the field they are about. */
export function dateOrderReasons(
  answers: readonly { readonly claim: Claim; readonly outcome: Outcome }[],
  today: string | null,
): Map<string, string> {
  const day = (name: string): string | null => {
    const found = answers.find(({ claim, outcome }) => claim.field.name === name && outcome.finding === 'match');
    const days = found === undefined ? [] : parseDate(found.claim.value, 'ymd');
    return days.length === 1 ? (days[0] as string) : null;
  };
  const [birth, issue, expiry] = [day('birth_date'), day('issue_date'), day('expiry_date')];
  const reasons = new Map<string, string>();
  if (issue !== null && today !== null && issue > today) reasons.set('issue_date', 'issued_in_future');
  if (birth !== null && issue !== null && birth > issue) reasons.set('birth_date', 'dates_out_of_order');
  if (expiry !== null && today !== null && expiry < today) reasons.set('expiry_date', 'document_expired');
  if (expiry !== null && issue !== null && expiry < issue) reasons.set('expiry_date', 'dates_out_of_order');
  return reasons;
}
