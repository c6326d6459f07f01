/** Claims as a page shows them: whatever was submitted, in order, as texts. Pure. */
import type { Json } from 'tidegate';

/** One claimed field and its value as a text. */
export interface ShownClaim {
  readonly field: string;
  readonly value: string;
}

/** The claimed fields in the order they were given; empty for claims that are no object. */
export function claimsOf(claims: Json): readonly ShownClaim[] {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return [];
  return Object.entries(claims).map(([field, value]) => ({ field, value: textOf(value) }));
}

/** One field's claimed value, or null where it is not claimed. */
export function claimOf(claims: Json, field: string): string | null {
  return claimsOf(claims).find((claim) => claim.field === field)?.value ?? null;
}

/** What a record is called in lists: its company or name, else its first claim, else the start of its id. */
export function headlineOf(record: { readonly id: string; readonly claims: Json }): string {
  const named = claimOf(record.claims, 'company') ?? claimOf(record.claims, 'name');
  return (named ?? claimsOf(record.claims)[0]?.value)?.trim() || record.id.slice(0, 8);
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
}
