/** Medians and quantiles of what was measured, and where each figure lies. Pure functions. */

/** The value below which this share of the figures lies; NaN of none. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle one of the figures; NaN of none. */
export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5);
}

/** The smallest and the largest as `1.2–3.4`. */
export function rangeOf(figures: readonly number[]): string {
  const short = (figure: number): string => String(Number(figure.toPrecision(3)));
  return `${short(Math.min(...figures))}–${short(Math.max(...figures))}`;
}
