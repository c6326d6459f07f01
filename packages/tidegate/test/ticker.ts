// A role that ticks and owns nothing, for tests of what it may see and do.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { poolOn, type Scene } from './builders.ts';

/** The engine's tables. */
export const TABLES = ['gates', 'runs', 'items', 'attempts', 'hours', 'migrations'];

/** A role that owns nothing, and a pool of its own. It is dropped with what it was granted. */
export async function ticker(
  at: Scene,
  scope: { after(fn: () => Promise<void>): void },
): Promise<{ role: string; pool: pg.Pool }> {
  const role = `ticker_${randomBytes(4).toString('hex')}`;
  await at.rows(`create role ${role} login password 'tick'`);
  const url = new URL(at.url);
  [url.username, url.password] = [role, 'tick'];
  const pool = poolOn(url.href, 3);
  // The database is dropped before this, and what the role owned and was granted with it.
  scope.after(async () => {
    if (!pool.ended) await pool.end();
    const owner = new pg.Client({ connectionString: Object.assign(new URL(at.url), { pathname: 'postgres' }).href });
    await owner.connect();
    await owner.query(`drop role if exists ${role}`).catch(() => {});
    await owner.end();
  });
  await at.rows(`grant usage on schema tidegate to ${role}; grant execute on all functions in schema tidegate to ${role};
    grant select, insert, update, delete on all tables in schema tidegate to ${role};
    grant select, update on public.applications to ${role}`);
  return { role, pool };
}

/** Lets the role see and write every row of these tables. */
export async function policies(at: Scene, role: string, tables: readonly string[]): Promise<void> {
  for (const table of tables)
    await at.rows(`create policy ${role} on tidegate.${table} to ${role} using (true) with check (true)`);
}
