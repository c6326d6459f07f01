/** How much of what the cap allows is used when the work is slow: the delays' sum over the cap, against the time it took. */
import { CAP, type Comparison, compareDrains, type Drain, type Scenario } from './drain/drain.ts';
import { delayOf, idealMs, idsOf } from './drain/job.ts';
import { options } from './options.ts';
import type { Bar, Bench, Cell } from './report.ts';
import { medianOf, ratioBar, SCENARIOS, spreadOf, THE_JOB } from './scenarios.ts';
import { rangeOf } from './statistics.ts';
import type { SystemName } from './systems/all.ts';

const PEERS: readonly SystemName[] = ['graphile-worker', 'pg-boss', 'pg-boss burst'];
const AS_THE_BEST = 0.97;

/** Work of 50 and of 400 ms. */
export const efficiency: Bench = {
  title: 'Efficiency with slow work',
  async run(say) {
    const rows: Cell[][] = [];
    const bars: (Bar | null)[] = [];
    const spreads: string[] = [];
    let notes: readonly string[] = [];
    for (const scenario of [SCENARIOS.slow, SCENARIOS.fast]) {
      const all = await compareDrains(scenario, say);
      rows.push([scenario.name, 'a perfect scheduler', '–', simulated(scenario) * 100, '–', CAP]);
      for (const system of all.drains.keys()) rows.push(rowOf(scenario, all, system));
      bars.push(...barsOf(scenario, all));
      spreads.push(`${scenario.name}, ${spreadOf(all)}`);
      notes = [...new Set([...notes, ...all.notes])];
    }
    return {
      columns: ['work', 'system', 'records', 'efficiency %', 'range', 'calls in flight at most'],
      rows,
      bars: bars.filter((bar) => bar !== null),
      notes: [
        THE_JOB,
        'Efficiency is the sum of the delays of the records, divided by the cap, over the time from the first look for work to the last verdict written. A perfect scheduler costs nothing itself; it is below 100 because the last long calls run alone. "Ticks" are of 100, one after another; "two callers" tick so side by side under the one cap. The cron loop has one call in flight.',
        `Spread: ${spreads.join('; ')}.`,
        ...notes,
      ],
    };
  },
};

/** The share of the cap that was used. The warm-up's records come first in the numbering, so the drain's own are found by it. */
function efficiencyOf(meanMs: number): (drain: Drain) => number {
  return ({ first, records, ms }) => delaysOf(first, records, meanMs).reduce((sum, one) => sum + one, 0) / CAP / ms;
}

function delaysOf(first: number, records: number, meanMs: number): number[] {
  return idsOf(first, first + records - 1).map((id) => delayOf(id, meanMs));
}

function simulated({ meanMs, records }: Scenario): number {
  const delays = delaysOf(1, options.shortened(records), meanMs);
  return delays.reduce((sum, one) => sum + one, 0) / CAP / idealMs(delays, CAP);
}

function rowOf({ name, meanMs }: Scenario, all: Comparison, system: SystemName): Cell[] {
  const drains = all.drains.get(system) ?? [];
  const shares = drains.map(efficiencyOf(meanMs)).map((share) => share * 100);
  return [
    name,
    system,
    medianOf(all, system, ({ records }) => records),
    medianOf(all, system, efficiencyOf(meanMs)) * 100,
    rangeOf(shares),
    Math.max(...drains.map(({ inFlightMax }) => inFlightMax)),
  ];
}

function barsOf({ name, meanMs }: Scenario, all: Comparison): readonly (Bar | null)[] {
  const peers = PEERS.map((peer) => medianOf(all, peer, efficiencyOf(meanMs))).filter(Number.isFinite);
  const best = peers.length === 0 ? Number.NaN : Math.max(...peers);
  const ours = (system: SystemName): readonly [number, number] => [medianOf(all, system, efficiencyOf(meanMs)), best];
  const inFlight = [...all.drains]
    .filter(([system]) => system.startsWith('tidegate'))
    .flatMap(([, drains]) => drains.map((drain) => drain.inFlightMax));
  return [
    ratioBar(`${name}, one long run, against the best peer`, ours('tidegate'), { atLeast: AS_THE_BEST }),
    inFlight.length === 0
      ? null
      : { text: `${name}, never over the cap of ${CAP} (${Math.max(...inFlight)})`, met: Math.max(...inFlight) <= CAP },
    ratioBar(`${name}, two callers`, ours('tidegate two callers'), { atLeast: AS_THE_BEST }),
  ];
}
