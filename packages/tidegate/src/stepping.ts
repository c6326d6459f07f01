/**
 * The run's side of a step: what it sends, how long it insists while the database is away, and what it makes of the
 * committed truth that comes back.
 */
import { resultOf } from './answer.ts';
import { attemptOnce, type Lease, notBegun, type Outcome } from './attempt.ts';
import { TidegateError } from './errors.ts';
import { cutAll, cutGone, type Flow, fail, type RunEnd, rest } from './flow.ts';
import { log } from './log.ts';
import { type StepAnswer, step } from './store.ts';
import { isQueued } from './strain.ts';

/** The database may be away this long before the caller hears of it; paid answers are kept longer. */
const AWAY_MS_MAX = 8_000;
/** Waits between tries while the database is away. */
export const RETRY_MS = [100, 250, 500, 1_000, 2_000] as const;
/** Keys offered beyond what is wanted, for those that turn out not to be free: none while nobody else leases. */
export const SPARE_KEYS = 4;
const SPARE_KEYS_MAX = 100;
/** Calls that take less time to begin than a step to be sent. */
const LAUNCHES_AT_ONCE = 3;
/** Keys offered to a shut gate: a bite. */
export const PROBE_KEYS = 200;

/** Sends the step again while the database is away: as long as leases are held, else for 8 s. */
export async function stepUntilAnswered<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  const { limits } = flow.setting;
  const awaySince = performance.now();
  let leases = true;
  for (let tries = 0; ; tries += 1) {
    try {
      return await stepOnce(flow, leases && flow.stop === null && flow.groupMax > 1 ? want : 0);
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'database_unavailable') {
        // The source or a privilege: without leasing, what has finished can still be settled.
        if (want === 0 || flow.failure !== undefined) throw error;
        fail(flow, error);
        if (flow.outcomes.length === 0) return;
        continue;
      }
      if (codeIn(error) === QUERY_CANCELED && flow.outcomes.length > 0) {
        if (oneByOne(flow)) return;
        continue;
      }
      // The source is held locked. Without leasing, what has finished can still be settled, or kept for later.
      if (codeIn(error) === LOCK_NOT_AVAILABLE && leases && flow.outcomes.length > 0) {
        leases = false;
        continue;
      }
      const awayMs = performance.now() - awaySince;
      const holds = flow.flights.size > 0 || flow.outcomes.length > 0;
      if (awayMs > (holds ? limits.attemptTimeoutMs + limits.leaseMarginMs : AWAY_MS_MAX)) {
        fail(flow, error);
        flow.outcomes = [];
        cutAll(flow, 'gone');
        return;
      }
      await rest(flow, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 2_000);
    }
  }
}

/** The statement outlasted the time limit of the role. */
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';

function codeIn(error: TidegateError): unknown {
  return (error.cause as { code?: unknown } | undefined)?.code;
}

/**
 * A step that was cancelled for its time: from now on one outcome a step, until one succeeds. True when the one that was
 * alone in it has gone behind the others.
 */
function oneByOne<Payload, Value>(flow: Flow<Payload, Value>): boolean {
  const alone = flow.groupMax === 1;
  flow.groupMax = 1;
  const [slow, ...others] = flow.outcomes;
  if (!alone || slow === undefined) return false;
  flow.outcomes = [...others, ...laterOrKept(flow, slow)];
  flow.again += 1;
  return true;
}

/** Tells the caller once the database has not answered for 8 s; what was asked goes on. */
export async function orAway<Payload, Value, Answer>(
  { setting: { onAway, opened } }: Flow<Payload, Value>,
  asked: Promise<Answer>,
): Promise<Answer> {
  const message = `The database cannot be reached: no answer within ${AWAY_MS_MAX / 1_000} s`;
  const timer = setTimeout(
    () => onAway(new TidegateError('database_unavailable', message, { runId: opened.run })),
    AWAY_MS_MAX,
  );
  return await asked.finally(() => clearTimeout(timer));
}

async function stepOnce<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  const { database, opened, options, limits, only, drain } = flow.setting;
  const keys = want > 0 ? flow.walker.peek(want + flow.spareKeys) : [];
  // At most half of the places: while one half is settled and leased anew, the other is at work. What came back unsettled
  // is sent with all the others: none may wait for its turn until its lease is over.
  const half = flow.again > 0 ? Number.POSITIVE_INFINITY : Math.ceil(limits.concurrencyMax / 2);
  const sent = flow.outcomes.slice(0, Math.min(flow.groupMax, half));
  flow.outcomes = flow.outcomes.slice(sent.length);
  flow.number += 1;
  const flights = [...flow.flights.values()].map(({ lease }) => lease);
  const held = [...flights, ...flow.outcomes].map(({ key, attempt }) => ({ key, attempt }));
  const sentAt = performance.now();
  let answer: StepAnswer;
  let queued = false;
  try {
    const asked = step(database, {
      gate: opened.gate,
      run: opened.run,
      step: flow.number,
      source: opened.source,
      apply: options.apply,
      limits,
      want,
      force: only !== null,
      strained: flow.strain.strained,
      outcomes: sent,
      unheard: flow.unheard,
      held,
      keys,
      tried: drain ? [...held, ...sent].map(({ key }) => key) : [...flow.tried],
    });
    queued = isQueued(database);
    answer = await asked;
  } catch (error) {
    flow.outcomes = [...sent, ...flow.outcomes];
    throw error;
  }
  flow.steppedAt = performance.now();
  flow.strain.heard(flow.steppedAt - sentAt, queued);
  receive(flow, answer, sent);
  listen(flow, answer, sent);
  // Many calls to begin while others have ended: what has ended is sent first, so that database and calls work at once.
  const later = flow.outcomes.length > 0 && answer.leases.length > LAUNCHES_AT_ONCE;
  for (const lease of answer.leases) launch(flow, lease, later);
  const full = answer.live !== null && answer.cap !== null && answer.live + answer.leases.length >= answer.cap;
  // Fewer leases than wanted although there were places: the others offered were not free after all.
  const refused =
    answer.stop === null && answer.locked && !answer.probing && !full && answer.leases.length < want ? keys : [];
  flow.walker.take(new Set([...answer.leases.map(({ key }) => key), ...refused]), answer.leases.length > 0);
  const alone = answer.live !== null && answer.live <= held.length && answer.leases.length === want;
  if (refused.length > 0 && answer.leases.length === 0)
    flow.spareKeys = Math.min(SPARE_KEYS_MAX, (flow.spareKeys + 1) * 4);
  else flow.spareKeys = alone ? 0 : SPARE_KEYS;
  flow.blocked = want > 0 && answer.leases.length === 0 && refused.length === 0;
  if (flow.stop === null) flow.stop = stopOf(flow, answer, want);
}

/** Whether the answer ends the run: a pause at once; shut or no place only when nothing of its own is in flight. */
function stopOf<Payload, Value>(flow: Flow<Payload, Value>, answer: StepAnswer, want: number): RunEnd | null {
  const { drain, only } = flow.setting;
  const { stop, reason, retryMs } = answer;
  if (stop === 'paused' || stop === 'budget') return { stopped: stop, reason, retryMs: null };
  if (stop === 'rate' && !drain) return { stopped: 'rate', reason, retryMs };
  if (want === 0 || flow.flights.size > 0 || flow.outcomes.length > 0) return null;
  if (stop === 'shut' && !(drain && answer.reason === WAITS)) return { stopped: 'shut', reason, retryMs };
  if (stop === 'busy' && !drain) return { stopped: 'busy', reason, retryMs: null };
  if (stop === null && only !== null && answer.locked) return { stopped: 'drained', reason: null, retryMs: null };
  return null;
}

/** The step's word for a gate-wide Retry-After, which a long run sits out. */
const WAITS = 'the provider asked to wait';

/** Takes the committed truth about what was sent. */
function receive<Payload, Value>(flow: Flow<Payload, Value>, answer: StepAnswer, sent: readonly Outcome[]): void {
  const { options, only, onResult } = flow.setting;
  const bySentKey = new Map(sent.map((outcome) => [outcome.key, outcome]));
  const back: Outcome[] = [];
  for (const one of answer.settled) {
    const outcome = bySentKey.get(one.key);
    if (outcome === undefined) continue;
    if (one.outcome === 'again') {
      back.push(...laterOrKept(flow, outcome));
      continue;
    }
    flow.leasedAt.delete(one.key);
    if (one.outcome === 'stale') {
      log.warn('a late outcome was dropped', { gate: options.name, key: one.key, attempt: one.attempt });
    } else if (one.outcome === 'returned') {
      // A batch that was given back is not full: the process was asked to stop.
      if (flow.stop?.stopped === 'batch' && flow.setting.stopping.aborted) {
        flow.stop = { stopped: 'stopping', reason: 'the process is stopping', retryMs: null };
      }
    } else {
      if (one.ended === true && (only !== null || flow.walker.saw(one.key))) flow.ended += 1;
      onResult(resultOf(one));
    }
  }
  flow.groupMax *= 2;
  flow.again = back.length > 0 ? flow.again + 1 : 0;
  flow.outcomes = [...back, ...flow.outcomes];
  for (const gone of answer.gone) {
    const space = gone.indexOf(' ');
    cutGone(flow, gone.slice(space + 1), Number(gone.slice(0, space)));
  }
}

/** What a step without the gate's row settled is brought to the next one, until one is heard. */
function listen<Payload, Value>(flow: Flow<Payload, Value>, answer: StepAnswer, sent: readonly Outcome[]): void {
  flow.unlocked = answer.locked ? 0 : flow.unlocked + 1;
  const fresh = answer.locked ? [] : answer.settled.filter((one) => one.fresh);
  if (answer.locked) flow.unheard = null;
  if (fresh.length === 0) return;
  const { from, settled, retryAfterMs } = flow.unheard ?? { from: flow.number, settled: [], retryAfterMs: 0 };
  const waits = sent.map((outcome) => outcome.retryAfterMs ?? 0);
  flow.unheard = { from, settled: [...settled, ...fresh], retryAfterMs: Math.max(retryAfterMs, ...waits) };
}

/** Settled again while the attempt's time lasts; after it the paid answer stays in the item, to be applied later. */
function laterOrKept<Payload, Value>(flow: Flow<Payload, Value>, outcome: Outcome): readonly Outcome[] {
  const { limits, drain } = flow.setting;
  const now = performance.now();
  const marginMs = answerMs(limits);
  const leaseMs = now - (flow.leasedAt.get(outcome.key) ?? flow.startedAt);
  const inTime = leaseMs < limits.attemptTimeoutMs && (drain || now - flow.startedAt < limits.runDeadlineMs - marginMs);
  if (inTime) return [outcome];
  if (leaseMs > limits.attemptTimeoutMs + limits.leaseMarginMs || outcome.outcome === 'kept') return [];
  const error = 'what apply writes was locked too long: the answer is kept and applied later';
  return outcome.outcome === 'done' ? [{ ...outcome, outcome: 'kept', code: 'apply_waits', error, waitMs: 1_000 }] : [];
}

/** The time that a tick keeps for settling and answering. */
export function answerMs({ runDeadlineMs }: { runDeadlineMs: number }): number {
  return Math.min(5_000, runDeadlineMs / 10);
}

function launch<Payload, Value>(flow: Flow<Payload, Value>, lease: Lease, later: boolean): void {
  const { limits, random, options, drain, stopping } = flow.setting;
  // The step was under way when the process was asked to stop.
  if (stopping.aborted) return void flow.outcomes.push(notBegun(lease, limits));
  const controller = new AbortController();
  // What began in a tick's first moments although it may last as long as the tick: cut in time for the answer.
  const leftMs = flow.startedAt + limits.runDeadlineMs - answerMs(limits) - performance.now();
  flow.flights.set(lease.key, { lease, controller });
  flow.leasedAt.set(lease.key, performance.now());
  flow.tried.add(lease.key);
  flow.leases += 1;
  const begin = async (): Promise<void> => {
    const outcome = await attemptOnce(options, lease, { limits, controller, random, ...(drain ? {} : { leftMs }) });
    flow.flights.delete(lease.key);
    flow.outcomes.push(outcome);
    if (outcome.retryAfterMs !== null) flow.retryAfterMs = Math.max(flow.retryAfterMs ?? 0, outcome.retryAfterMs);
    flow.wake.resolve();
  };
  if (later) setImmediate(begin);
  else void begin();
}
