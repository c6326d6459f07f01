/**
 * One connection for a check: what it tries is rolled back, and what it reads is bounded in time.
 */
import type pg from 'pg';

const TRY_MS_MAX = 10_000;
const LOCK_MS_MAX = 2_000;

/** Runs `act` in a transaction that is always rolled back. `settings` hold inside it only. */
export async function rolledBack<Value>(
  client: pg.ClientBase,
  act: () => Promise<Value>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Value> {
  const all = { statement_timeout: String(TRY_MS_MAX), lock_timeout: String(LOCK_MS_MAX), ...settings };
  await client.query('begin');
  try {
    for (const [name, value] of Object.entries(all)) {
      await client.query('select set_config($1, $2, true)', [name, value]);
    }
    return await act();
  } finally {
    await client.query('rollback');
  }
}

/** Runs `act` under a savepoint and takes back what it did; an error of the database becomes a value. */
export async function tried<Value>(
  client: pg.ClientBase,
  act: () => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly code: string; readonly message: string }> {
  await client.query('savepoint attempt');
  try {
    return { value: await act() };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) throw error;
    return { code, message };
  } finally {
    await client.query('rollback to savepoint attempt');
  }
}
