/**
 * Rates with their uncertainty: what an evaluation counts, and the interval it may claim from so few cases.
 */

/** A share of cases with its 95 % Wilson score interval; all null when there are no cases. */
export interface Rate {
  readonly count: number;
  readonly of: number;
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const z = 1.959964;

/** Wilson's score interval (1927): unlike the plain one it is right for rates near 0 and 1 and for few cases. */
export function rateOf(count: number, of: number): Rate {
  if (of === 0) return { count, of, rate: null, low: null, high: null };
  const share = count / of;
  const middle = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return {
    count,
    of,
    rate: share,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  };
}

/** A rate for people: `95.0 % (87.8–98.0) 76/80`. */
export function showRate({ count, of, rate, low, high }: Rate): string {
  if (rate === null || low === null || high === null) return 'no cases';
  return `${percent(rate)} % (${percent(low)}–${percent(high)})  ${count}/${of}`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
