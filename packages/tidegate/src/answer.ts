/**
 * What a run answers, read back from the log: committed outcomes only, and the same words each time it is asked.
 */
import { ask } from './database.ts';
import type { Closing } from './store.ts';
import type { Database, Json, RecordResult, RunResult, RunView, Stopped, Trigger } from './types.ts';

/** Results shown of one run, the newest; a long run may have more. */
const RESULTS_MAX = 1_000;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface RunRow {
  id: string;
  gate: string;
  trigger: Trigger;
  started_at: string;
  ended_at: string | null;
  stopped: Stopped | null;
  /** Untouched for its deadline and 30 s without having been closed. */
  dead: boolean;
  tally: Tally | null;
  counts: { succeeded: number; failed: number; deferred: number };
  results: { key: string; ok: boolean; status: number | null; body: Json; error: string | null }[] | null;
}

interface Tally {
  readonly remaining: number;
  readonly atLeast: boolean;
  readonly ended: number;
  readonly skipped: Record<string, number>;
  readonly hint: string | null;
  readonly reason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A run's answer and whether it still goes on; `error` is what made it fail as a whole. */
export interface ReadRun {
  readonly view: RunView;
  readonly running: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Reads one run, or null. `gate` narrows to runs of that gate. */
export async function readRun(database: Database, runId: string, gate: string | null = null): Promise<ReadRun | null> {
  if (!RUN_ID.test(runId)) return null;
  const [row] = await ask<RunRow>(database, READ_RUN, [runId, gate, RESULTS_MAX]);
  if (row === undefined) return null;
  return {
    view: { ...viewOfRun(row), results: (row.results ?? []).map(resultOf) },
    running: row.stopped === null && !row.dead,
    error: row.tally?.error ?? null,
  };
}

const READ_RUN = `
with run as materialized (
  select r.id, g.name as gate, r.trigger, r.opened_at, r.closed_at, r.stopped, r.tally,
    r.closed_at is null and r.touched_at < clock_timestamp() - (r.deadline_ms + 30000) * interval '1 ms' as dead
  from tidegate.runs r
  join tidegate.gates g on g.id = r.gate
  where r.id = $1 and ($2::text is null or g.name = $2)
), ended as materialized (
  select a.key, a.outcome, a.status, a.summary, a.error, a.ended_at
  from run r
  join tidegate.attempts a on a.run = r.id
  where a.outcome in ('done', 'failed', 'parked', 'superseded', 'deferred')
)
select r.id, r.gate, r.trigger, to_json(r.opened_at) as started_at, to_json(r.closed_at) as ended_at, r.stopped, r.dead,
  r.tally,
  (select jsonb_build_object('succeeded', count(*) filter (where e.outcome = 'done'),
    'failed', count(*) filter (where e.outcome in ('failed', 'parked', 'superseded')),
    'deferred', count(*) filter (where e.outcome = 'deferred')) from ended e) as counts,
  (select jsonb_agg(jsonb_build_object('key', e.key, 'ok', e.outcome = 'done', 'status', e.status, 'body', e.summary,
    'error', e.error) order by e.ended_at, e.key)
    from (select e.* from ended e order by e.ended_at desc, e.key desc limit $3) e) as results
from run r`;

/** The runs of one gate or of all, newest first, without their results. `cursor` is what the last page answered. */
export async function listRuns(
  database: Database,
  { gate, cursor, limit = 50 }: { gate?: string | undefined; cursor?: string | undefined; limit?: number },
): Promise<{ readonly runs: readonly Omit<RunView, 'results'>[]; readonly cursor: string | null }> {
  const [at, id] = (cursor ?? '').split('_');
  const after = /^\d{1,17}$/.test(at ?? '') && RUN_ID.test(id ?? '') ? [at, id] : [null, null];
  const rows = await ask<RunRow & { at: string }>(database, LIST_RUNS, [
    gate ?? null,
    ...after,
    Math.min(100, limit) + 1,
  ]);
  const page = rows.slice(0, Math.min(100, limit));
  const last = rows.length > page.length ? page.at(-1) : undefined;
  return { runs: page.map(withoutResults), cursor: last === undefined ? null : `${last.at}_${last.id}` };
}

const LIST_RUNS = `
select r.id, g.name as gate, r.trigger, to_json(r.opened_at) as started_at, to_json(r.closed_at) as ended_at, r.stopped,
  r.closed_at is null and r.touched_at < clock_timestamp() - (r.deadline_ms + 30000) * interval '1 ms' as dead,
  r.tally, (extract(epoch from r.opened_at) * 1000000)::bigint::text as at,
  jsonb_build_object('succeeded', coalesce((r.tally ->> 'succeeded')::int, 0),
    'failed', coalesce((r.tally ->> 'failed')::int, 0), 'deferred', coalesce((r.tally ->> 'deferred')::int, 0)) as counts
from tidegate.gates g
cross join lateral (
  select r.* from tidegate.runs r
  where r.gate = g.id and ($2::bigint is null or (r.opened_at, r.id)
    < (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid))
  order by r.opened_at desc, r.id desc
  limit $4) r
where $1::text is null or g.name = $1
order by r.opened_at desc, r.id desc
limit $4`;

function withoutResults(row: RunRow): Omit<RunView, 'results'> {
  const { results: _none, ...run } = viewOfRun(row);
  return run;
}

function viewOfRun(row: Omit<RunRow, 'results'>): RunView {
  const { counts, tally } = row;
  const processed = counts.succeeded + counts.failed + counts.deferred;
  const stopped = row.stopped ?? (row.dead ? 'lost' : null);
  return {
    runId: row.id,
    gate: row.gate,
    trigger: row.trigger,
    startedAt: isoTime(row.started_at),
    endedAt: row.ended_at === null ? null : isoTime(row.ended_at),
    message: messageOf(counts, tally, stopped),
    processed,
    ...counts,
    remaining: tally?.remaining ?? 0,
    ...(tally?.atLeast === true ? { atLeast: true as const } : {}),
    stopped,
    skipped: tally?.skipped ?? {},
    ...(tally?.hint ? { hint: tally.hint } : {}),
    results: [],
  };
}

/** The answer of a run that attempted nothing: what it has just written, without asking for it again. */
export function emptyResult(closing: Closing): RunResult {
  const counts = { succeeded: 0, failed: 0, deferred: 0 };
  return {
    runId: closing.run,
    message: messageOf(counts, closing, closing.stopped),
    processed: 0,
    ...counts,
    remaining: closing.remaining,
    ...(closing.atLeast ? { atLeast: true as const } : {}),
    stopped: closing.stopped,
    skipped: closing.skipped,
    ...(closing.hint === null ? {} : { hint: closing.hint }),
    results: [],
  };
}

/** A run's view without what only the console shows; a run that has no end yet was lost on its way. */
export function tickOf({
  gate: _gate,
  trigger: _trigger,
  startedAt: _at,
  endedAt: _end,
  stopped,
  ...tick
}: RunView): RunResult {
  return { ...tick, stopped: stopped ?? 'lost' };
}

/** The tick in one sentence. */
export function messageOf(
  { succeeded, failed, deferred }: RunRow['counts'],
  tally: Pick<Tally, 'remaining' | 'atLeast' | 'ended' | 'reason' | 'error'> | null,
  stopped: Stopped | null,
): string {
  const processed = succeeded + failed + deferred;
  const counted = `${succeeded} succeeded, ${failed} failed, ${deferred} deferred`;
  if (tally === null) return stopped === 'lost' ? `The run was lost: ${counted}` : `Running: ${counted} so far`;
  if (tally.error !== null) return tally.error.message;
  const waiting = `${tally.atLeast ? 'at least ' : ''}${tally.remaining}`;
  if (processed > 0) {
    const total = `${tally.atLeast ? 'at least ' : ''}${Math.max(processed, tally.remaining + tally.ended)}`;
    return `${processed} of ${total} records processed: ${counted}`;
  }
  if (tally.remaining === 0 && !tally.atLeast && stopped !== 'walking') return 'No records to process';
  const why = stopped === null ? null : WHY_NONE[stopped];
  return `No records started although ${waiting} wait: ${[why, tally.reason].filter(Boolean).join(': ') || 'they are in backoff or being verified elsewhere'}`;
}

const WHY_NONE: Partial<Record<Stopped, string>> = {
  busy: 'every place is taken',
  shut: 'the gate is shut',
  paused: 'the gate is paused',
  deadline: 'the time is up',
  rate: 'the rate is used up',
  budget: 'the budget is used up',
  stopping: 'the process is stopping',
  walking: 'still walking',
  lost: 'the database was lost',
};

/** One settled outcome in the shape of the tick's answer. */
export function resultOf(settled: {
  readonly key: string;
  readonly ok: boolean | null;
  readonly status: number | null;
  readonly body: Json;
  readonly error: string | null;
}): RecordResult {
  const status = settled.status ?? 0;
  const base = { recordId: settled.key, ok: settled.ok === true, status };
  return status === 0 ? { ...base, error: settled.error ?? 'no answer' } : { ...base, body: settled.body ?? null };
}

/**
 * A time as the API writes it: ISO 8601 in UTC, milliseconds. What no JavaScript date can hold (infinity, a year before
 * or far after Christ) is the first or last time that one can.
 */
export function isoTime(text: string): string {
  const ms = Date.parse(text);
  const end = /^-| BC$/.test(text) ? -8.64e15 : 8.64e15;
  return new Date(Number.isNaN(ms) ? end : ms).toISOString();
}
