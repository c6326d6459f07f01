/**
 * What it costs to tell a queue of rows that the database already has, and what the queue then needs to take twenty. The gate
 * needs to be told nothing; its taking is the bench `lease`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, withCluster } from './cluster.ts';
import { withClient } from './drain/drain.ts';
import { idsOf } from './drain/job.ts';
import { options } from './options.ts';
import { HOW_TO_INSTALL, peersInstalled } from './peers.ts';
import type { Bench, Cell } from './report.ts';
import { loadGraphile } from './systems/graphile.ts';
import { startBoss, stopBoss } from './systems/pg-boss.ts';

const SIZES = [10_000, 1_000_000];
const CHUNK = 10_000;
const TAKE = 20;
const TAKES = 50;
const NAME = 'verify';

interface Queue {
  put(ids: readonly string[]): Promise<void>;
  /** Takes twenty again and again. */
  take(): Promise<void>;
  close(): Promise<void>;
}

const QUEUES: Readonly<Record<string, (url: string) => Promise<Queue>>> = {
  'graphile-worker': openGraphile,
  'pg-boss': openBoss,
};

/** Enqueueing and taking. */
export const taking: Bench = {
  title: 'Telling a queue of rows that the database already has',
  async run(say) {
    const rows: Cell[][] = [['tidegate', 'any', 0, 0, '–']];
    if (peersInstalled()) {
      await withCluster(async (cluster) => {
        for (const [name, open] of Object.entries(QUEUES)) {
          if (!options.takes(name)) continue;
          for (const size of SIZES) {
            say(`${name}, ${size}`);
            rows.push(await measure(cluster, { name, open, size: options.shortened(size) }));
          }
        }
      });
    }
    return {
      columns: ['system', 'rows', 'enqueueing s', 'WAL MB', `taking ${TAKE}, ms in the server`],
      rows,
      bars: [],
      notes: [
        `Once; ${CHUNK.toLocaleString('en-US')} jobs a call, each an id and no more. Taking is the mean of at least ${TAKES} fetches of ${TAKE} as the server counted them, after a vacuum. The gate's source is a view over the rows themselves: nothing is enqueued, and what a lease of twenty costs is in the table "A lease of twenty".`,
        ...(peersInstalled() ? [] : [HOW_TO_INSTALL]),
      ],
    };
  },
};

async function measure(
  cluster: Cluster,
  { name, open, size }: { name: string; open: (url: string) => Promise<Queue>; size: number },
): Promise<Cell[]> {
  const url = await cluster.database('taking');
  try {
    return await withClient(url, async (client) => {
      const one = async (text: string): Promise<number> => Number(Object.values((await client.query(text)).rows[0])[0]);
      await client.query(`alter database taking set pg_stat_statements.track = 'top'`);
      await client.query('create extension pg_stat_statements');
      const queue = await open(url);
      const [walBefore, at] = [await one(WAL), performance.now()];
      for (let first = 1; first <= size; first += CHUNK) {
        await queue.put(idsOf(first, Math.min(size, first + CHUNK - 1)));
      }
      const seconds = (performance.now() - at) / 1_000;
      const walMb = ((await one(WAL)) - walBefore) / 1e6;
      // As autovacuum would have left it after a while: without statistics the fetches are planned badly.
      await client.query('vacuum analyze');
      await queue.take();
      const fetchMs = await one(FETCH_MS);
      await queue.close();
      return [name, size, seconds, walMb, fetchMs];
    });
  } finally {
    await cluster.quiet('taking');
    await cluster.drop('taking');
  }
}

async function openGraphile(url: string): Promise<Queue> {
  const { run, runMigrations, makeWorkerUtils, logger } = await loadGraphile();
  await runMigrations({ connectionString: url, logger });
  const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 1, logger });
  return {
    async put(ids) {
      await utils.addJobs(ids.map((id) => ({ identifier: NAME, payload: { id } })));
    },
    async take() {
      let taken = 0;
      const task = async (): Promise<void> => {
        taken += 1;
      };
      const worker = { concurrentJobs: TAKE, localQueue: { size: TAKE }, completeJobBatchDelay: 250 };
      const options = { connectionString: url, logger, noHandleSignals: true, parsedCronItems: [], preset: { worker } };
      const runner = await run({ ...options, taskList: { [NAME]: task } });
      while (taken < TAKE * TAKES) await sleep(10);
      await runner.stop();
    },
    close: () => utils.release(),
  };
}

async function openBoss(url: string): Promise<Queue> {
  const boss = await startBoss(url);
  await boss.createQueue(NAME);
  return {
    async put(ids) {
      await boss.insert(
        NAME,
        ids.map((id) => ({ data: { id } })),
      );
    },
    async take() {
      for (let n = 0; n < TAKES; n += 1) {
        const jobs = await boss.fetch(NAME, { batchSize: TAKE });
        if (jobs.length !== TAKE) throw new Error(`pg-boss fetched ${jobs.length} of ${TAKE}`);
      }
    },
    close: () => stopBoss(boss),
  };
}

const WAL = `select pg_current_wal_insert_lsn() - '0/0'`;

const FETCH_MS = `
select s.mean_exec_time
from pg_stat_statements s
where s.query ilike '%for update%skip locked%' and s.calls >= ${TAKES}
  and s.dbid = (select d.oid from pg_database d where d.datname = current_database())
order by s.calls desc
limit 1`;
