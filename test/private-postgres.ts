// A PostgreSQL of a test's own that can be stopped in the middle of things and started again, beside the one of the run.
// Commits are not lost by an immediate stop: only the syncing of files is off.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteEmbedded, openEmbedded } from '../launch/embedded.ts';
import type { Scope } from './database.ts';

export interface PrivatePostgres {
  /** The superuser on the database `postgres`. */
  readonly adminUrl: string;
  /** `fast` ends every session in order, `immediate` at once and without a word, as a crash does. Returns once it is gone. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  /** Starts it on the same port and returns once it serves. */
  start(): Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const STOPPED_WITHIN_MS = 20_000;

/** Makes one and starts it; it is stopped and deleted when the scope ends. */
export async function privatePostgres(scope: Scope): Promise<PrivatePostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'tidegate-private-'));
  const options = { dir: join(dir, 'database'), settings: { fsync: 'off', max_connections: '60' } };
  let server = await openEmbedded(options);
  scope.after(async () => {
    if (server.alive()) await server.stop();
    deleteEmbedded(server, dir);
  });
  const { adminUrl } = server;
  return {
    adminUrl,
    async stop(how) {
      process.kill(server.pid, SIGNALS[how]);
      const end = performance.now() + STOPPED_WITHIN_MS;
      while (server.alive()) {
        if (performance.now() > end) throw new Error(`PostgreSQL did not stop (${how})`);
        await sleep(20);
      }
    },
    async start() {
      server = await openEmbedded(options);
      if (server.adminUrl !== adminUrl) throw new Error('PostgreSQL came back at another address');
    },
  };
}
