/**
 * The gate's SQL, one exported function a verb: step, touch, close; what comes before them is in `opening`. Values are
 * parameters. Knows no loop and no policy.
 */
import type { Lease, Outcome } from './attempt.ts';
import { ask } from './database.ts';
import { toJsonText } from './json.ts';
import type { Place, Source } from './source.ts';
import type { Database, Json, Limits, Stopped } from './types.ts';

/** Settled without the gate's row: what the breaker, the purse and the governor still have to hear. */
export interface Unheard {
  readonly from: number;
  readonly settled: readonly Settled[];
  readonly retryAfterMs: number;
}

/** What a step asks for. */
export interface StepRequest {
  readonly gate: number;
  readonly run: string;
  readonly step: number;
  readonly source: Source;
  readonly apply: string | undefined;
  readonly limits: Limits;
  readonly want: number;
  readonly force: boolean;
  readonly outcomes: readonly Outcome[];
  /** What steps that could not lock the gate's row settled, and the number of the first of them. */
  readonly unheard?: Unheard | null;
  /** Every lease the run holds beside those of `outcomes`: in flight, and finished but not sent. */
  readonly held: readonly { readonly key: string; readonly attempt: number }[];
  readonly keys: readonly string[];
  /** The database has become slow: fewer at a time. */
  readonly strained?: boolean;
  /** Keys that a tick has attempted: not offered to it again. */
  readonly tried: readonly string[];
}

/** One outcome as it was committed. `again`: not settled, nobody's fault, to be sent again; `stale`: dropped. */
export interface Settled {
  readonly key: string;
  readonly attempt: number;
  readonly outcome: 'done' | 'failed' | 'deferred' | 'parked' | 'superseded' | 'returned' | 'again' | 'stale';
  /** Committed by this step, and not by an earlier one whose answer was lost. */
  readonly fresh: boolean;
  readonly ok: boolean | null;
  readonly status: number | null;
  readonly body: Json;
  readonly error: string | null;
  /** The item wants no more work. */
  readonly ended: boolean | null;
}

/** What a step answers. */
export interface StepAnswer {
  /** It came after a later one, or after the run's close: it settled, and that is all. */
  readonly late: boolean;
  /** The gate's row could be locked. */
  readonly locked: boolean;
  /** What it leased tests a shut gate: one, whatever was wanted. */
  readonly probing?: boolean;
  readonly stop: 'paused' | 'shut' | 'busy' | 'rate' | 'budget' | null;
  readonly reason: string | null;
  readonly retryMs: number | null;
  readonly live: number | null;
  readonly cap: number | null;
  readonly settled: readonly Settled[];
  readonly leases: readonly Lease[];
  /** `attempt key` of what was named as held and is not. */
  readonly gone: readonly string[];
}

/** Settle, bury, lease: one call, one round trip. */
export async function step(database: Database, request: StepRequest): Promise<StepAnswer> {
  const { limits, source } = request;
  const waits = request.outcomes.map((outcome) => outcome.retryAfterMs ?? 0);
  const body = toJsonText({
    cap: limits.concurrencyMax,
    want: request.want,
    force: request.force,
    strained: request.strained === true,
    leaseMs: limits.attemptTimeoutMs + limits.leaseMarginMs,
    attemptsMax: limits.attemptsMax,
    deferralsMax: limits.deferralsMax,
    shutStreak: limits.shutStreak,
    probeMs: limits.probeMs,
    probeMaxMs: limits.probeMaxMs,
    ratePerMinute: limits.ratePerMinute,
    budgetMicros: limits.dailyBudgetMicros,
    reserveMicros: limits.reserveMicros,
    tokensPerMinute: limits.tokensPerMinute,
    reserveTokens: limits.reserveTokens,
    timeZone: limits.timeZone,
    retryAfterMs: Math.max(request.unheard?.retryAfterMs ?? 0, ...waits) || undefined,
    unheard: request.unheard?.settled,
    unheardFrom: request.unheard?.from,
    source: { view: source.view, keyType: source.keyType, revision: source.revision, payload: source.payload },
    outcomes: request.outcomes.map((outcome, nth) => ({ ...outcome, nth })),
    held: request.held.map(({ key, attempt }) => `${attempt} ${key}`),
    keys: request.keys,
    tried: request.tried,
  });
  const [row] = await ask<{ answer: StepAnswer }>(database, 'select tidegate.step_3($1, $2, $3, $4, $5) as answer', [
    request.gate,
    request.run,
    request.step,
    body,
    // As everybody ends a statement; inside another one it is a syntax error.
    request.apply?.replace(/;\s*$/, '') ?? null,
  ]);
  if (row === undefined) throw new Error('a step has exactly one answer');
  return row.answer;
}

/** Says that the run lives, and asks which of its leases are no longer its own. Waits for nobody. */
export async function touch(
  database: Database,
  { gate, run, held }: { gate: number; run: string; held: readonly { key: string; attempt: number }[] },
): Promise<readonly string[]> {
  const values = [gate, run, held.map(({ key }) => key), held.map(({ attempt }) => attempt)];
  const rows = await ask<{ key: string }>(database, TOUCH, values);
  return rows.map(({ key }) => key);
}

const TOUCH = `
with touched as (
  update tidegate.runs set touched_at = clock_timestamp()
  where id = (select r.id from tidegate.runs r where r.id = $2 and r.closed_at is null for no key update skip locked)
), awake as (
  update tidegate.gates set
    awake_since = case when awake_at is null or clock_timestamp() - awake_at > interval '15 s'
      or awake_at > clock_timestamp() + interval '1 s' then clock_timestamp() else awake_since end,
    awake_at = clock_timestamp()
  where id = (select g.id from tidegate.gates g
    where g.id = $1 and (g.awake_at is null or abs(extract(epoch from clock_timestamp() - g.awake_at)) > 5)
    for no key update skip locked)
)
select h.key
from unnest($3::text[], $4::int[]) as h (key, attempt)
where not exists (
  select from tidegate.items i
  where i.gate = $1 and i.key = h.key and i.attempt = h.attempt and i.state = 'leased' and i.run = $2)`;

/** What a run leaves behind when it closes. */
export interface Closing {
  readonly gate: number;
  readonly run: string;
  readonly stopped: Stopped;
  readonly remaining: number;
  readonly atLeast: boolean;
  readonly ended: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly hint: string | null;
  readonly reason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Undefined leaves the last walk's. */
  readonly place: Place | null | undefined;
  /** Null leaves the last walk's count. */
  readonly passedOver: number | null;
  /** What this run learned of a calm step; null leaves what was known. */
  readonly stepMs: number | null;
}

/** Closes the run with its tally, gives back what it still holds, keeps or drops the walk's place. */
export async function closeRun(database: Database, closing: Closing): Promise<void> {
  const tally = {
    remaining: closing.remaining,
    atLeast: closing.atLeast,
    ended: closing.ended,
    skipped: closing.skipped,
    hint: closing.hint,
    reason: closing.reason,
    error: closing.error,
  };
  const values = [
    closing.gate,
    closing.run,
    closing.stopped,
    toJsonText(tally),
    closing.place?.position ?? null,
    closing.place?.key ?? null,
    closing.passedOver,
    closing.stepMs,
    closing.place !== undefined,
  ];
  await ask(database, CLOSE, values);
}

const CLOSE = `
with held as materialized (
  select i.key, i.attempt, i.since_at
  from tidegate.items i
  where i.gate = $1 and i.state = 'leased' and i.until is not null and i.run = $2
  order by i.key
  for no key update of i skip locked
), returned as (
  update tidegate.items i set state = 'waiting', run = null, since_at = clock_timestamp(), until = clock_timestamp(),
    span_ms = 0, code = 'returned', reason = 'given back unspent'
  from held h
  where i.gate = $1 and i.key = h.key
), logged as (
  insert into tidegate.attempts (gate, key, attempt, run, outcome, started_at)
  select $1, h.key, h.attempt, $2, 'returned', h.since_at
  from held h
  order by h.key
  on conflict do nothing
), place as (
  update tidegate.gates set walked_position = case when $9::boolean then $5 else walked_position end,
    walked_key = case when $9 then $6 else walked_key end, passed_over = coalesce($7::bigint, passed_over),
    step_ms = coalesce($8::real, step_ms)
  where id = $1 and (walked_position, walked_key, passed_over, step_ms)
    is distinct from (case when $9 then $5 else walked_position end, case when $9 then $6 else walked_key end,
      coalesce($7::bigint, passed_over), coalesce($8::real, step_ms))
), counted as (
  select count(*) filter (where a.outcome = 'done') as succeeded,
    count(*) filter (where a.outcome in ('failed', 'parked', 'superseded')) as failed,
    count(*) filter (where a.outcome = 'deferred') as deferred
  from tidegate.runs r
  join tidegate.attempts a on a.run = r.id
  where r.id = $2
)
update tidegate.runs r set closed_at = clock_timestamp(), stopped = $3,
  tally = $4::jsonb || jsonb_build_object('succeeded', c.succeeded, 'failed', c.failed, 'deferred', c.deferred)
from counted c
where r.id = $2 and r.closed_at is null`;
