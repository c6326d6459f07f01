/**
 * Brings a database's schema up to this program: plain SQL files in order, each in a transaction of its own, each asked
 * for in `tidegate.migrations` and entering itself there. Safe when ten instances start at once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { ask, openPoolFor, translated } from './database.ts';
import type { Database } from './types.ts';

const MIGRATION_TIMEOUT_MS = 120_000;
const LOCK = 7_214_031_188;

/** The engine's own files, shipped with the package. */
export function migrationsFolder(): string {
  return join(dirname(dirname(fileURLToPath(import.meta.url))), 'migrations');
}

/** What this program was written for: the newest of the engine's migrations. */
export const SCHEMA = '20261126000008_trim_2';

/**
 * Applies what is missing from `folders` (default: the engine's own), all files together in the order of their names. Wants a direct connection,
 * not a pooler's. Returns the names it applied. `only` leaves files out by name.
 */
export async function migrate({
  url,
  ca,
  folders = [migrationsFolder()],
  only = () => true,
  log = () => {},
}: {
  url: string;
  ca?: string | undefined;
  folders?: readonly string[];
  only?: (file: string) => boolean;
  log?: (line: string) => void;
}): Promise<string[]> {
  const pool = openPoolFor(url, { max: 1, ca, queryTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    const applied: string[] = [];
    for (const { name, sql } of await filesIn(folders, only)) {
      if (await applyOnce(pool, name, sql)) {
        applied.push(name);
        log(`applied ${name}`);
      }
    }
    return applied;
  } finally {
    await pool.end();
  }
}

async function filesIn(
  folders: readonly string[],
  only: (file: string) => boolean,
): Promise<readonly { name: string; sql: string }[]> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(folder)) {
      if (file.endsWith('.sql') && only(file)) files.set(file.slice(0, -'.sql'.length), join(folder, file));
    }
  }
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return await Promise.all(sorted.map(async ([name, path]) => ({ name, sql: await readFile(path, 'utf8') })));
}

/** One file under a lock that ends with its transaction. False when somebody has applied it. */
async function applyOnce(pool: pg.Pool, name: string, sql: string): Promise<boolean> {
  const client = await pool.connect().catch((error) => {
    throw translated(error);
  });
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const known = await client.query("select to_regclass('tidegate.migrations') is not null as exists");
    const done =
      known.rows[0]?.exists === true &&
      (await client.query('select from tidegate.migrations where name = $1', [name])).rowCount === 1;
    if (!done) await client.query(sql);
    await client.query('commit');
    return !done;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw inFile(name, sql, error);
  } finally {
    client.release();
  }
}

/** What the database refused, with the file and the line: its own message names neither. */
function inFile(name: string, sql: string, error: unknown): unknown {
  const { code, position } = error as { code?: string; position?: string };
  if (!(error instanceof Error) || code === undefined || !/^(22|23|42)/.test(code)) return error;
  const line = position === undefined ? '' : `, line ${sql.slice(0, Number(position)).split('\n').length}`;
  error.message = `${name}.sql${line}: ${error.message}`;
  return error;
}

/** Whether the database has the schema that this program was written for (or a newer one on top of it). */
export async function schemaState(database: Database): Promise<'current' | 'outdated'> {
  const [found] = await ask<{ exists: boolean }>(
    database,
    "select to_regclass('tidegate.migrations') is not null as exists",
    [],
  );
  if (found?.exists !== true) return 'outdated';
  const rows = await ask(database, 'select from tidegate.migrations where name = $1', [SCHEMA]);
  return rows.length === 1 ? 'current' : 'outdated';
}
