/**
 * What the benches measure over: a migrated database with an applications table of a given size under a gate, and its
 * items and attempts. Rows are made by the database itself; nothing here is measured.
 */
import pg from 'pg';
import { migrate } from '../packages/tidegate/src/migrate.ts';
import { type Source, sourceOf } from '../packages/tidegate/src/source.ts';
import type { Cluster } from './cluster.ts';

/** The gate and its source in every bench. */
export const GATE = 'verify-applications';

/** What the user's own apply would be: guards the status and compares the revision. */
export const APPLY = `
  update public.applications a set status = s.body->>'verdict', verdict = s.body
  from settled s
  where a.id = s.key and a.status = 'pending' and a.revision::text = s.revision
  returning s.key`;

/** How many rows of each kind, oldest first in this order. */
export interface BacklogSize {
  /** Parked in the gate and still standing in the source. */
  readonly parked?: number;
  /** With a reason not to run now. */
  readonly skipped?: number;
  readonly pending: number;
  /** Verified earlier: an item and an attempt each, twenty to a run, and no longer in the source. */
  readonly done?: number;
  /** False leaves every table without statistics, as it is right after a bulk load. */
  readonly analysed?: boolean;
}

/** A database of one scenario. `source` is what opening a run would find. */
export interface Backlog {
  readonly pool: pg.Pool;
  readonly gate: number;
  readonly source: Source;
  close(): Promise<void>;
}

/** Makes the database and fills it. */
export async function openBacklog(cluster: Cluster, name: string, size: BacklogSize): Promise<Backlog> {
  const url = await cluster.database(name);
  await migrate({ url });
  // One connection, so that a bench knows which server process worked for it.
  const pool = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
  pool.on('error', () => {});
  for (const statement of TABLES) await pool.query(statement);
  const { parked = 0, skipped = 0, pending, done = 0, analysed = true } = size;
  if (!analysed) {
    for (const table of ['public.applications', 'tidegate.items', 'tidegate.attempts', 'tidegate.runs'])
      await pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
  }
  await pool.query(GATES, [GATE]);
  await pool.query(ROWS, [done, parked, skipped, pending]);
  await pool.query(ITEMS, [done, parked]);
  await pool.query(RUNS, [Math.ceil(done / 20)]);
  await pool.query(ATTEMPTS);
  if (analysed) await pool.query('vacuum analyze');
  await pool.query('checkpoint');
  const { rows } = await pool.query(COLUMNS);
  return {
    pool,
    gate: 1,
    source: sourceOf('verify_applications', rows[0]?.columns as Record<string, string>),
    async close() {
      await pool.end();
      await cluster.drop(name);
    },
  };
}

const TABLES = [
  'create extension pg_stat_statements',
  `create table public.applications (
    id uuid primary key default gen_random_uuid(), company text not null, status text not null, submitted boolean not null,
    revision bigint not null default 1, verdict jsonb, created_at timestamptz not null)`,
  `create index pending_applications on public.applications (created_at, id) where status = 'pending'`,
  `create view tidegate.verify_applications with (security_invoker = true) as
    select a.id as key, a.created_at as position, case when a.submitted then 'already submitted' end as skip,
      a.revision::text as revision, jsonb_build_object('company', a.company) as payload
    from public.applications a where a.status = 'pending'`,
];

const GATES = `insert into tidegate.gates (name, cap) values ($1, 20)`;

const ROWS = `
insert into public.applications (company, status, submitted, created_at)
select 'Company ' || n, case when n <= $1::int then 'verified' else 'pending' end,
  n > $1::int + $2::int and n <= $1::int + $2::int + $3::int, clock_timestamp() - interval '200 days' + n * interval '1 s'
from generate_series(1, $1::int + $2::int + $3::int + $4::int) n`;

const ITEMS = `
insert into tidegate.items (gate, key, attempt, state, since_at, revision, failed_at, reason)
select 1, a.id::text, 1, case a.status when 'verified' then 'done' else 'parked' end, a.created_at, '1', a.created_at, 'made so'
from (select a.* from public.applications a order by a.created_at limit $1::int + $2::int) a
order by a.created_at`;

const RUNS = `
insert into tidegate.runs (id, gate, trigger, deadline_ms, step, opened_at, touched_at, closed_at, stopped, tally)
select gen_random_uuid(), 1, 'cron', 240000, 3, t.at, t.at, t.at, 'batch', '{"succeeded": 20, "failed": 0, "deferred": 0}'
from (select clock_timestamp() - interval '200 days' + n * interval '20 s' as at from generate_series(1, $1::int) n) t`;

const ATTEMPTS = `
with r as (select r.id, r.opened_at, row_number() over (order by r.opened_at) as n from tidegate.runs r),
  i as (select i.key, row_number() over (order by i.since_at) as n from tidegate.items i where i.state = 'done')
insert into tidegate.attempts (gate, key, attempt, run, outcome, status, summary, started_at, ended_at)
select 1, i.key, 1, r.id, 'done', 200, '{"verdict": "verified"}', r.opened_at, r.opened_at + interval '1 s'
from i join r on r.n = (i.n - 1) / 20 + 1
order by i.n`;

const COLUMNS = `
select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) as columns
from pg_catalog.pg_attribute a
where a.attrelid = 'tidegate.verify_applications'::regclass and a.attnum > 0`;
