// Looks after what runs: a server or a database that dies is said so and started again, a few times; a launcher whose npm was
// killed stops. Returns why it is over; stopping is the caller's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleServer } from './console-server.ts';
import type { Embedded } from './embedded.ts';
import { alive, type Known } from './processes.ts';

/** What is looked after; the fields are replaced as things are started again. */
export interface Running {
  database: Embedded | null;
  server: ConsoleServer;
}

export interface SuperviseOptions {
  readonly npm: Known | null;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Opens the database again; whoever reads its URL must be told. */
  openDatabase(): Promise<Embedded>;
  /** Starts the server again and waits until it is healthy. */
  openServer(): Promise<ConsoleServer>;
}

const RESTARTS_MAX = 5;
const RESTARTS_WITHIN_MS = 60_000;

/** Returns when the signal is aborted or npm is gone; throws when what died cannot be kept alive. */
export async function supervise(running: Running, options: SuperviseOptions): Promise<void> {
  const restarts: number[] = [];
  const count = (what: string): void => {
    const now = performance.now();
    restarts.push(now);
    if (restarts.filter((at) => now - at < RESTARTS_WITHIN_MS).length <= RESTARTS_MAX) return;
    throw new Error(`${what} ended ${RESTARTS_MAX + 1} times within a minute; the last complaints stand above.`);
  };
  while (!options.signal.aborted) {
    const how = await Promise.race([running.server.ended, pause(options.signal)]);
    if (options.signal.aborted) return;
    if (options.npm !== null && !alive(options.npm)) {
      options.log('npm is gone: stopping.');
      return;
    }
    if (running.database !== null && !running.database.alive()) {
      options.log(`PostgreSQL (process ${running.database.pid}) ended: starting it again.`);
      count('PostgreSQL');
      const { url } = running.database;
      running.database = await options.openDatabase();
      if (running.database.url !== url && how === null) {
        options.log('The database has a new address: starting the server again.');
        await running.server.stop();
        running.server = await options.openServer();
        continue;
      }
    }
    if (how !== null) {
      options.log(`The server (process ${running.server.process.pid}) ended (${how}): starting it again.`);
      count('The server');
      await running.server.stop();
      running.server = await options.openServer();
    }
  }
}

async function pause(signal: AbortSignal): Promise<null> {
  return await sleep(1_000, null, { signal }).catch(() => null);
}
