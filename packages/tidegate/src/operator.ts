/**
 * The operator's verbs over a gate's state: pause, resume, release, and the end of a previous life. They need no gate's
 * code, only its name.
 */
import { ask } from './database.ts';
import { spelled } from './source.ts';
import type { Database } from './types.ts';

/** Stops leasing until `resume`. False: there is no such gate. */
export async function pause(database: Database, gate: string, reason: string | null): Promise<boolean> {
  const rows = await ask(database, PAUSE, [gate, reason]);
  return rows.length > 0;
}

const PAUSE = `
update tidegate.gates set paused_at = coalesce(paused_at, clock_timestamp()), paused_reason = coalesce($2, paused_reason)
where name = $1
returning id`;

/** Ends a pause, a shutting and a gate-wide wait. False: there is no such gate. */
export async function resume(database: Database, gate: string): Promise<boolean> {
  const rows = await ask(database, RESUME, [gate]);
  return rows.length > 0;
}

const RESUME = `
update tidegate.gates set paused_at = null, paused_reason = null, shut_at = null, shut_code = null, shut_reason = null,
  streak = 0, apply_streak = 0, apply_code = null, apply_keys = '{}', probe_at = null, probe_ms = null, wait_until = null, wait_ms = null
where name = $1
returning id`;

/** Parked items may run again: their counts start anew, a paid answer stays. Returns the keys that were parked. */
export async function release(database: Database, gate: string, keys: readonly string[]): Promise<readonly string[]> {
  const known: string[] = [];
  for (const spelling of keys) {
    const key = await spelled(database, gate, spelling);
    if (key !== null) known.push(key);
  }
  const rows = await ask<{ key: string }>(database, RELEASE, [gate, known]);
  return rows.map(({ key }) => key);
}

const RELEASE = `
with parked as materialized (
  select i.gate, i.key
  from (select distinct k.key from unnest($2::text[]) k (key) order by k.key) k
  cross join lateral (
    select i.gate, i.key from tidegate.items i
    where i.gate = (select g.id from tidegate.gates g where g.name = $1) and i.key = k.key and i.state = 'parked'
    limit 1
    for no key update) i
)
update tidegate.items i set state = 'waiting', since_at = clock_timestamp(), until = clock_timestamp(), span_ms = 0,
  failures = 0, lost = 0, deferrals = 0, code = 'released', reason = 'released by a person'
from parked p
where i.gate = p.gate and i.key = p.key
returning i.key`;

/**
 * Ends, as *lost*, the leases of every run that `launcher` started: its previous life, known to be over. Call it before
 * anything of the new life opens a run. Returns how many there were.
 */
export async function endPreviousLife(database: Database, launcher: string): Promise<number> {
  const rows = await ask<{ ended: number }>(database, END_LIFE, [launcher]);
  return rows[0]?.ended ?? 0;
}

const END_LIFE = `
with ending as materialized (
  select i.gate, i.key, i.attempt, i.run, i.since_at, i.lost
  from tidegate.items i
  join tidegate.runs r on r.id = i.run
  where i.state = 'leased' and i.until is not null and r.launcher = $1
  order by i.gate, i.key
  for no key update of i skip locked
), moved as (
  update tidegate.items i set run = null, since_at = clock_timestamp(), lost = i.lost + 1,
    state = case when e.lost >= 2 then 'parked' else 'waiting' end,
    until = case when e.lost >= 2 then null else clock_timestamp() end,
    span_ms = case when e.lost >= 2 then null else 0 end,
    failed_at = case when e.lost >= 2 then clock_timestamp() else i.failed_at end,
    code = 'lost', reason = 'the process that held it ended'
  from ending e
  where i.gate = e.gate and i.key = e.key
), logged as (
  insert into tidegate.attempts (gate, key, attempt, run, outcome, started_at)
  select e.gate, e.key, e.attempt, e.run, 'lost', e.since_at
  from ending e
  order by e.gate, e.key
  on conflict do nothing
), counted as (
  insert into tidegate.hours as h (gate, at, lost)
  select e.gate, date_trunc('hour', clock_timestamp(), 'UTC'), count(*) from ending e group by e.gate order by e.gate
  on conflict (gate, at) do update set lost = h.lost + excluded.lost
)
select count(*)::int as ended from ending`;
