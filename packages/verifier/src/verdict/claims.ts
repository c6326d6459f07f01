/**
 * Claims as they were submitted to fields and values that can be compared. What is wrong with a claim itself is found
 * here, before anything is read.
 */

import type { Claim, Kind } from '../types.ts';

const valueLengthMax = 300;

/** Splits claims into what can be compared and reason codes for what cannot. */
export function parseClaims(kind: Kind, claims: unknown): { claims: Claim[]; faults: string[] } {
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
    else parsed.push({ field, value: value.trim() });
  }
  for (const field of kind.fields) {
    if (field.required && !entries.some(([name]) => name === field.name)) faults.push(`${field.name}_not_claimed`);
  }
  return { claims: parsed, faults };
}
