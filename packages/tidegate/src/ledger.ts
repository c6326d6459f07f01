/**
 * Reads and verbs over schema `tidegate` for consoles and command lines: every gate in it, without any gate's code. The
 * cost of each read is bounded, whatever the size of the tables.
 */
import { isoTime, listRuns, readRun } from './answer.ts';
import { ask, openPool } from './database.ts';
import { explain } from './explain.ts';
import { pause, release, resume } from './operator.ts';
import { type Source, sourceOf, viewOf, walk } from './source.ts';
import { trends } from './trends.ts';
import type { AttemptView, Database, GateStatus, Json, Ledger, ParkedView, Trigger } from './types.ts';

/** Source rows read for a backlog's count. */
const BACKLOG_ROWS_MAX = 10_000;
const TICK_MS = 5 * 60_000;

/** A ledger over the given database, else over the process's pool, opened on first use. */
export function createLedger({ database }: { database?: Database } = {}): Ledger {
  const db = (): Database => database ?? openPool();
  return {
    async gates() {
      const rows = await ask<{ name: string }>(db(), 'select g.name from tidegate.gates g order by g.name', []);
      return rows.map(({ name }) => name);
    },
    status: (gate, options) => status(db(), gate, options?.tickEveryMs ?? TICK_MS),
    runs: (options = {}) => listRuns(db(), options),
    run: async (runId) => (await readRun(db(), runId))?.view ?? null,
    attempts: (gate, key) => attempts(db(), gate, key),
    parked: (gate, options = {}) => parked(db(), gate, options),
    explain: (gate, key) => explain(db(), gate, key),
    trends: (gate, options) => trends(db(), gate, options),
    pause: (gate, reason) => pause(db(), gate, reason ?? null),
    resume: (gate) => resume(db(), gate),
    release: (gate, keys) => release(db(), gate, keys),
  };
}

interface StatusRow {
  id: number;
  cap: number;
  allowed: number | null;
  leased: number;
  waiting: number;
  parked: number;
  paused_at: string | null;
  paused_reason: string | null;
  shut_at: string | null;
  shut_reason: string | null;
  probing: boolean;
  wait_until: string | null;
  last_id: string | null;
  last_trigger: Trigger | null;
  last_at: string | null;
  last_cron_ms: number | null;
  spent: string;
  /** Records that recent ticks processed, on average, where they processed any. */
  per_tick: number | null;
  cost_per_record: number | null;
  columns: Record<string, string> | null;
}

async function status(database: Database, gate: string, tickEveryMs: number): Promise<GateStatus | null> {
  const [row] = await ask<StatusRow>(database, STATUS, [gate, viewOf(gate)]);
  if (row === undefined) return null;
  const backlog = await backlogOf(database, row.id, row.columns === null ? null : sourceOf(viewOf(gate), row.columns));
  const since = row.paused_at ?? row.shut_at;
  const open = row.wait_until === null ? 'open' : 'shut';
  const left = backlog.count;
  return {
    gate,
    state: row.paused_at !== null ? 'paused' : row.shut_at === null ? open : row.probing ? 'probing' : 'shut',
    reason:
      row.paused_at !== null
        ? row.paused_reason
        : (row.shut_reason ??
          (row.wait_until === null ? null : `the provider asked to wait until ${isoTime(row.wait_until)}`)),
    since: since === null ? null : isoTime(since),
    cap: row.cap,
    allowed: Math.min(row.cap, Math.floor(row.allowed ?? row.cap)),
    leased: row.leased,
    waiting: row.waiting,
    parked: row.parked,
    backlog,
    forecast: {
      minutes:
        left === 0
          ? 0
          : row.per_tick === null
            ? null
            : Math.ceil((Math.ceil(left / row.per_tick) * tickEveryMs) / 60_000),
      costMicros: left === 0 ? 0 : row.cost_per_record === null ? null : Math.ceil(left * row.cost_per_record),
    },
    spentTodayMicros: Number(row.spent),
    lastRun:
      row.last_id === null || row.last_at === null || row.last_trigger === null
        ? null
        : { id: row.last_id, trigger: row.last_trigger, startedAt: isoTime(row.last_at) },
    overdue: row.last_cron_ms !== null && row.last_cron_ms > tickEveryMs * 2,
  };
}

const STATUS = `
select g.id, g.cap, g.allowed, to_json(g.paused_at) #>> '{}' as paused_at, g.paused_reason, to_json(g.shut_at) #>> '{}' as shut_at,
  g.shut_reason,
  case when g.wait_until > clock_timestamp() and g.wait_until <= clock_timestamp() + g.wait_ms * interval '1 ms'
    then to_json(g.wait_until) #>> '{}' end as wait_until,
  coalesce(l.since_at > g.shut_at, false) as probing,
  coalesce(l.leased, 0) as leased, w.waiting, p.parked,
  r.id as last_id, r.trigger as last_trigger, to_json(r.opened_at) #>> '{}' as last_at,
  (extract(epoch from clock_timestamp() - c.opened_at) * 1000)::float8 as last_cron_ms,
  case when g.spent_on = (clock_timestamp() at time zone g.time_zone)::date then g.spent_micros else 0 end::text as spent, t.per_tick, h.cost_per_record,
  (select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass(format('tidegate.%I', $2::text)) and a.attnum > 0 and not a.attisdropped) as columns
from tidegate.gates g
left join lateral (
  select count(*)::int as leased, max(i.since_at) as since_at
  from tidegate.items i where i.gate = g.id and i.state = 'leased' and i.until is not null) l on true
left join lateral (
  select count(*)::int as waiting from (
    select from tidegate.items i where i.gate = g.id and i.state = 'waiting' and i.until is not null limit 10000) i) w on true
left join lateral (
  select count(*)::int as parked from (
    select from tidegate.items i where i.gate = g.id and i.state = 'parked' limit 10000) i) p on true
left join lateral (
  select r.id, r.trigger, r.opened_at from tidegate.runs r where r.gate = g.id order by r.opened_at desc, r.id desc limit 1) r on true
left join lateral (
  select r.opened_at from tidegate.runs r where r.gate = g.id and r.trigger = 'cron' order by r.opened_at desc limit 1) c on true
left join lateral (
  select avg(t.n)::float8 as per_tick from (
    select (r.tally ->> 'succeeded')::int + (r.tally ->> 'failed')::int as n
    from tidegate.runs r
    where r.gate = g.id and r.trigger = 'cron' and r.closed_at is not null
    order by r.opened_at desc
    limit 20) t
  where t.n > 0) t on true
left join lateral (
  select (sum(h.cost_micros)::float8 / nullif(sum(h.succeeded), 0)) as cost_per_record
  from tidegate.hours h where h.gate = g.id and h.at >= clock_timestamp() - interval '24 hours') h on true
where g.name = $1`;

async function backlogOf(database: Database, gate: number, source: Source | null): Promise<GateStatus['backlog']> {
  if (source === null) return { count: 0, atLeast: false, oldestAt: null };
  const bite = await walk(database, { gate, source, after: null, rowsMax: BACKLOG_ROWS_MAX });
  const oldest = bite.candidates[0]?.position;
  const timed = /^(timestamp|date)/.test(source.positionType) && oldest !== undefined;
  return {
    count: bite.candidates.length + bite.open,
    atLeast: bite.rows === BACKLOG_ROWS_MAX,
    oldestAt: timed ? isoTime(source.positionType.startsWith('timestamp without') ? `${oldest}Z` : oldest) : null,
  };
}

async function attempts(database: Database, gate: string, key: string): Promise<readonly AttemptView[]> {
  const rows = await ask<Record<string, unknown>>(database, ATTEMPTS, [gate, key]);
  return rows.map((row) => ({
    key,
    attempt: row.attempt as number,
    runId: row.run as string,
    outcome: row.outcome as string,
    status: row.status as number | null,
    blame: row.blame as string | null,
    startedAt: isoTime(row.started_at as string),
    endedAt: isoTime(row.ended_at as string),
    costMicros: Number(row.cost_micros),
    summary: (row.summary ?? (row.error === null ? null : { error: row.error })) as Json,
  }));
}

const ATTEMPTS = `
select a.attempt, a.run, a.outcome, a.status, a.blame, to_json(a.started_at) #>> '{}' as started_at,
  to_json(a.ended_at) #>> '{}' as ended_at, a.cost_micros::text, a.summary, a.error
from tidegate.attempts a
where a.gate = (select g.id from tidegate.gates g where g.name = $1) and a.key = $2
order by a.attempt desc
limit 100`;

async function parked(
  database: Database,
  gate: string,
  { cursor, limit = 50 }: { cursor?: string; limit?: number },
): Promise<{ readonly parked: readonly ParkedView[]; readonly cursor: string | null }> {
  const size = Math.min(100, Math.max(1, limit));
  const split = /^(\d{1,17})_(.*)$/s.exec(cursor ?? '');
  const values = [gate, split?.[1] ?? null, split?.[2] ?? null, size + 1];
  const rows = await ask<Record<string, string> & { code: string | null; attempt: number; failures: number }>(
    database,
    PARKED,
    values,
  );
  const page = rows.slice(0, size);
  const last = rows.length > size ? page.at(-1) : undefined;
  return {
    parked: page.map((row) => ({
      key: row.key as string,
      code: row.code ?? null,
      reason: row.reason as string,
      parkedAt: isoTime(row.parked_at as string),
      attempt: row.attempt,
      failures: row.failures,
    })),
    cursor: last === undefined ? null : `${last.at}_${last.key}`,
  };
}

const PARKED = `
select i.key, i.code, coalesce(i.reason, i.code) as reason, to_json(i.failed_at) #>> '{}' as parked_at, i.attempt, i.failures,
  (extract(epoch from i.failed_at) * 1000000)::bigint::text as at
from tidegate.items i
where i.gate = (select g.id from tidegate.gates g where g.name = $1) and i.state = 'parked'
  and ($2::bigint is null or i.failed_at <= timestamptz 'epoch' + $2::bigint * interval '1 microsecond')
  and ($2::bigint is null or i.failed_at < timestamptz 'epoch' + $2::bigint * interval '1 microsecond'
    or i.failed_at = timestamptz 'epoch' + $2::bigint * interval '1 microsecond' and i.key > $3)
order by i.failed_at desc, i.key
limit $4`;
