/**
 * The console's way to the database: the process's one pool, asked with bound values. Knows which failures mean that
 * the database is away or older than the code; nothing about records or sessions.
 */
import type pg from 'pg';
import { openPool, schemaState, TidegateError } from 'tidegate';

export { isTidegateError } from 'tidegate';

/** The console's own migrations; with records off, the second one is left out. */
export const consoleMigration = '20261125000100_console';
export const recordsMigration = '20261125000101_records';

/** Whether a migration is about the records: none of these is applied where there shall be none. */
export function isAboutRecords(file: string): boolean {
  return /\d_records(_|\.|$)/.test(file);
}

/** The pool that everything of this process shares. */
export function database(): pg.Pool {
  return openPool();
}

/** Runs one statement and returns its rows. */
export async function select<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const { rows } = await database().query(text, [...values]);
  return rows as Row[];
}

/** Runs `act` on one connection of the process's pool between begin and commit; what it throws rolls back. */
export async function inTransaction<T>(act: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return await inTransactionOn(database(), act);
}

/** The same on a pool of one's own. */
export async function inTransactionOn<T>(pool: pg.Pool, act: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failed: unknown;
  try {
    await client.query('begin');
    const value = await act(client);
    await client.query('commit');
    return value;
  } catch (thrown) {
    failed = thrown;
    await client.query('rollback').catch(() => {});
    throw thrown;
  } finally {
    client.release(isDatabaseAway(failed));
  }
}

/** What is known to be there; a schema only ever grows, so a yes holds for as long as the pool. */
const known = new WeakMap<pg.Pool, Set<'schema' | 'records'>>();

/**
 * Asks whether the schema is the one that this code was written for; once it is, never again.
 * @throws TidegateError `schema_outdated`.
 */
export async function requireSchema(): Promise<void> {
  const pool = database();
  if (known.get(pool)?.has('schema')) return;
  const state = await schemaState(pool);
  if (state === 'outdated' || !(await isEntered(consoleMigration))) {
    throw new TidegateError('schema_outdated', 'The database has an older schema than this program.', {
      hint: 'Run `npx tidegate migrate --from apps/console/supabase/migrations` (npm start does it itself).',
    });
  }
  remember(pool, 'schema');
}

/** Whether `public.records` is there and ours. */
export async function recordsAreThere(): Promise<boolean> {
  const pool = database();
  if (known.get(pool)?.has('records')) return true;
  const there = await isEntered(recordsMigration);
  if (there) remember(pool, 'records');
  return there;
}

/** Whether a failure says that no answer could be had: no connection, a shutdown, no place, or a time limit. */
export function isDatabaseAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  // Where a name has several addresses, each of them has failed in its own way.
  const first = thrown instanceof AggregateError ? (thrown.errors[0] as unknown) : undefined;
  if (first !== undefined && isDatabaseAway(first)) return true;
  const code = 'code' in thrown ? String(thrown.code) : '';
  return code === 'database_unavailable' || awayCodes.test(code) || awayMessages.test(thrown.message);
}

/** Of PostgreSQL: no connection, no resources, shut down, out of time, locked, read only. Of the network: no way there. */
const awayCodes =
  /^(08...|53...|57P0.|57014|55P03|25006|ECONN.*|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** What pg says without a code. */
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection error|Connection ended|not queryable|server closed the connection|pool after calling end/i;

/** Whether a failure says that a table, column or schema is not there yet. */
export function isSchemaMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^(42P01|42703|3F000)$/.test(String(thrown.code));
}

/** Class 22 of SQLSTATE: a value that PostgreSQL cannot take, like the 41st of a month or a number of a million digits. */
export function isDataRefused(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^22/.test(String(thrown.code));
}

async function isEntered(name: string): Promise<boolean> {
  const rows = await select<{ there: boolean }>(
    'select exists (select from tidegate.migrations where name = $1) as there',
    [name],
  );
  return rows[0]?.there === true;
}

function remember(pool: pg.Pool, what: 'schema' | 'records'): void {
  known.set(pool, (known.get(pool) ?? new Set()).add(what));
}
