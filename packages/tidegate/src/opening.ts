/**
 * The SQL that comes before a run: writing it, and looking at its gate without opening anything. Values are parameters.
 */
import { randomBytes } from 'node:crypto';
import { ask } from './database.ts';
import { TidegateError } from './errors.ts';
import { type Place, type Source, sourceOf, viewOf } from './source.ts';
import type { Database, Limits, Trigger } from './types.ts';

/**
 * A run's id: a UUID of version 7. Its time only keeps ids of one day together in an index; no rule reads it.
 */
export function newRunId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** What opening a run finds. `run` is null when its idempotency key is known: then `known` is the first run's id. */
export interface Opened {
  readonly gate: number;
  readonly run: string | null;
  readonly known: string | null;
  readonly source: Source;
  readonly place: Place | null;
  /** An hour has passed since old attempts, runs and items were last looked at. */
  readonly trimDue: boolean;
  /** How long a step took when all was well, as earlier runs learned it. */
  readonly stepMs: number | null;
  /** The gate is shut: what this run leases first is a probe. */
  readonly shut: boolean;
  /** Why a person stopped it; null while it is not paused. */
  readonly paused: string | null;
  /** Some item is due, or some lease past its end: the walk may not come by there. */
  readonly due: boolean;
}

interface OpenRow {
  /** Null where there is no view of that name, and so no gate. */
  gate: number | null;
  run: string | null;
  columns: Record<string, string> | null;
  walked_position: string | null;
  walked_key: string | null;
  trim_due: boolean;
  step_ms: number | null;
  shut: boolean;
  paused: string | null;
  due: boolean;
}

/** Writes the run, and the caller's cap into the gate's row where it differs. Throws `source_missing` without a view. */
export async function openRun(
  database: Database,
  gate: string,
  run: { id: string; trigger: Trigger; launcher: string | null; idempotencyKey: string | null; limits: Limits },
): Promise<Opened> {
  const view = viewOf(gate);
  const values = [
    gate,
    run.limits.concurrencyMax,
    run.id,
    run.trigger,
    run.launcher,
    run.idempotencyKey,
    run.limits.runDeadlineMs,
    view,
  ];
  let row: OpenRow | undefined;
  // Two first openings at once: one inserts the gate, the other's snapshot is older than that row.
  for (let tries = 0; (row === undefined || (row.gate === null && row.columns !== null)) && tries < 3; tries += 1) {
    [row] = await ask<OpenRow>(database, OPEN, values);
  }
  if (row === undefined || (row.gate === null && row.columns !== null))
    throw new TidegateError('privileges', `Gate ${gate} cannot be seen.`, { hint: SEES_NO_GATE });
  const source = sourceOf(view, row.columns);
  const place =
    row.walked_position === null || row.walked_key === null
      ? null
      : { position: row.walked_position, key: row.walked_key };
  let known: string | null = null;
  if (row.run === null && run.idempotencyKey !== null) {
    const [first] = await ask<{ id: string }>(
      database,
      'select id from tidegate.runs where gate = $1 and idempotency_key = $2',
      [row.gate, run.idempotencyKey],
    );
    known = first?.id ?? null;
  }
  if (row.gate === null) throw new Error('a source without a gate was refused above');
  return {
    gate: row.gate,
    run: row.run,
    known,
    source,
    place,
    trimDue: row.trim_due,
    stepMs: row.step_ms,
    shut: row.shut,
    paused: row.paused,
    due: row.due,
  };
}

const SEES_NO_GATE =
  'Row security hides tidegate.gates from this role: "tidegate init --role" adds the policies it needs.';

const OPEN = `
with source as (
  select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) as columns
  from pg_catalog.pg_attribute a
  where a.attrelid = to_regclass(format('tidegate.%I', $8::text)) and a.attnum > 0 and not a.attisdropped
), written as (
  -- A name without a view leaves no gate behind.
  insert into tidegate.gates as g (name, cap)
  select $1, $2::int from source s where s.columns is not null
  on conflict (name) do update set cap = excluded.cap
    where g.cap <> excluded.cap
  returning g.id, g.walked_position, g.walked_key, g.trimmed_at, g.step_ms, g.shut_at, g.paused_at, g.paused_reason
), gate as (
  select * from written
  union all
  select g.id, g.walked_position, g.walked_key, g.trimmed_at, g.step_ms, g.shut_at, g.paused_at, g.paused_reason
  from tidegate.gates g
  where g.name = $1 and not exists (select from written)
), run as (
  insert into tidegate.runs (id, gate, trigger, launcher, idempotency_key, deadline_ms)
  select $3::uuid, g.id, $4, $5, $6, $7::bigint
  from gate g, source s
  where s.columns is not null
  on conflict on constraint once_per_idempotency_key do nothing
  returning id
)
select g.id as gate, (select id from run) as run, s.columns, g.walked_position, g.walked_key, g.step_ms,
  g.shut_at is not null as shut, case when g.paused_at is not null then coalesce(g.paused_reason, 'by a person') end as paused,
  g.trimmed_at is null or g.trimmed_at < clock_timestamp() - interval '1 hour' as trim_due,
  (select true from tidegate.items i
    where i.gate = g.id and i.state in ('leased', 'waiting') and i.until is not null and i.until <= clock_timestamp()
    limit 1) is true as due
from source s
left join gate g on true`;

/** A gate's state and source without opening anything: `gate` is 0 for one that was never opened. */
export interface Peeked {
  readonly gate: number;
  readonly paused: string | null;
  readonly shut: string | null;
  readonly source: Source;
}

/** Looks at a gate for a dry run. Throws `source_missing` without a view. */
export async function peekGate(database: Database, gate: string): Promise<Peeked> {
  const view = viewOf(gate);
  const [row] = await ask<{
    gate: number;
    paused: string | null;
    shut: string | null;
    columns: Record<string, string> | null;
  }>(database, PEEK, [gate, view]);
  if (row === undefined) throw new Error('a look at a gate has exactly one row');
  return { gate: row.gate, paused: row.paused, shut: row.shut, source: sourceOf(view, row.columns) };
}

const PEEK = `
select coalesce(g.id, 0) as gate,
  case when g.paused_at is not null then coalesce(g.paused_reason, 'by a person') end as paused,
  case when g.shut_at is not null and g.probe_at > clock_timestamp() then g.shut_reason end as shut,
  (select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass(format('tidegate.%I', $2::text)) and a.attnum > 0 and not a.attisdropped) as columns
from (values (1)) one (row)
left join tidegate.gates g on g.name = $1`;

/** Makes a gate's row before its first run, so that it can be seen and paused. */
export async function ensureGate(database: Database, gate: string, cap: number): Promise<void> {
  await ask(database, 'insert into tidegate.gates (name, cap) values ($1, $2) on conflict (name) do nothing', [
    gate,
    cap,
  ]);
}
