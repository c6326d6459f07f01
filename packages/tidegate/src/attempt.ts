/**
 * One attempt: calls `work` with a signal and a deadline, and turns whatever comes of it into an outcome. The one place
 * where exceptions become data. Touches no database.
 */
import { BODY_BYTES_MAX, shortMessage, toJsonText, toSummary } from './json.ts';
import { log } from './log.ts';
import { type Blame, cappedRetryAfterMs, cutFault, type Fault, faultOf, waitMs } from './policy.ts';
import type { GateOptions, Json, Limits } from './types.ts';

/** A lease as the step hands it out. `answer` is a paid answer that only has to be applied. */
export interface Lease {
  readonly key: string;
  readonly attempt: number;
  readonly revision: string | null;
  readonly payload: unknown;
  readonly failures: number;
  readonly deferrals: number;
  readonly answer: null | { readonly status: number; readonly body: Json; readonly summary: Json };
  /** End of the lease, in seconds since 1970 by the database's clock. */
  readonly endsAt: number;
}

/** An outcome on its way to the step; the step has the last word on what it becomes. */
export interface Outcome {
  readonly key: string;
  readonly attempt: number;
  readonly outcome: 'done' | 'failed' | 'deferred' | 'parked' | 'returned' | 'kept';
  readonly status: number;
  readonly body?: Json;
  readonly summary: Json;
  readonly error?: string;
  readonly code?: string;
  readonly blame: Blame | null;
  readonly waitMs: number;
  readonly counts: boolean;
  readonly reached: boolean;
  readonly costMicros: number;
  /** Left out: none. */
  readonly tokens?: number;
  readonly retryAfterMs: number | null;
}

/** Why an attempt is cut short; `AbortController.abort` carries it as its reason. */
export type Cut = 'timeout' | 'deadline' | 'gone' | 'stopping';

/**
 * Runs one attempt to its outcome. Never rejects. `controller` may be aborted from outside with a Cut as the reason;
 * `leftMs` is what the run's own deadline leaves it.
 */
export async function attemptOnce<Payload, Value>(
  options: GateOptions<Payload, Value>,
  lease: Lease,
  {
    limits,
    controller,
    random,
    leftMs = Number.POSITIVE_INFINITY,
  }: { limits: Limits; controller: AbortController; random: () => number; leftMs?: number },
): Promise<Outcome> {
  if (lease.answer !== null) return applyOnly(lease, lease.answer);
  const failed = (fault: Fault): Outcome => outcomeOf(lease, fault, limits, random);
  if (controller.signal.aborted) return failed(cutFault(controller.signal.reason as Cut, limits.attemptTimeoutMs));
  const payload = await checked(options, lease.payload);
  if (!payload.ok) {
    const fault = {
      outcome: 'failed',
      blame: 'row',
      status: 422,
      code: 'payload_invalid',
      reached: false,
      counts: false,
    } as const;
    return failed({ ...fault, message: payload.message });
  }
  const lastsMs = Math.max(0, Math.min(limits.attemptTimeoutMs, leftMs));
  const cut: Cut = lastsMs < limits.attemptTimeoutMs ? 'deadline' : 'timeout';
  const timer = setTimeout(() => controller.abort(cut), lastsMs);
  try {
    const working = options.work(
      { key: lease.key, payload: payload.value, revision: lease.revision },
      {
        signal: controller.signal,
        attempt: lease.attempt,
        deadlineAt: new Date(Date.now() + lastsMs),
        gate: options.name,
        leaseEndsAt: lease.endsAt,
      },
    );
    const value = await orCut(working, controller.signal);
    return succeeded(options, lease, value, failed);
  } catch (thrown) {
    return failed(controller.signal.aborted ? cutOrThrown(controller.signal, thrown, limits) : faultOf(thrown));
  } finally {
    clearTimeout(timer);
  }
}

/** The outcome of a lease that came when nothing shall begin any more: given back, no work was called. */
export function notBegun(lease: Lease, limits: Limits): Outcome {
  return outcomeOf(lease, cutFault('stopping', limits.attemptTimeoutMs), limits, () => 0);
}

/** A Defer or a Park thrown on the way out of an aborted call still says what it says. */
function cutOrThrown(signal: AbortSignal, thrown: unknown, limits: Limits): Fault {
  const fault = faultOf(thrown);
  const deliberate = fault.outcome === 'parked' || fault.defersMs !== undefined;
  if (deliberate) return fault;
  const { costMicros, tokens } = fault;
  return { ...cutFault(signal.reason as Cut, limits.attemptTimeoutMs), costMicros, tokens };
}

/** The work's own promise, or the cut: a work that ignores its signal holds nobody up. */
async function orCut<Value>(working: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  // A work that heeds its signal gets a moment to say why it stopped.
  const onAbort = (): void => void setTimeout(() => reject(new Error('cut')), CUT_GRACE_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([working, cut]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    cut.catch(() => {});
  }
}

const CUT_GRACE_MS = 100;

async function checked<Payload>(
  options: { payload?: GateOptions<Payload, unknown>['payload'] },
  payload: unknown,
): Promise<{ ok: true; value: Payload } | { ok: false; message: string }> {
  if (options.payload === undefined) return { ok: true, value: payload as Payload };
  let result:
    | { value: Payload; issues?: undefined }
    | { issues: readonly { message: string; path?: readonly unknown[] }[] };
  try {
    result = (await options.payload['~standard'].validate(payload)) as typeof result;
  } catch (thrown) {
    // A refinement or a transform of the user's that did not expect this row.
    return { ok: false, message: `checking the row against the gate's payload threw: ${faultOf(thrown).message}` };
  }
  if (result.issues === undefined) return { ok: true, value: result.value };
  const issues = result.issues.slice(0, 3).map((issue) => `${pathOf(issue.path)}${issue.message}`);
  return { ok: false, message: `the row does not fit the gate's payload: ${issues.join('; ')}` };
}

function pathOf(path: readonly unknown[] | undefined): string {
  if (path === undefined || path.length === 0) return '';
  const names = path.map((part) =>
    String(typeof part === 'object' && part !== null ? (part as { key: unknown }).key : part),
  );
  return `${names.join('.')}: `;
}

function succeeded<Payload, Value>(
  options: GateOptions<Payload, Value>,
  lease: Lease,
  value: Value,
  failed: (fault: Fault) => Outcome,
): Outcome {
  const costMicros = wholeMicros(orElse(() => options.cost?.(value) ?? 0, 0, 'cost'));
  const tokens = wholeTokens(orElse(() => options.tokens?.(value) ?? 0, 0, 'tokens'));
  const text = toJsonText(value ?? null);
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (text === undefined || bytes > BODY_BYTES_MAX) {
    const code = text === undefined ? 'answer_not_json' : 'answer_too_large';
    const message =
      text === undefined
        ? 'the work answered with no JSON'
        : `the answer has ${bytes} bytes, at most ${BODY_BYTES_MAX} are kept`;
    return {
      ...failed({ outcome: 'failed', blame: 'row', status: 422, code, message, reached: true, counts: false }),
      costMicros,
      tokens,
    };
  }
  const body = JSON.parse(text) as Json;
  return {
    key: lease.key,
    attempt: lease.attempt,
    outcome: 'done',
    status: 200,
    body,
    summary: toSummary(orElse(() => (options.summary === undefined ? body : options.summary(value)), body, 'summary')),
    blame: null,
    waitMs: 0,
    counts: false,
    reached: true,
    costMicros,
    tokens,
    retryAfterMs: null,
  };
}

/** What the gate's own `summary`, `cost` or `tokens` says; one that throws must not make a paid answer be bought again. */
function orElse<Result>(say: () => Result, otherwise: Result, what: string): Result {
  try {
    return say();
  } catch (error) {
    log.warn(`the gate's ${what} threw`, { error: error instanceof Error ? error.message : String(error) });
    return otherwise;
  }
}

/** The answer was paid for earlier and could not be applied then: no call now, and no evidence about the provider. */
function applyOnly(lease: Lease, answer: NonNullable<Lease['answer']>): Outcome {
  return {
    key: lease.key,
    attempt: lease.attempt,
    outcome: 'done',
    status: answer.status,
    body: answer.body,
    summary: answer.summary,
    blame: null,
    waitMs: 0,
    counts: false,
    reached: false,
    costMicros: 0,
    tokens: 0,
    retryAfterMs: null,
  };
}

function outcomeOf(lease: Lease, fault: Fault, limits: Limits, random: () => number): Outcome {
  const message = shortMessage(fault.message);
  const body = fault.body === undefined ? { error: { code: fault.code, message } } : fault.body;
  return {
    key: lease.key,
    attempt: lease.attempt,
    outcome: fault.outcome,
    status: fault.status,
    summary: fault.status === 0 ? null : toSummary(body),
    error: message,
    code: fault.code,
    blame: fault.blame,
    waitMs: waitMs(fault, lease, limits, random),
    counts: fault.counts,
    reached: fault.reached,
    costMicros: wholeMicros(fault.costMicros ?? 0),
    tokens: wholeTokens(fault.tokens ?? 0),
    retryAfterMs: cappedRetryAfterMs(fault.retryAfterMs, limits),
  };
}

/** A million dollars: more for one answer is a mistake in `cost`, and sums of it would leave the range of bigint. */
const COST_MICROS_MAX = 1_000_000_000_000;

/** More for one answer is a mistake in `tokens`. */
const TOKENS_MAX = 1_000_000_000;

function wholeTokens(tokens: number): number {
  return Number.isFinite(tokens) && tokens > 0 ? Math.min(TOKENS_MAX, Math.ceil(tokens)) : 0;
}

function wholeMicros(cost: number): number {
  return Number.isFinite(cost) && cost > 0 ? Math.min(COST_MICROS_MAX, Math.ceil(cost)) : 0;
}
