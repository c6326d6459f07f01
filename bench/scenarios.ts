/** What is drained in the comparisons, and the figures that several tables take from it. */
import { CAP, type Comparison, type Drain, type Scenario } from './drain/drain.ts';
import { options } from './options.ts';
import type { Bar, Cell } from './report.ts';
import { median, rangeOf } from './statistics.ts';
import type { SystemName } from './systems/all.ts';

const QUEUES: readonly SystemName[] = ['graphile-worker', 'pg-boss', 'pg-boss burst'];

/** Work that takes no time, and slow work. */
export const SCENARIOS = {
  instant: {
    name: 'instant work',
    meanMs: 0,
    records: 2_000,
    systems: [
      'tidegate',
      'tidegate ticks',
      'tidegate executor',
      ...QUEUES,
      'cron loop',
      'naive pooled',
      'naive all',
      'floor',
    ],
    once: ['naive all', 'pg-boss burst'],
  },
  fast: {
    name: 'work of 50 ms',
    meanMs: 50,
    records: 2_000,
    systems: ['tidegate', 'tidegate ticks', 'tidegate two callers', ...QUEUES, 'cron loop', 'floor'],
    fewer: { 'cron loop': 150 },
    once: ['cron loop', 'pg-boss burst'],
  },
  slow: {
    name: 'work of 400 ms',
    meanMs: 400,
    records: 400,
    systems: ['tidegate', 'tidegate ticks', 'tidegate two callers', ...QUEUES, 'cron loop', 'floor'],
    fewer: { 'cron loop': 30 },
    once: ['cron loop', 'pg-boss burst'],
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The median of a figure over a system's drains; NaN where it was not measured. */
export function medianOf(comparison: Comparison, system: SystemName, pick: (drain: Drain) => number): number {
  return median((comparison.drains.get(system) ?? []).map(pick));
}

/** Records a second, the verdicts that failed left out. */
export function rateOf({ records, failed, ms }: Drain): number {
  return ((records - failed) / ms) * 1_000;
}

/** The same with the time in which the system had to be told of its rows: a record is not done before its queue knows it. */
export function wholeRateOf({ records, failed, ms, enqueueMs }: Drain): number {
  return ((records - failed) / (enqueueMs + ms)) * 1_000;
}

/** A figure of the database for a record that was done. */
export function perRecord(pick: (drain: Drain) => number): (drain: Drain) => number {
  return (drain) => pick(drain) / (drain.records - drain.failed);
}

/** How two figures stand to each other, as a bar; null where one was not measured. */
export function ratioBar(
  words: string,
  [ours, theirs]: readonly [number, number],
  met: { readonly atLeast: number } | { readonly atMost: number },
): Bar | null {
  const ratio = ours / theirs;
  if (!Number.isFinite(ratio)) return null;
  const shown = ratio.toFixed(2);
  return 'atLeast' in met
    ? { text: `${words}: at least ${met.atLeast} times (${shown})`, met: ratio >= met.atLeast }
    : { text: `${words}: at most ${met.atMost} times (${shown})`, met: ratio <= met.atMost };
}

/** How far the rounds of a comparison lie apart. */
export function spreadOf(comparison: Comparison): string {
  const rates = [...comparison.drains.values()]
    .filter((drains) => drains.length > 1)
    .flatMap((drains) => drains.map((drain) => rateOf(drain) / median(drains.map(rateOf))));
  return rates.length === 0 ? 'one round' : `rates between ${rangeOf(rates)} of their medians`;
}

/** A row for each system that was measured. */
export function rowsOf(comparison: Comparison, cells: (system: SystemName) => readonly Cell[]): Cell[][] {
  return [...comparison.drains.keys()].map((system) => [system, ...cells(system)]);
}

/** What is the same in every comparison. */
export const THE_JOB = `Records of about 1.6 kB with a partial index on the pending ones; a record is one HTTP call to a stand-in for the AI in a process of its own, whose delay is a function of the record's id, and a verdict of about 600 B written into the user's row. The same work code and a pool of 10 connections for all but the gate, which has its own; a cap of ${CAP}. Medians of ${options.rounds}; naive all, pg-boss burst and the cron loop with slow work once. Client, AI and database share the machine's cores.`;
