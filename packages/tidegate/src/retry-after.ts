/** Retry-After in all its forms. Pure. */

/**
 * How long an answer asks to wait: `retry-after-ms`, else `Retry-After` in seconds or as a date. Undefined where it says
 * nothing usable (negative, garbage).
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = decimal(headers.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  const value = headers.get('retry-after');
  const seconds = decimal(value);
  if (seconds !== undefined) return seconds * 1_000;
  // A date has letters; a bare negative number must not be taken for a year.
  if (value === null || !/[a-z]/i.test(value)) return undefined;
  const at = Date.parse(value);
  const sent = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) ? undefined : Math.max(0, at - (Number.isNaN(sent) ? nowMs : sent));
}

function decimal(value: string | null): number | undefined {
  return value !== null && /^\s*\d{1,300}(\.\d{1,9})?\s*$/.test(value) ? Number(value) : undefined;
}
