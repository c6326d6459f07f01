/**
 * Retention: what is long over is deleted in bounded steps, by ticks themselves, at most once an hour. No other process.
 */
import { ask } from './database.ts';
import { log } from './log.ts';
import type { Opened } from './opening.ts';
import type { Database, Limits } from './types.ts';

/** Rows of a kind that one step deletes at most, so that it holds the gate's lock for some milliseconds. */
const STEP_ROWS = 2_000;

/** One step. Whatever goes wrong is a line in the log: the tick that brought it has done its work. */
export async function trim(database: Database, { gate, source }: Opened, { keepMs }: Limits): Promise<void> {
  const values = [gate, JSON.stringify({ view: source.view, keyType: source.keyType }), keepMs, STEP_ROWS];
  try {
    const text = "select tidegate.trim_2($1, $2, $3 * interval '1 ms', $4) as trimmed";
    const [row] = await ask<{ trimmed: Record<string, number> | null }>(database, text, values);
    if (row?.trimmed != null) log.debug('old rows were trimmed', row.trimmed);
  } catch (error) {
    log.warn('old rows could not be trimmed', { error: (error as Error).message });
  }
}
