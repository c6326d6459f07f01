/**
 * One opening of the gate: walk for candidates, step (settle, bury, lease), attempt outside any transaction, until there
 * is a reason to stop. Holds no connection while an attempt runs. Everything durable is the step's; this is pace.
 */
import { TidegateError } from './errors.ts';
import { cutAll, cutGone, type Flow, fail, type RunEnd, type RunSetting, rest } from './flow.ts';
import { log } from './log.ts';
import { answerMs, orAway, PROBE_KEYS, RETRY_MS, SPARE_KEYS, stepUntilAnswered } from './stepping.ts';
import { type Closing, closeRun, touch } from './store.ts';
import { createStrain } from './strain.ts';
import { createWalker } from './walker.ts';

const TOUCH_MS = 5_000;
const BLOCKED_MS = 500;
const WALK_MS_MAX = 5_000;
/** Steps that try to lock the gate's row for nothing but to be heard. */
const UNLOCKED_MAX = 5;
/** How a run ended: what its row now says, and whether anything was attempted. */
export interface Ended {
  readonly closing: Closing;
  readonly retryMs: number | null;
  readonly attempted: boolean;
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
    strain: createStrain(opened.stepMs),
    startedAt: performance.now(),
    flights: new Map(),
    leasedAt: new Map(),
    tried: new Set(),
    outcomes: [],
    groupMax: Number.POSITIVE_INFINITY,
    unheard: null,
    unlocked: 0,
    number: 0,
    leases: 0,
    retryAfterMs: null,
    ended: 0,
    steppedAt: performance.now(),
    again: 0,
    blocked: false,
    // A probe goes to a record that has not failed since the shutting: it has to be among those offered.
    spareKeys: opened.shut ? PROBE_KEYS : SPARE_KEYS,
    stop: null,
    failure: undefined,
    wake: Promise.withResolvers(),
  };
  const grace = watchStop(flow);
  const end = await loop(flow, grace)
    .catch((error) => giveUp(flow, error))
    .finally(grace.end);
  const closing = await orAway(flow, close(flow, end));
  if (flow.failure !== undefined) throw flow.failure;
  return { closing, retryMs: end.retryMs ?? flow.retryAfterMs, attempted: flow.leases > 0 };
}

/** No step is taken any more, not even one that only settles: the run is closed all the same. */
function giveUp<Payload, Value>(flow: Flow<Payload, Value>, error: unknown): RunEnd {
  fail(flow, error);
  cutAll(flow, 'gone');
  return flow.stop ?? { stopped: 'source', reason: null, retryMs: null };
}

async function loop<Payload, Value>(flow: Flow<Payload, Value>, grace: Grace): Promise<RunEnd> {
  for (;;) {
    if (grace.over()) cutAll(flow, 'stopping');
    if (wanted(flow) > 0) await walkOn(flow, wanted(flow));
    const want = wanted(flow);
    const asks = want > 0 && !flow.blocked && (flow.walker.peek(1).length > 0 || looksForDue(flow));
    const tells = flow.unheard !== null && flow.unlocked < UNLOCKED_MAX;
    if (flow.outcomes.length > 0 || asks || tells) {
      if (flow.again > 0) await rest(flow, Math.min(1_000, 25 * 2 ** flow.again));
      await orAway(flow, stepUntilAnswered(flow, want));
      await heed(flow, want);
    } else if (flow.flights.size > 0) {
      await restWithTouch(flow);
      flow.blocked = false;
    } else {
      return flow.stop ?? endOf(flow);
    }
  }
}

/** The time that a run in flight has once it is asked to stop. */
interface Grace {
  readonly over: () => boolean;
  readonly end: () => void;
}

/** Wakes the run when it is asked to stop, when its grace ends, and when it is told to hurry. */
function watchStop<Payload, Value>(flow: Flow<Payload, Value>): Grace {
  const { stopping, hurrying, limits } = flow.setting;
  const ring = (): void => flow.wake.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const begin = (): void => {
    ring();
    timer = setTimeout(() => {
      isOver = true;
      ring();
    }, limits.shutdownGraceMs);
  };
  if (stopping.aborted) begin();
  stopping.addEventListener('abort', begin, { once: true });
  hurrying.addEventListener('abort', ring, { once: true });
  return {
    over: () => isOver || hurrying.aborted,
    end: () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', begin);
      hurrying.removeEventListener('abort', ring);
    },
  };
}

/** Nothing more to do: because nothing wants work now, or because a person stopped the gate before anything could begin. */
function endOf<Payload, Value>({ leases, setting: { opened } }: Flow<Payload, Value>): RunEnd {
  const paused = leases === 0 && opened.paused !== null;
  return { stopped: paused ? 'paused' : 'drained', reason: paused ? opened.paused : null, retryMs: null };
}

/** How many leases to ask for now; 0, with the reason kept, once there shall be no more. */
function wanted<Payload, Value>(flow: Flow<Payload, Value>): number {
  const { limits, batch, drain, stopping } = flow.setting;
  const elapsedMs = performance.now() - flow.startedAt;
  const marginMs = answerMs(limits);
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
  return number === 0 && setting.only === null && (walker.leased > 0 || !walker.complete || setting.opened.due);
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
    } while (
      walker.peek(1).length === 0 &&
      !walker.ended &&
      flow.flights.size === 0 &&
      flow.outcomes.length === 0 &&
      !setting.stopping.aborted
    );
  } catch (error) {
    fail(flow, error);
  }
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
    place: plain && !drain ? flow.walker.place : undefined,
    stepMs: flow.strain.learnedMs,
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
