/**
 * One opening of the gate: walk for candidates, step (settle, bury, lease), attempt outside any transaction, until there
 * is a reason to stop. Holds no connection while an attempt runs. Everything durable is the step's; this is pace.
 */
import { resultOf } from './answer.ts';
import { attemptOnce, type Cut, type Lease, type Outcome } from './attempt.ts';
import { TidegateError } from './errors.ts';
import { log } from './log.ts';
import { type Closing, closeRun, type Opened, type StepAnswer, step, touch } from './store.ts';
import type { Database, GateOptions, Limits, RecordResult, Stopped } from './types.ts';
import { createWalker, type Walker } from './walker.ts';

const TOUCH_MS = 5_000;
const BLOCKED_MS = 500;
const WALK_MS_MAX = 5_000;
/** The database may be away this long before the caller hears of it; paid answers are kept longer. */
const AWAY_MS_MAX = 8_000;
const RETRY_MS = [100, 250, 500, 1_000, 2_000] as const;
/** Keys offered beyond what is wanted, for those that turn out not to be free; more while none of the last was. */
const SPARE_KEYS = 4;
const SPARE_KEYS_MAX = 100;

/** What a run needs from its gate. */
export interface RunSetting<Payload, Value> {
  readonly database: Database;
  readonly options: GateOptions<Payload, Value>;
  readonly limits: Limits;
  readonly opened: Opened & { readonly run: string };
  /** Keys to lease instead of walking: a person's wish for one record, which no backoff holds back. */
  readonly only: readonly string[] | null;
  readonly batch: number;
  /** One long run: waits for places and for a Retry-After, may repeat a key, knows no deadline. */
  readonly drain: boolean;
  readonly stopping: AbortSignal;
  readonly random: () => number;
  readonly onResult: (result: RecordResult) => void;
  /** The database has been away for 8 s; the run goes on while it holds leases. */
  readonly onAway: (error: TidegateError) => void;
}

/** Why a run stopped. */
interface RunEnd {
  readonly stopped: Stopped;
  readonly reason: string | null;
  readonly retryMs: number | null;
}

/** How a run ended: what its row now says, and whether anything was attempted. */
export interface Ended {
  readonly closing: Closing;
  readonly retryMs: number | null;
  readonly attempted: boolean;
}

interface Flight {
  readonly lease: Lease;
  readonly controller: AbortController;
}

/** Everything a run remembers. Lost with its process, and nothing is lost by that. */
interface Flow<Payload, Value> {
  readonly setting: RunSetting<Payload, Value>;
  readonly walker: Walker;
  readonly startedAt: number;
  /** By key: attempts under way. */
  readonly flights: Map<string, Flight>;
  /** By key: when its lease was made, until it is settled. */
  readonly leasedAt: Map<string, number>;
  readonly tried: Set<string>;
  /** Finished, not yet settled. */
  outcomes: Outcome[];
  /** The number of the last step sent. */
  number: number;
  leases: number;
  /** Records that want no more work because of this run. */
  ended: number;
  steppedAt: number;
  /** Steps in a row that settled some outcome only next time. */
  again: number;
  /** The last step could lease nothing, whatever it was offered. */
  blocked: boolean;
  spareKeys: number;
  stop: RunEnd | null;
  /** What made the run stop, thrown once everything in flight is settled. */
  failure: unknown;
  wake: PromiseWithResolvers<void>;
}

/** Runs until there is nothing more to do or a reason to stop, and closes the run. Throws what the source raised. */
export async function drive<Payload, Value>(setting: RunSetting<Payload, Value>): Promise<Ended> {
  const { database, opened, drain, only } = setting;
  const walker = createWalker(database, {
    gate: opened.gate,
    source: opened.source,
    kept: drain ? null : opened.place,
    only,
    restarts: drain,
    now: () => performance.now(),
  });
  const flow: Flow<Payload, Value> = {
    setting,
    walker,
    startedAt: performance.now(),
    flights: new Map(),
    leasedAt: new Map(),
    tried: new Set(),
    outcomes: [],
    number: 0,
    leases: 0,
    ended: 0,
    steppedAt: performance.now(),
    again: 0,
    blocked: false,
    spareKeys: SPARE_KEYS,
    stop: null,
    failure: undefined,
    wake: Promise.withResolvers(),
  };
  setting.stopping.addEventListener('abort', () => flow.wake.resolve(), { once: true });
  const end = await loop(flow);
  const closing = await close(flow, end);
  if (flow.failure !== undefined) throw flow.failure;
  return { closing, retryMs: end.retryMs, attempted: flow.leases > 0 };
}

async function loop<Payload, Value>(flow: Flow<Payload, Value>): Promise<RunEnd> {
  for (;;) {
    if (flow.setting.stopping.aborted) cutAll(flow, 'stopping');
    if (wanted(flow) > 0) await walkOn(flow, wanted(flow));
    const want = wanted(flow);
    const asks = want > 0 && !flow.blocked && (flow.walker.peek(1).length > 0 || looksForDue(flow));
    if (flow.outcomes.length > 0 || asks) {
      if (flow.again > 0) await rest(flow, Math.min(1_000, 25 * 2 ** flow.again));
      await stepUntilAnswered(flow, want);
      await heed(flow, want);
    } else if (flow.flights.size > 0) {
      await restWithTouch(flow);
      flow.blocked = false;
    } else {
      return flow.stop ?? { stopped: 'drained', reason: null, retryMs: null };
    }
  }
}

/** How many leases to ask for now; 0, with the reason kept, once there shall be no more. */
function wanted<Payload, Value>(flow: Flow<Payload, Value>): number {
  const { limits, batch, drain, stopping } = flow.setting;
  const elapsedMs = performance.now() - flow.startedAt;
  const marginMs = Math.min(5_000, limits.runDeadlineMs / 10);
  if (flow.stop !== null) return 0;
  if (stopping.aborted) flow.stop = { stopped: 'stopping', reason: 'the process is stopping', retryMs: null };
  else if (flow.leases >= batch) flow.stop = { stopped: 'batch', reason: null, retryMs: null };
  else if (!drain && elapsedMs > marginMs && elapsedMs + limits.attemptTimeoutMs + marginMs > limits.runDeadlineMs) {
    flow.stop = { stopped: 'deadline', reason: 'an attempt begun now might not end in time', retryMs: null };
  }
  return flow.stop !== null ? 0 : Math.max(0, Math.min(batch - flow.leases, limits.concurrencyMax - flow.flights.size));
}

/** Before the first step: whether the step may know of something that the walk cannot offer (dead leases, due items). */
function looksForDue<Payload, Value>({ number, walker, setting }: Flow<Payload, Value>): boolean {
  return number === 0 && setting.only === null && (walker.leased > 0 || !walker.complete);
}

/** Bites until there is a candidate, the source ends, or a tick without a lease has walked for 5 s. */
async function walkOn<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  const { walker, setting } = flow;
  try {
    do {
      await walker.fill(want);
      const elapsedMs = performance.now() - flow.startedAt;
      if (
        flow.leases === 0 &&
        !setting.drain &&
        elapsedMs > WALK_MS_MAX &&
        walker.peek(1).length === 0 &&
        !walker.ended
      ) {
        const reason = 'no record that may run was reached yet; the next tick goes on from there';
        flow.stop = { stopped: 'walking', reason, retryMs: null };
        return;
      }
    } while (walker.peek(1).length === 0 && !walker.ended && flow.flights.size === 0 && flow.outcomes.length === 0);
  } catch (error) {
    fail(flow, error);
  }
}

/** Stops leasing; what is in flight is still settled before `error` is thrown. */
function fail<Payload, Value>(flow: Flow<Payload, Value>, error: unknown): void {
  const { opened } = flow.setting;
  const message = (error as Error).message;
  flow.failure ??=
    error instanceof TidegateError
      ? new TidegateError(error.code, error.message, {
          cause: error,
          runId: opened.run,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        })
      : new TidegateError('source_failed', `The source tidegate.${opened.source.view} raised: ${message}`, {
          cause: error,
          runId: opened.run,
        });
  flow.stop = { stopped: 'source', reason: message, retryMs: null };
}

/** Sends the step again while the database is away: as long as leases are held, else for 8 s. */
async function stepUntilAnswered<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  const { limits, opened, onAway } = flow.setting;
  const awaySince = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      return await stepOnce(flow, flow.stop === null ? want : 0);
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'database_unavailable') {
        // The source or a privilege: without leasing, what has finished can still be settled.
        if (want === 0 || flow.failure !== undefined) throw error;
        fail(flow, error);
        if (flow.outcomes.length === 0) return;
        continue;
      }
      const awayMs = performance.now() - awaySince;
      if (awayMs > AWAY_MS_MAX)
        onAway(new TidegateError(error.code, error.message, { cause: error, runId: opened.run }));
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

async function stepOnce<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  const { database, opened, options, limits, only, drain } = flow.setting;
  const keys = want > 0 ? flow.walker.peek(want + flow.spareKeys) : [];
  const sent = flow.outcomes;
  flow.outcomes = [];
  flow.number += 1;
  const held = [...[...flow.flights.values()].map(({ lease }) => lease), ...sent].map(({ key, attempt }) => ({
    key,
    attempt,
  }));
  let answer: StepAnswer;
  try {
    answer = await step(database, {
      gate: opened.gate,
      run: opened.run,
      step: flow.number,
      source: opened.source,
      apply: options.apply,
      limits,
      want,
      force: only !== null,
      outcomes: sent,
      held,
      keys,
      tried: drain ? held.map(({ key }) => key) : [...flow.tried],
    });
  } catch (error) {
    flow.outcomes = [...sent, ...flow.outcomes];
    throw error;
  }
  flow.steppedAt = performance.now();
  receive(flow, answer, sent);
  for (const lease of answer.leases) launch(flow, lease);
  const full = answer.live !== null && answer.cap !== null && answer.live + answer.leases.length >= answer.cap;
  // Fewer leases than wanted although there were places: the others offered were not free after all.
  const refused = answer.stop === null && answer.locked && !full && answer.leases.length < want ? keys : [];
  flow.walker.take(new Set([...answer.leases.map(({ key }) => key), ...refused]));
  flow.spareKeys =
    refused.length > 0 && answer.leases.length === 0 ? Math.min(SPARE_KEYS_MAX, flow.spareKeys * 4) : SPARE_KEYS;
  flow.blocked = want > 0 && answer.leases.length === 0 && refused.length === 0;
  if (flow.stop === null) flow.stop = stopOf(flow, answer, want);
}

/** Whether the answer ends the run: a pause at once; shut or no place only when nothing of its own is in flight. */
function stopOf<Payload, Value>(flow: Flow<Payload, Value>, answer: StepAnswer, want: number): RunEnd | null {
  const { drain, only } = flow.setting;
  const { stop, reason, retryMs } = answer;
  if (stop === 'paused') return { stopped: 'paused', reason, retryMs: null };
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
    } else if (one.outcome !== 'returned') {
      if (one.ended === true && (only !== null || flow.walker.saw(one.key))) flow.ended += 1;
      onResult(resultOf(one));
    }
  }
  flow.again = back.length > 0 ? flow.again + 1 : 0;
  flow.outcomes = [...back, ...flow.outcomes];
  for (const gone of answer.gone) {
    const space = gone.indexOf(' ');
    cutGone(flow, gone.slice(space + 1), Number(gone.slice(0, space)));
  }
}

/** Settled again while the attempt's time lasts; after it the paid answer stays in the item, to be applied later. */
function laterOrKept<Payload, Value>(flow: Flow<Payload, Value>, outcome: Outcome): readonly Outcome[] {
  const { limits, drain } = flow.setting;
  const now = performance.now();
  const marginMs = Math.min(5_000, limits.runDeadlineMs / 10);
  const leaseMs = now - (flow.leasedAt.get(outcome.key) ?? flow.startedAt);
  const inTime = leaseMs < limits.attemptTimeoutMs && (drain || now - flow.startedAt < limits.runDeadlineMs - marginMs);
  if (inTime) return [outcome];
  if (leaseMs > limits.attemptTimeoutMs + limits.leaseMarginMs || outcome.outcome === 'kept') return [];
  const error = 'what apply writes was locked too long: the answer is kept and applied later';
  return outcome.outcome === 'done' ? [{ ...outcome, outcome: 'kept', code: 'apply_waits', error, waitMs: 1_000 }] : [];
}

function launch<Payload, Value>(flow: Flow<Payload, Value>, lease: Lease): void {
  const { limits, random, options } = flow.setting;
  const controller = new AbortController();
  flow.flights.set(lease.key, { lease, controller });
  flow.leasedAt.set(lease.key, performance.now());
  flow.tried.add(lease.key);
  flow.leases += 1;
  void attemptOnce(options, lease, { limits, controller, random }).then((outcome) => {
    flow.flights.delete(lease.key);
    flow.outcomes.push(outcome);
    flow.wake.resolve();
  });
}

/** Lets a moment pass where asking again at once would only press on the database. */
async function heed<Payload, Value>(flow: Flow<Payload, Value>, want: number): Promise<void> {
  if (!flow.blocked || want === 0 || flow.stop !== null || flow.flights.size > 0 || flow.outcomes.length > 0) return;
  if (flow.walker.peek(1).length > 0) await rest(flow, BLOCKED_MS * (0.5 + flow.setting.random()));
  flow.blocked = false;
}

/** Waits for an attempt to end; while none does, says every 5 s that the run lives. */
async function restWithTouch<Payload, Value>(flow: Flow<Payload, Value>): Promise<void> {
  const { database, opened, options } = flow.setting;
  const dueMs = Math.max(0, flow.steppedAt + TOUCH_MS - performance.now());
  await rest(flow, flow.blocked ? Math.min(dueMs, BLOCKED_MS) : dueMs);
  if (flow.outcomes.length > 0 || performance.now() - flow.steppedAt < TOUCH_MS) return;
  flow.steppedAt = performance.now();
  const held = [...flow.flights.values()].map(({ lease }) => lease);
  try {
    for (const key of await touch(database, { gate: opened.gate, run: opened.run, held })) {
      const lease = held.find((one) => one.key === key);
      if (lease !== undefined) cutGone(flow, key, lease.attempt);
    }
  } catch (error) {
    log.warn('a touch was not answered', { gate: options.name, error: (error as Error).message });
  }
}

/** Waits until an attempt ends, the process is asked to stop, or `ms` have passed. */
async function rest<Payload, Value>(flow: Flow<Payload, Value>, ms: number): Promise<void> {
  const timer = setTimeout(() => flow.wake.resolve(), ms);
  await flow.wake.promise;
  clearTimeout(timer);
  flow.wake = Promise.withResolvers();
}

function cutGone<Payload, Value>(flow: Flow<Payload, Value>, key: string, attempt: number): void {
  const flight = flow.flights.get(key);
  if (flight?.lease.attempt === attempt) flight.controller.abort('gone' satisfies Cut);
}

function cutAll<Payload, Value>(flow: Flow<Payload, Value>, cut: Cut): void {
  for (const { controller } of flow.flights.values()) controller.abort(cut);
}

/** Writes the tally. Where the run failed for want of a database, one try: it may be back. */
async function close<Payload, Value>(flow: Flow<Payload, Value>, end: RunEnd): Promise<Closing> {
  const { database, opened, only, drain } = flow.setting;
  const failure = flow.failure as TidegateError | undefined;
  const plain = failure === undefined && only === null;
  const closing = async (): Promise<Closing> => ({
    gate: opened.gate,
    run: opened.run,
    stopped: failure?.code === 'database_unavailable' ? 'lost' : end.stopped,
    reason: end.reason,
    ...(plain ? await flow.walker.remaining(flow.ended) : { remaining: 0, atLeast: false }),
    ended: flow.ended,
    skipped: flow.walker.skipped,
    hint: flow.walker.hint,
    error: failure === undefined ? null : { code: failure.code, message: failure.message },
    place: plain && !drain ? flow.walker.place : opened.place,
    passedOver: plain ? flow.walker.passedOver : null,
  });
  const tries = failure === undefined ? RETRY_MS.length : 1;
  for (let tried = 1; ; tried += 1) {
    try {
      const written = await closing();
      await closeRun(database, written);
      return written;
    } catch (error) {
      if (tried < tries && error instanceof TidegateError && error.code === 'database_unavailable') {
        await rest(flow, RETRY_MS[tried] ?? 1_000);
        continue;
      }
      if (flow.failure === undefined) fail(flow, error);
      throw flow.failure;
    }
  }
}
