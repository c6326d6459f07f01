/** What a record costs the database: statements, commits, rows, WAL and processor time, enqueueing counted. */
import { CAP, type Comparison, compareDrains } from './drain/drain.ts';
import type { Bar, Bench, Cell } from './report.ts';
import { medianOf, perRecord, ratioBar, SCENARIOS, spreadOf, THE_JOB } from './scenarios.ts';
import type { SystemName } from './systems/all.ts';

const CONNECTIONS_BAR = 3;

const statements = perRecord(({ counts }) => counts.statements);
const processor = perRecord(({ counts }) => counts.processorMs);
const wal = perRecord(({ counts }) => counts.walBytes);

/** Costs at three paces of work. */
export const cost: Bench = {
  title: "A record's cost to the database",
  async run(say) {
    const rows: Cell[][] = [];
    const [instant, fast, slow] = [
      await compareDrains(SCENARIOS.instant, say),
      await compareDrains(SCENARIOS.fast, say),
      await compareDrains(SCENARIOS.slow, say),
    ];
    for (const [words, all] of [
      ['instant', instant],
      ['50 ms', fast],
      ['400 ms', slow],
    ] as const) {
      for (const system of all.drains.keys()) rows.push([words, system, ...cellsOf(all, system)]);
    }
    return {
      columns: [
        'work',
        'system',
        'statements',
        'commits',
        'rows',
        'WAL bytes',
        'processor ms',
        'connections',
        'failed',
      ],
      rows,
      bars: barsOf(instant, fast, slow),
      notes: [
        THE_JOB,
        "A record that was done, enqueueing counted where there is any. Statements are those a client sent, each of a message of several counted; what runs inside functions is in the processor time, which is that of all server processes, ended ones included. Connections are the most at once. The log of attempts keeps the verdict's word alone (`summary`); without that option it would keep the 600 B of each verdict a second time.",
        `Spread: instant work, ${spreadOf(instant)}; 50 ms, ${spreadOf(fast)}; 400 ms, ${spreadOf(slow)}.`,
        ...new Set([instant, fast, slow].flatMap(({ notes }) => notes)),
      ],
    };
  },
};

function cellsOf(all: Comparison, system: SystemName): readonly Cell[] {
  return [
    medianOf(all, system, statements),
    medianOf(
      all,
      system,
      perRecord(({ counts }) => counts.commits),
    ),
    medianOf(
      all,
      system,
      perRecord(({ counts }) => counts.rowsWritten),
    ),
    medianOf(all, system, wal),
    medianOf(all, system, processor),
    medianOf(all, system, ({ connectionsMax }) => connectionsMax),
    medianOf(all, system, ({ failed }) => failed),
  ];
}

function barsOf(instant: Comparison, fast: Comparison, slow: Comparison): readonly Bar[] {
  const ours = (all: Comparison, pick: Parameters<typeof medianOf>[2]): number => medianOf(all, 'tidegate', pick);
  const both = (all: Comparison, pick: Parameters<typeof medianOf>[2]): readonly [number, number] => [
    ours(all, pick),
    medianOf(all, 'graphile-worker', pick),
  ];
  const [sent, sentSlow] = [ours(instant, statements), ours(slow, statements)];
  const connections = Math.max(
    ...[instant, fast, slow].flatMap((all) => (all.drains.get('tidegate') ?? []).map((drain) => drain.connectionsMax)),
  );
  return [
    { text: `statements a record, instant: at most 0.25 (${sent.toFixed(2)})`, met: sent <= 0.25 },
    { text: `statements a record, 400 ms: at most 1 (${sentSlow.toFixed(2)})`, met: sentSlow <= 1 },
    ratioBar('processor time, instant, against graphile-worker', both(instant, processor), { atMost: 0.5 }),
    ratioBar('processor time, 50 ms', both(fast, processor), { atMost: 1.1 }),
    ratioBar('WAL, instant', both(instant, wal), { atMost: 1.05 }),
    ratioBar('WAL, 50 ms', both(fast, wal), { atMost: 1.05 }),
    {
      text: `at most ${CONNECTIONS_BAR} connections at a cap of ${CAP} (${connections})`,
      met: connections <= CONNECTIONS_BAR,
    },
  ].filter((bar) => bar !== null);
}
