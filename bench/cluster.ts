/**
 * A private PostgreSQL for a bench, with the settings of a production start (fsync on) and the counting extensions loaded,
 * and what its processes cost. Deleted at the end. Knows nothing of gates.
 */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { deleteEmbedded, type Embedded, openEmbedded } from '../launch/embedded.ts';
import { commandOf } from '../launch/processes.ts';

/** A running cluster of one bench's own. */
export interface Cluster {
  /** Makes an empty database and returns its URL (superuser: the counters are only shown to one). */
  database(name: string): Promise<string>;
  drop(name: string): Promise<void>;
  /** For counters over all databases: the superuser on `postgres`. */
  readonly adminUrl: string;
  /**
   * What all server processes together have computed so far, ended ones included, in steps of 10 ms for those; without the
   * process `except`. NaN where the system does not tell.
   */
  processorMs(except?: number): number;
  /** Counts the connections to a database four times a second, without asking it, until stopped: the most there were. */
  watchConnections(database: string): { stop(): number };
  /** Waits until nobody is connected to a database any more; throws when somebody stays. */
  quiet(database: string): Promise<void>;
}

const QUIET_WITHIN_MS = 60_000;

const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  // A bench turns it on where it counts, not where it times.
  'pg_stat_statements.track': 'none',
  autovacuum_naptime: '20s',
};

let version: string | null = null;

/** The version of the server that was used last, for the report; null when none was. */
export function databaseShape(): string | null {
  return version === null ? null : `PostgreSQL ${version}`;
}

/** Opens a cluster, lets `measure` use it, stops and deletes it whatever happens. */
export async function withCluster<T>(measure: (cluster: Cluster) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  const embedded = await openEmbedded({ dir, settings: SETTINGS });
  try {
    return await measure(await clusterOver(embedded));
  } finally {
    await embedded.stop();
    deleteEmbedded(embedded, dir);
  }
}

async function clusterOver(embedded: Embedded): Promise<Cluster> {
  const administer = async (...texts: string[]): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: embedded.adminUrl });
    await client.connect();
    try {
      let result: pg.QueryResult | undefined;
      for (const text of texts) result = await client.query(text);
      return result as pg.QueryResult;
    } finally {
      await client.end();
    }
  };
  const shown = await administer('show server_version');
  version = String(shown.rows[0]?.server_version).split(' ')[0] ?? null;
  return {
    async database(name) {
      await administer(`drop database if exists ${name} with (force)`, `create database ${name}`);
      const url = new URL(embedded.adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async drop(name) {
      await administer(`drop database ${name} with (force)`);
    },
    adminUrl: embedded.adminUrl,
    processorMs: (except) =>
      [embedded.pid, ...childrenOf(embedded.pid)]
        .filter((pid) => pid !== except)
        .map((pid) => effortOf(pid).ranMs)
        .reduce((sum, ms) => sum + ms, endedChildrenMs(embedded.pid)),
    watchConnections(database) {
      let most = 0;
      const look = (): void => {
        most = Math.max(most, connectionsTo(embedded.pid, database));
      };
      const timer = setInterval(look, 250);
      return {
        stop() {
          clearInterval(timer);
          return most;
        },
      };
    },
    async quiet(database) {
      const end = performance.now() + QUIET_WITHIN_MS;
      while (connectionsTo(embedded.pid, database) > 0) {
        if (performance.now() > end) throw new Error(`somebody is still connected to ${database}`);
        await sleep(20);
      }
    },
  };
}

/** The server names its processes after the database they serve. */
function connectionsTo(server: number, database: string): number {
  return childrenOf(server).filter((pid) => commandOf(pid).includes(` ${database} 127.0.0.1(`)).length;
}

/** What processes that have ended had computed, by their parent's account; hundredths of a second. */
function endedChildrenMs(parent: number): number {
  const [user, kernel] = (statOf(parent) ?? []).slice(13, 15).map(Number);
  return ((user ?? Number.NaN) + (kernel ?? Number.NaN)) * 10;
}

/** How long a process computed, and how long it stood in line for a core; NaN where the system does not tell. */
export function effortOf(pid: number): { readonly ranMs: number; readonly waitedMs: number } {
  try {
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return { ranMs: (ran ?? Number.NaN) / 1e6, waitedMs: (waited ?? Number.NaN) / 1e6 };
  } catch {
    return { ranMs: Number.NaN, waitedMs: Number.NaN };
  }
}

function childrenOf(parent: number): number[] {
  try {
    // A process of one thread, as the server is: its thread's children are its own.
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    return allProcesses().filter((pid) => Number(statOf(pid)?.[1]) === parent);
  }
}

function allProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The fields of a process's `stat` from its state on; undefined once it has gone. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    // The name in parentheses may hold anything, so the fields are counted from its end.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}
