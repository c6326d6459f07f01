/**
 * What happens after `kill -9` in the middle of a run: when the records that were in flight are taken again, how long the
 * others wait, and which calls are paid for twice. Read from what the AI's stand-in was asked and when.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, withCluster } from './cluster.ts';
import { type Ai, type Call, openAi } from './drain/ai.ts';
import { CAP, CONNECTIONS_MAX, pendingOf, prepare } from './drain/drain.ts';
import { idsOf } from './drain/job.ts';
import { openWorker, type Worker } from './drain/worker-process.ts';
import { options } from './options.ts';
import { HOW_TO_INSTALL, peersInstalled } from './peers.ts';
import type { Bar, Bench, Cell } from './report.ts';
import { median, rangeOf } from './statistics.ts';
import { PEERS, type SystemName } from './systems/all.ts';

const MEAN_MS = 400;
const RECORDS = 120;
/** Answered before the kill. */
const ANSWERED = 30;
const RESTART_AFTER_MS = 100;
/** A peer that has not taken its records again by then is not waited for. */
const WINDOW_MS = 20_000;
/** The cron loop takes its one record again at once, and would need a minute for the rest. */
const CRON_WINDOW_MS = 5_000;
const OURS_WINDOW_MS = 90_000;

interface Crash {
  readonly words: string;
  readonly system: SystemName;
  /** Who goes on: the same system started anew after the kill, or an instance that was ticking all along. */
  readonly after: 'restart' | 'another instance';
  readonly rounds: number;
  readonly windowMs: number;
}

const CRASHES: readonly Crash[] = [
  {
    words: 'tidegate, started again',
    system: 'tidegate',
    after: 'restart',
    rounds: options.rounds,
    windowMs: OURS_WINDOW_MS,
  },
  {
    words: 'tidegate, another instance ticking every second',
    system: 'tidegate',
    after: 'another instance',
    rounds: options.rounds,
    windowMs: OURS_WINDOW_MS,
  },
  { words: 'graphile-worker', system: 'graphile-worker', after: 'restart', rounds: 1, windowMs: WINDOW_MS },
  { words: 'pg-boss', system: 'pg-boss', after: 'restart', rounds: 1, windowMs: WINDOW_MS },
  { words: 'cron loop', system: 'cron loop', after: 'restart', rounds: 1, windowMs: CRON_WINDOW_MS },
  { words: 'naive pooled', system: 'naive pooled', after: 'restart', rounds: 1, windowMs: WINDOW_MS },
];

/** A crash's figures; times in seconds after the restart, or after the kill where another instance goes on. */
interface Figures {
  readonly inFlight: number;
  readonly again: number;
  readonly firstAgainS: number;
  readonly lastAgainS: number;
  /** Of those asked again, in flight at once. */
  readonly suspectsMax: number;
  /** Until the first record that was not in flight is asked about. */
  readonly othersS: number;
  readonly repeated: number;
  readonly pending: number;
}

/** After a kill. */
export const recovery: Bench = {
  title: 'After kill -9 of the process at work',
  async run(say) {
    const absent = peersInstalled() ? [] : PEERS;
    const found = new Map<Crash, Figures[]>();
    const ai = await openAi();
    try {
      await withCluster(async (cluster) => {
        for (const crash of CRASHES) {
          if (absent.includes(crash.system) || !options.takes(crash.system)) continue;
          found.set(crash, []);
          for (let round = 1; round <= crash.rounds; round += 1) {
            say(`round ${round} of ${crash.rounds}: ${crash.words}`);
            found.get(crash)?.push(await measure({ cluster, ai }, crash));
          }
        }
      });
    } finally {
      await ai.close();
    }
    return {
      columns: [
        'system',
        'in flight when killed',
        'asked again',
        'of these at once',
        'first after s',
        'last after s',
        'others go on after s',
        'calls made twice',
        'left undone',
      ],
      rows: [...found].map(([crash, figures]) => rowOf(crash, figures)),
      bars: barsOf(found),
      notes: [
        `${RECORDS} records of ${MEAN_MS} ms at a cap of ${CAP}; the process is killed when ${ANSWERED} have been answered. "Started again": a new process ${RESTART_AFTER_MS} ms later that ends its previous life's leases first, as npm start does; times are from its start, its own loading included. "Another instance": one that ticked every second all along; times are from the kill. Peers are started again and watched for ${WINDOW_MS / 1_000} s, the cron loop for ${CRON_WINDOW_MS / 1_000}: by their defaults graphile-worker gives a job back after 4 hours, pg-boss after 15 minutes.`,
        `Medians of ${options.rounds} for tidegate, the others once. Noise: first after ${rangeOf(ofOurs(found, 'restart', ({ firstAgainS }) => firstAgainS))} s when started again, ${rangeOf(ofOurs(found, 'another instance', ({ firstAgainS }) => firstAgainS))} s by another instance.`,
        ...(absent.length > 0 ? [HOW_TO_INSTALL] : []),
      ],
    };
  },
};

async function measure(at: { cluster: Cluster; ai: Ai }, crash: Crash): Promise<Figures> {
  const { cluster, ai } = at;
  const name = 'crash';
  const url = await cluster.database(name);
  const [aiUrl, executorUrl] = [`${ai.url}/${MEAN_MS}/verify`, `${ai.url}/${MEAN_MS}/api/admin/records`];
  const site = { url, aiUrl, executorUrl, cap: CAP, meanMs: MEAN_MS, connectionsMax: CONNECTIONS_MAX };
  const workers: Worker[] = [];
  const start = async (system: SystemName, launcher: string): Promise<Worker> => {
    const worker = openWorker({ system, ...site }, { launcher });
    workers.push(worker);
    return worker;
  };
  try {
    const first = await start(crash.system, 'this machine');
    await prepare(url, name, first, [1, RECORDS]);
    await first.tell({ order: 'open', records: RECORDS });
    await first.tell({ order: 'enqueue', ids: idsOf(1, RECORDS) });
    await ai.seen();
    // The other instance stands ready before anything runs: here its start is not what is measured.
    const other = crash.after === 'another instance' ? await start('tidegate clock', 'another machine') : null;
    await other?.tell({ order: 'open', records: Number.MAX_SAFE_INTEGER });
    first.send({ order: 'drain' });
    await until(ai, ({ length }) => length >= inFlightOf(crash));
    other?.send({ order: 'drain' });
    await until(ai, ({ length }, answered) => length >= answered + inFlightOf(crash) && answered >= ANSWERED);
    const killedAt = Date.now();
    await first.end('killed');
    let since = killedAt;
    if (crash.after === 'restart') {
      await sleep(RESTART_AFTER_MS);
      since = Date.now();
      await begin(await start(crash.system, 'this machine'));
    }
    const pending = await drained(url, crash.windowMs);
    return figuresOf((await ai.seen()).calls, { killedAt, since, pending });
  } finally {
    for (const worker of workers) await worker.end('killed');
    await cluster.quiet(name);
    await cluster.drop(name);
  }
}

/** Enough in flight to be killed: the cron loop has one call, everybody else about the cap, as places fill up again. */
function inFlightOf({ system }: Crash): number {
  return system === 'cron loop' ? 1 : Math.ceil(0.75 * CAP);
}

async function begin(worker: Worker): Promise<void> {
  await worker.tell({ order: 'open', records: Number.MAX_SAFE_INTEGER });
  worker.send({ order: 'drain' });
}

async function until(ai: Ai, enough: (calls: readonly Call[], answered: number) => boolean): Promise<void> {
  const end = performance.now() + OURS_WINDOW_MS;
  while (performance.now() < end) {
    const { calls } = await ai.look();
    if (enough(calls, calls.filter(({ answered }) => answered).length)) return;
    await sleep(20);
  }
  throw new Error('the moment for the kill did not come');
}

/** Waits until nothing is pending, at most so long; how many are. */
async function drained(url: string, windowMs: number): Promise<number> {
  const end = performance.now() + windowMs;
  for (;;) {
    const pending = await pendingOf(url);
    if (pending === 0 || performance.now() > end) return pending;
    await sleep(250);
  }
}

function figuresOf(
  calls: readonly Call[],
  { killedAt, since, pending }: { killedAt: number; since: number; pending: number },
): Figures {
  const before = calls.filter(({ at }) => at <= killedAt);
  const after = calls.filter(({ at }) => at > killedAt);
  const cut = new Set(before.filter(({ answered }) => !answered).map(({ id }) => id));
  const known = new Set(before.map(({ id }) => id));
  const suspects = after.filter(({ id }) => cut.has(id));
  const again = suspects.map(({ at }) => (at - since) / 1_000);
  const others = after.filter(({ id }) => !known.has(id)).map(({ at }) => (at - since) / 1_000);
  return {
    inFlight: cut.size,
    again: new Set(suspects.map(({ id }) => id)).size,
    suspectsMax: Math.max(0, ...suspects.map(({ at }) => suspects.filter((one) => within(one, at)).length)),
    firstAgainS: again.length === 0 ? Number.NaN : Math.min(...again),
    lastAgainS: again.length === 0 ? Number.NaN : Math.max(...again),
    othersS: others.length === 0 ? Number.NaN : Math.min(...others),
    repeated: calls.length - new Set(calls.map(({ id }) => id)).size,
    pending,
  };
}

function within({ at, endedAt }: Call, moment: number): boolean {
  return at <= moment && (endedAt === null || endedAt > moment);
}

function rowOf({ words, windowMs }: Crash, figures: readonly Figures[]): Cell[] {
  const of = (pick: (one: Figures) => number): number => median(figures.map(pick));
  const orNever = (seconds: number): Cell => (Number.isFinite(seconds) ? seconds : `not in ${windowMs / 1_000}`);
  return [
    words,
    of(({ inFlight }) => inFlight),
    of(({ again }) => again),
    of(({ suspectsMax }) => suspectsMax),
    orNever(of(({ firstAgainS }) => firstAgainS)),
    orNever(of(({ lastAgainS }) => lastAgainS)),
    orNever(of(({ othersS }) => othersS)),
    of(({ repeated }) => repeated),
    of(({ pending }) => pending),
  ];
}

function ofOurs(
  found: ReadonlyMap<Crash, readonly Figures[]>,
  after: Crash['after'],
  pick: (one: Figures) => number,
): readonly number[] {
  return [...found].flatMap(([crash, figures]) =>
    crash.system === 'tidegate' && crash.after === after ? figures.map(pick) : [],
  );
}

function barsOf(found: ReadonlyMap<Crash, readonly Figures[]>): readonly Bar[] {
  const bar = (words: string, figures: readonly number[], most: number): readonly Bar[] =>
    figures.length === 0 ? [] : [{ text: `${words} (${median(figures).toFixed(1)} s)`, met: median(figures) <= most }];
  const undone = [...found].flatMap(([{ system }, figures]) =>
    system === 'tidegate' ? figures.map(({ pending }) => pending) : [],
  );
  const suspects = ofOurs(found, 'another instance', ({ suspectsMax }) => suspectsMax);
  return [
    ...(suspects.length === 0
      ? []
      : [
          {
            text: `of the records lost at most half the cap in flight at once (${Math.max(...suspects)})`,
            met: Math.max(...suspects) <= CAP / 2,
          },
        ]),
    ...bar(
      'taken again within 2 s of a restart',
      ofOurs(found, 'restart', ({ firstAgainS }) => firstAgainS),
      2,
    ),
    ...bar(
      'taken again within 30 s by another instance',
      ofOurs(found, 'another instance', ({ firstAgainS }) => firstAgainS),
      30,
    ),
    ...bar(
      'others delayed by at most 15 s',
      ofOurs(found, 'another instance', ({ othersS }) => othersS),
      15,
    ),
    ...(undone.length === 0 ? [] : [{ text: 'nothing is left undone', met: undone.every((pending) => pending === 0) }]),
  ];
}
