/** What the application's own traffic feels while a backlog drains beside it. */
import { withCluster } from './cluster.ts';
import { openAi } from './drain/ai.ts';
import { type Drain, measureDrain } from './drain/drain.ts';
import type { Traffic } from './drain/traffic.ts';
import { options } from './options.ts';
import { HOW_TO_INSTALL, peersInstalled } from './peers.ts';
import type { Bar, Bench, Cell } from './report.ts';
import { median, quantile, rangeOf } from './statistics.ts';
import { PEERS, type SystemName } from './systems/all.ts';

const MEAN_MS = 50;
const RECORDS = 3_000;
const IDLE_MS = 5_000;
const P95_RATIO = 1.2;
const P99_ABOVE_FLOOR = 0.2;
const SYSTEMS: readonly SystemName[] = [
  'tidegate',
  'floor',
  'graphile-worker',
  'pg-boss',
  'cron loop',
  'naive pooled',
  'naive all',
];
/** What is not compared with a bar is measured once. */
const COMPARED: readonly SystemName[] = ['tidegate', 'floor', 'graphile-worker'];
const FEWER: Partial<Record<SystemName, number>> = { 'cron loop': 150, 'naive all': 1_500 };

interface Round {
  readonly drain: Drain;
  readonly idle: Traffic;
  readonly draining: Traffic;
}

/** Foreground traffic. */
export const foreground: Bench = {
  title: "The application's own traffic while a backlog drains",
  async run(say) {
    const absent = peersInstalled() ? [] : PEERS;
    const systems = SYSTEMS.filter((name) => !absent.includes(name) && options.takes(name));
    const found = new Map<SystemName, Round[]>(systems.map((name) => [name, []]));
    const ai = await openAi();
    try {
      await withCluster(async (cluster) => {
        for (let round = 1; round <= options.rounds; round += 1) {
          for (const system of systems) {
            if (round > 1 && !COMPARED.includes(system)) continue;
            say(`round ${round} of ${options.rounds}: ${system}`);
            const records = options.shortened(FEWER[system] ?? RECORDS);
            let seen: { idle: Traffic; draining: Traffic } | undefined;
            const drain = await measureDrain(
              { cluster, ai },
              {
                system,
                meanMs: MEAN_MS,
                records,
                traffic: {
                  idleMs: options.quick ? IDLE_MS / 3 : IDLE_MS,
                  told(idle, draining) {
                    seen = { idle, draining };
                  },
                },
              },
            );
            if (seen === undefined) throw new Error('the traffic told nothing');
            found.get(system)?.push({ drain, ...seen });
          }
        }
      });
    } finally {
      await ai.close();
    }
    return {
      columns: [
        'system',
        'drain s',
        'idle p50',
        'p95',
        'p99 ms',
        'draining p50',
        'p95',
        'p99 ms',
        'p95 ratio',
        'p99 ratio',
        'new connections refused',
        'records failed',
      ],
      rows: [...found].map(([system, rounds]) => rowOf(system, rounds)),
      bars: barsOf(found),
      notes: [
        `200 statements a second over 4 connections, reads and writes, from sending each to its answer; a new connection is tried every second. ${RECORDS.toLocaleString('en-US')} records of ${MEAN_MS} ms at a cap of 20 (1,500 by naive all, 150 by the cron loop). Medians of ${options.rounds} for ${COMPARED.join(', ')}, the others once. Ratios are draining to idle, round by round.`,
        `Noise: idle p99 was ${rangeOf([...found.values()].flat().map(({ idle }) => quantile(idle.ms, 0.99)))} ms.`,
        ...(absent.length > 0 ? [HOW_TO_INSTALL] : []),
      ],
    };
  },
};

function ratioOf({ idle, draining }: Round, share: number): number {
  return quantile(draining.ms, share) / quantile(idle.ms, share);
}

function rowOf(system: SystemName, rounds: readonly Round[]): Cell[] {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const shares = [0.5, 0.95, 0.99];
  const refused = rounds.reduce((sum, { draining }) => sum + draining.connectionsRefused, 0);
  const tried = rounds.reduce((sum, { draining }) => sum + draining.connectionsTried, 0);
  return [
    system,
    of(({ drain }) => drain.ms / 1_000),
    ...shares.map((share) => of(({ idle }) => quantile(idle.ms, share))),
    ...shares.map((share) => of(({ draining }) => quantile(draining.ms, share))),
    of((round) => ratioOf(round, 0.95)),
    of((round) => ratioOf(round, 0.99)),
    `${refused} of ${tried}`,
    `${of(({ drain }) => drain.failed).toLocaleString('en-US')} of ${of(({ drain }) => drain.records).toLocaleString('en-US')}`,
  ];
}

function barsOf(found: ReadonlyMap<SystemName, readonly Round[]>): readonly Bar[] {
  const ratio = (system: SystemName, share: number): number =>
    median((found.get(system) ?? []).map((round) => ratioOf(round, share)));
  const [p95, p99, floor] = [ratio('tidegate', 0.95), ratio('tidegate', 0.99), ratio('floor', 0.99)];
  return [
    ...(Number.isFinite(p95)
      ? [{ text: `p95 at most ${P95_RATIO} of idle (${p95.toFixed(2)})`, met: p95 <= P95_RATIO }]
      : []),
    ...(Number.isFinite(p99) && Number.isFinite(floor)
      ? [
          {
            text: `p99 to idle at most ${P99_ABOVE_FLOOR} above the floor's (${p99.toFixed(2)} against ${floor.toFixed(2)})`,
            met: p99 <= floor + P99_ABOVE_FLOOR,
          },
        ]
      : []),
  ];
}
