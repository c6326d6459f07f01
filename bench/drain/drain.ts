/**
 * One measured drain: a database of its own, a system in a process of its own, warmed with other records first; then what it
 * cost and how long it took. `compareDrains` has all systems of a scenario take turns, so that a noisy minute hits them all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Cluster, withCluster } from '../cluster.ts';
import { options } from '../options.ts';
import { HOW_TO_INSTALL, peersInstalled } from '../peers.ts';
import { PEERS, type SystemName } from '../systems/all.ts';
import { type Ai, openAi } from './ai.ts';
import { type Counts, counting } from './counts.ts';
import { FILL, idsOf, TABLES } from './job.ts';
import { openTraffic, TRAFFIC_TABLES, type Traffic } from './traffic.ts';
import { openWorker, type Worker } from './worker-process.ts';

/** Calls in flight at most, in every drain. */
export const CAP = 20;
/** Connections of the application's own pool, in every drain. */
export const CONNECTIONS_MAX = 10;
const WARM_UP = 300;
/** The traffic's own first moments are left out. */
const SETTLE_MS = 1_500;

/** What is drained. */
export interface Scenario {
  readonly name: string;
  readonly meanMs: number;
  readonly records: number;
  readonly systems: readonly SystemName[];
  /** Fewer records for a system that would take too long. */
  readonly fewer?: Partial<Record<SystemName, number>>;
  /** Only in the first round: slow, and nothing is compared with it. */
  readonly once?: readonly SystemName[];
}

/** A drain's figures. `counts` holds what the database did for enqueueing and for draining together. */
export interface Drain {
  /** The number of the first record; those before it were the warm-up's. */
  readonly first: number;
  readonly records: number;
  readonly enqueueMs: number;
  /** From the first look for work until the last verdict was committed. */
  readonly ms: number;
  readonly failed: number;
  readonly failure: string | null;
  /** What the system's own process computed. */
  readonly workerMs: number;
  readonly counts: Counts;
  readonly enqueueCounts: Counts;
  readonly connectionsMax: number;
  readonly calls: number;
  readonly inFlightMax: number;
  /** What the gate's governor allowed at the end; null where it was never lowered, or there is no gate. */
  readonly allowed: number | null;
}

/** The drains of a scenario, by system, as many as there were rounds; and what to say below its table. */
export interface Comparison {
  readonly drains: ReadonlyMap<SystemName, readonly Drain[]>;
  readonly notes: readonly string[];
}

const kept = new Map<string, Comparison>();

/** Has every system of the scenario drain its records in turn; measured once however many tables ask for it. */
export async function compareDrains(scenario: Scenario, say: (line: string) => void): Promise<Comparison> {
  const known = kept.get(scenario.name);
  if (known !== undefined) return known;
  const absent = peersInstalled() ? [] : PEERS;
  const systems = scenario.systems.filter((name) => !absent.includes(name) && options.takes(name));
  const drains = new Map<SystemName, Drain[]>(systems.map((name) => [name, []]));
  const ai = await openAi();
  try {
    await withCluster(async (cluster) => {
      for (let round = 1; round <= options.rounds; round += 1) {
        for (const system of systems) {
          if (round > 1 && scenario.once?.includes(system)) continue;
          say(`${scenario.name}, round ${round} of ${options.rounds}: ${system}`);
          const records = options.shortened(scenario.fewer?.[system] ?? scenario.records);
          drains.get(system)?.push(await measureDrain({ cluster, ai }, { ...scenario, system, records }));
        }
      }
    });
  } finally {
    await ai.close();
  }
  const twice = [...drains].filter(([, all]) => all.some(({ calls, records }) => calls > records));
  const lowered = [...drains].flatMap(([name, all]) =>
    all.flatMap(({ allowed }) => (allowed === null ? [] : [`${name} at ${allowed.toFixed(1)}`])),
  );
  const notes = [
    ...(lowered.length > 0
      ? [
          `In ${scenario.name} the governor found the database strained, and ended below the cap: ${lowered.join(', ')}.`,
        ]
      : []),
    ...(twice.length > 0 ? [`Asked about a record more than once: ${twice.map(([name]) => name).join(', ')}.`] : []),
    ...(absent.length > 0 ? [HOW_TO_INSTALL] : []),
  ];
  const comparison = { drains, notes };
  kept.set(scenario.name, comparison);
  return comparison;
}

/** The application's own traffic beside a drain: first `idleMs` alone, then with it. Its figures are in the counts. */
export interface BesideTraffic {
  readonly idleMs: number;
  told(idle: Traffic, draining: Traffic): void;
}

/** One system's drain of `records`. */
export async function measureDrain(
  { cluster, ai }: { cluster: Cluster; ai: Ai },
  {
    system,
    meanMs,
    records,
    traffic,
  }: { system: SystemName; meanMs: number; records: number; traffic?: BesideTraffic },
): Promise<Drain> {
  const name = 'drain';
  const url = await cluster.database(name);
  const [aiUrl, executorUrl] = [`${ai.url}/${meanMs}/verify`, `${ai.url}/${meanMs}/api/admin/records`];
  const worker = openWorker({ system, url, aiUrl, executorUrl, cap: CAP, meanMs, connectionsMax: CONNECTIONS_MAX });
  try {
    await prepare(url, name, worker, null);
    const warmUp = Math.min(WARM_UP, meanMs === 0 ? WARM_UP : Math.ceil((CAP * 500) / meanMs));
    // Nobody's connections are to be refused while it only warms up.
    if (system !== 'naive all') await once(worker, url, 1, warmUp);
    await fill(url, warmUp + 1, warmUp + records);
    const ids = idsOf(warmUp + 1, warmUp + records);
    await worker.tell({ order: 'open', records });
    await ai.seen();
    const counts = await counting(cluster, name);
    const before = await counts.now();
    const enqueued = await worker.tell({ order: 'enqueue', ids });
    const between = await counts.now();
    const watch = cluster.watchConnections(name);
    const drained = await beside(url, traffic, () => worker.tell({ order: 'drain' }));
    await worker.tell({ order: 'close' });
    const connectionsMax = watch.stop();
    await cluster.quiet(name);
    const after = await counts.now();
    await counts.close();
    const { calls, inFlightMax } = await ai.seen();
    const pending = await pendingOf(url);
    if (pending !== drained.failed || drained.done + drained.failed !== records) {
      throw new Error(
        `${system}: ${drained.done} of ${records} done, ${drained.failed} failed, ${pending} still pending`,
      );
    }
    return {
      first: warmUp + 1,
      records,
      enqueueMs: enqueued.enqueues ? enqueued.ms : 0,
      ms: drained.ms,
      failed: drained.failed,
      failure: drained.failure,
      workerMs: drained.processorMs,
      counts: after.minus(before),
      enqueueCounts: between.minus(before),
      connectionsMax,
      calls: calls.length,
      inFlightMax,
      allowed: system.startsWith('tidegate') ? await allowedAt(url) : null,
    };
  } finally {
    await worker.end();
    await cluster.drop(name);
  }
}

/** Lets the drain go on beside the traffic where there is to be any. */
async function beside<T>(url: string, traffic: BesideTraffic | undefined, drain: () => Promise<T>): Promise<T> {
  if (traffic === undefined) return await drain();
  await run(url, TRAFFIC_TABLES, 'vacuum analyze public.orders');
  const flowing = await openTraffic(url);
  try {
    await sleep(SETTLE_MS);
    await flowing.begin();
    await sleep(traffic.idleMs);
    const idle = await flowing.end();
    await flowing.begin();
    const result = await drain();
    traffic.told(idle, await flowing.end());
    return result;
  } finally {
    await flowing.close();
  }
}

/** The application's tables, the system's own, and these records where there are to be any. */
export async function prepare(
  url: string,
  database: string,
  worker: Worker,
  numbers: readonly [number, number] | null,
): Promise<void> {
  // No full page images later: what is filled from here on was touched after this checkpoint.
  await run(url, TABLES, `alter database ${database} set pg_stat_statements.track = 'top'`, 'checkpoint');
  await worker.tell({ order: 'install' });
  if (numbers !== null) await fill(url, ...numbers);
}

/** A whole life of the system over a few records: code compiled, tables no longer new. */
async function once(worker: Worker, url: string, first: number, last: number): Promise<void> {
  await fill(url, first, last);
  await worker.tell({ order: 'open', records: last - first + 1 });
  await worker.tell({ order: 'enqueue', ids: idsOf(first, last) });
  await worker.tell({ order: 'drain' });
  await worker.tell({ order: 'close' });
}

async function fill(url: string, first: number, last: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(FILL, [first, last]);
    await client.query('vacuum analyze');
  });
}

/** How many records wait. */
export async function pendingOf(url: string): Promise<number> {
  const text = `select count(*)::int as n from public.applications where status = 'pending'`;
  return await withClient(url, async (client) => Number((await client.query(text)).rows[0]?.n));
}

async function allowedAt(url: string): Promise<number | null> {
  const { rows } = await withClient(url, (client) => client.query('select g.allowed from tidegate.gates g'));
  const allowed = (rows[0] as { allowed: number | null } | undefined)?.allowed ?? null;
  return allowed === null || allowed >= CAP ? null : allowed;
}

async function run(url: string, ...texts: string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const text of texts) await client.query(text);
  });
}

/** Lets `use` have a connection of its own. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
