/**
 * graphile-worker 0.18.0 as its performance page has it best: a local queue of one more than there are places, completions
 * gathered for 250 ms. Imported when it is used; typed by what is called of it.
 */

import { workOn } from '../drain/work.ts';
import { importPeer } from '../peers.ts';
import { poolOf } from './plain.ts';
import type { Site, System } from './system.ts';

const TASK = 'verify';
const BATCH_DELAY_MS = 250;

/** A worker at work. */
export interface Runner {
  stop(): Promise<void>;
}

/** The side that puts jobs in. */
export interface Utils {
  addJobs(jobs: readonly { identifier: string; payload: unknown }[]): Promise<unknown>;
  release(): Promise<void>;
}

/** What is called of graphile-worker. */
export interface Library {
  run(options: object): Promise<Runner>;
  runMigrations(options: object): Promise<void>;
  makeWorkerUtils(options: object): Promise<Utils>;
  readonly Logger: new (factory: () => () => void) => unknown;
}

/** The worker in this process. */
export const graphile: System = {
  async install({ url }) {
    const { runMigrations, logger } = await loadGraphile();
    await runMigrations({ connectionString: url, logger });
  },
  async open(site) {
    const { run, makeWorkerUtils, logger } = await loadGraphile();
    const pool = await poolOf(site, site.connectionsMax);
    const utils = await makeWorkerUtils({ connectionString: site.url, maxPoolSize: 1, logger });
    let runner: Runner | undefined;
    return {
      async enqueue(ids) {
        await utils.addJobs(ids.map((id) => ({ identifier: TASK, payload: { id } })));
      },
      async drain() {
        runner = await run({
          connectionString: site.url,
          logger,
          noHandleSignals: true,
          parsedCronItems: [],
          taskList: { [TASK]: taskOf(site, pool) },
          preset: {
            worker: {
              concurrentJobs: site.cap,
              localQueue: { size: site.cap + 1 },
              completeJobBatchDelay: BATCH_DELAY_MS,
              failJobBatchDelay: BATCH_DELAY_MS,
            },
          },
        });
        await site.finished;
      },
      async close() {
        await runner?.stop();
        await utils.release();
        await pool.end();
      },
    };
  },
};

function taskOf(site: Site, pool: Parameters<typeof workOn>[0]): (payload: unknown) => Promise<void> {
  return async (payload) => {
    const { id } = payload as { id: string };
    await workOn(pool, site.aiUrl, id);
    site.done(id);
  };
}

/** The library, with a logger that says nothing. */
export async function loadGraphile(): Promise<Library & { readonly logger: unknown }> {
  const library = await importPeer<Library>('graphile-worker');
  return {
    run: library.run,
    runMigrations: library.runMigrations,
    makeWorkerUtils: library.makeWorkerUtils,
    Logger: library.Logger,
    logger: new library.Logger(() => () => {}),
  };
}
