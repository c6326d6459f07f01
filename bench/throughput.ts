/** How many records a second go through when the work takes no time: by the library, and through the endpoint. */
import { compareDrains } from './drain/drain.ts';
import type { Bench } from './report.ts';
import {
  medianOf,
  perRecord,
  rateOf,
  ratioBar,
  rowsOf,
  SCENARIOS,
  spreadOf,
  THE_JOB,
  wholeRateOf,
} from './scenarios.ts';
import { rangeOf } from './statistics.ts';

/** Instant work. */
export const throughput: Bench = {
  title: 'Throughput with instant work',
  async run(say) {
    const all = await compareDrains(SCENARIOS.instant, say);
    const graphile = medianOf(all, 'graphile-worker', wholeRateOf);
    const against = (system: Parameters<typeof medianOf>[1]): readonly [number, number] => [
      medianOf(all, system, wholeRateOf),
      graphile,
    ];
    return {
      columns: [
        ...['system', 'records', 'enqueue ms', 'drain ms', 'range', 'records/s', 'with enqueueing', 'failed'],
        "worker's ms a record",
      ],
      rows: rowsOf(all, (system) => [
        medianOf(all, system, ({ records }) => records),
        medianOf(all, system, ({ enqueueMs }) => enqueueMs),
        medianOf(all, system, ({ ms }) => ms),
        rangeOf((all.drains.get(system) ?? []).map(({ ms }) => ms)),
        medianOf(all, system, rateOf),
        medianOf(all, system, wholeRateOf),
        medianOf(all, system, ({ failed }) => failed),
        medianOf(
          all,
          system,
          perRecord(({ workerMs }) => workerMs),
        ),
      ]),
      bars: [
        ratioBar('the rate by the library, against graphile-worker', against('tidegate'), { atLeast: 1.5 }),
        ratioBar('through the endpoint in ticks of 100', against('tidegate ticks'), { atLeast: 1 }),
        ratioBar('the same with EXECUTOR_URL', against('tidegate executor'), { atLeast: 1 }),
      ].filter((bar) => bar !== null),
      notes: [
        THE_JOB,
        '"Ticks": the cron route on a real server, 100 records a tick, one caller, back to back. "To an executor": each record is posted to a far end that is the AI itself. "Floor" is no peer: one select, as many lanes as the cap, no durable claim.',
        `What is compared is the rate with enqueueing: the gate has none, its rows are its queue. Spread: ${spreadOf(all)}.`,
        ...all.notes,
      ],
    };
  },
};
