/**
 * Claims as they were submitted to fields and values that can be compared. What is wrong with a claim itself is found
 * here, before anything is read.
 */

import { businessNumberDigits, isBusinessNumber } from '../normalize/business-number.ts';
import { orderOf, parseDate } from '../normalize/dates.ts';
import { parseMoney } from '../normalize/money.ts';
import { nameTokens } from '../normalize/names.ts';
import { parsePhone } from '../normalize/phones.ts';
import type { Claim, Field, Kind } from '../types.ts';

const valueLengthMax = 300;
/** Characters that nobody sees and that make a value read otherwise than it is stored: joiners, marks, directions. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
/** Scripts whose letters pass for Latin ones: a name in both is two names. */
const lookAlikes = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;

/** Splits claims into what can be compared and reason codes for what cannot. */
export function parseClaims(
  kind: Kind,
  claims: unknown,
  locale: string | null = null,
): { claims: Claim[]; faults: string[] } {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    return { claims: [], faults: ['claims_not_an_object'] };
  const entries = Object.entries(claims);
  if (entries.length === 0) return { claims: [], faults: ['claims_empty'] };
  const faults: string[] = [];
  const parsed: Claim[] = [];
  for (const [name, given] of entries) {
    const field = kind.fields.find((candidate) => candidate.name === name);
    const value = typeof given === 'number' && Number.isFinite(given) ? String(given) : given;
    if (field === undefined) faults.push('unknown_field');
    else if (typeof value !== 'string' || value.trim() === '' || value.length > valueLengthMax)
      faults.push(`${name}_unreadable_claim`);
    else {
      const fault = faultOf(field, value.trim(), locale);
      if (fault !== null) faults.push(`${name}_${fault}`);
      parsed.push({ field, value: value.trim() });
    }
  }
  for (const field of kind.fields) {
    if (field.required && !entries.some(([name]) => name === field.name)) faults.push(`${field.name}_not_claimed`);
  }
  return { claims: parsed, faults };
}

/** What a value's type finds wrong with it by itself, before any page is read. */
function faultOf(field: Field, value: string, locale: string | null): string | null {
  if (invisible.test(value)) return 'hidden_characters';
  if (/\p{Script=Latin}/u.test(value) && lookAlikes.test(value)) return 'mixed_scripts';
  switch (field.type) {
    case 'date':
      return parseDate(value, orderOf(locale)).length === 0 ? 'unreadable_claim' : null;
    case 'money':
      return parseMoney(value) === null ? 'unreadable_claim' : null;
    case 'company':
    case 'person':
      return nameTokens(value).length === 0 ? 'unreadable_claim' : null;
    case 'krBusinessNumber': {
      const digits = businessNumberDigits(value);
      return digits !== null && !isBusinessNumber(digits) ? 'checksum_failed' : null;
    }
    case 'phone':
      return parsePhone(value) === null ? 'unreadable_claim' : null;
    default:
      return /[\p{L}\p{N}]/u.test(value) ? null : 'unreadable_claim';
  }
}
