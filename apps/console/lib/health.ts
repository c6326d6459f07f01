/**
 * Whether this instance can serve: the database answers, its schema is ours, and samples are in where they were asked
 * for. A yes or a no, for everybody; the log has the reason.
 */
import { recordsAreThere, requireSchema, select } from './database.ts';
import { readEnvironment } from './environment.ts';
import { logError } from './log.ts';

/** True once everything is ready, false while it is not or when the database is away. */
export async function isHealthy(): Promise<boolean> {
  try {
    await requireSchema();
    const { seed, records } = readEnvironment();
    const seeded = await select<{ seeded: boolean }>('select exists (select from tidegate_console.seedings) as seeded');
    return seed === 'none' || !records || seeded[0]?.seeded === true || !(await recordsAreThere());
  } catch (thrown) {
    logError('not_healthy', thrown);
    return false;
  }
}
