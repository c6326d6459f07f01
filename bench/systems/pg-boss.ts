/**
 * pg-boss 12.38.0 in the two ways found best: `cap` workers of one job, each woken when it finishes (with its defaults a
 * worker asks every 2 s), and 10 workers of batches of 2 that go on while a batch is full. Imported when it is used.
 */
import { workOn } from '../drain/work.ts';
import { importPeer } from '../peers.ts';
import { poolOf } from './plain.ts';
import type { Site, System } from './system.ts';

const QUEUE = 'verify';
const BURST_WORKERS = 10;

interface Job {
  readonly data: { readonly id: string };
}

/** What is called of pg-boss. */
export interface Boss {
  on(event: 'error', listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string): Promise<void>;
  insert(name: string, jobs: readonly { data: unknown }[]): Promise<unknown>;
  work(name: string, options: object, handle: (jobs: readonly Job[]) => Promise<void>): Promise<string>;
  fetch(name: string, options: object): Promise<readonly Job[]>;
  notifyWorker(id: string): void;
}

interface Library {
  readonly PgBoss: new (options: object) => Boss;
}

/** Each worker takes one job and is woken when it has finished. */
export const pgBoss: System = {
  install,
  open: (site) =>
    open(site, async (boss, work) => {
      for (let n = 0; n < site.cap; n += 1) {
        const id: string = await boss.work(QUEUE, { batchSize: 1 }, async (jobs) => {
          await work(jobs);
          boss.notifyWorker(id);
        });
      }
    }),
};

/** Workers that take two at a time and go on while there are two. */
export const pgBossBurst: System = {
  install,
  open: (site) =>
    open(site, async (boss, work) => {
      const batchSize = Math.max(2, Math.round(site.cap / BURST_WORKERS));
      const options = { batchSize, localConcurrency: Math.round(site.cap / batchSize), burstWhenBatchFull: true };
      await boss.work(QUEUE, options, work);
    }),
};

async function install({ url }: Pick<Site, 'url'>): Promise<void> {
  const boss = await startBoss(url);
  await boss.createQueue(QUEUE);
  await stopBoss(boss);
}

async function open(
  site: Site,
  begin: (boss: Boss, work: (jobs: readonly Job[]) => Promise<void>) => Promise<void>,
): ReturnType<System['open']> {
  const pool = await poolOf(site, site.connectionsMax);
  const boss = await startBoss(site.url);
  const work = async (jobs: readonly Job[]): Promise<void> => {
    await Promise.all(
      jobs.map(async ({ data: { id } }) => {
        await workOn(pool, site.aiUrl, id);
        site.done(id);
      }),
    );
  };
  return {
    async enqueue(ids) {
      await boss.insert(
        QUEUE,
        ids.map((id) => ({ data: { id } })),
      );
    },
    async drain() {
      await begin(boss, work);
      await site.finished;
    },
    async close() {
      await stopBoss(boss);
      await pool.end();
    },
  };
}

/** A pg-boss over this database, its tables made. */
export async function startBoss(url: string): Promise<Boss> {
  const { PgBoss } = await importPeer<Library>('pg-boss');
  const boss = new PgBoss({ connectionString: url });
  boss.on('error', (error) => console.error(`pg-boss: ${error.message}`));
  await boss.start();
  return boss;
}

/** Ends it in order. */
export async function stopBoss(boss: Boss): Promise<void> {
  await boss.stop({ graceful: true, close: true, timeout: 10_000 });
}
