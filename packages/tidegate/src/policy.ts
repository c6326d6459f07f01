/**
 * Who is to blame, and how long to wait: pure decisions over what `work` threw. The table below is all of it; the
 * database decides only what needs the item's history (attempts used up, a provider failing on one record alone).
 */
import { toJsonText } from './json.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Limits } from './types.ts';

/** Whose fault a failure is. `gate`: ours or our account's; `unknown`: an exception that says nothing about itself. */
export type Blame = 'row' | 'provider' | 'gate' | 'unknown';

/** What happened to an attempt that brought no value. */
export interface Fault {
  readonly outcome: 'failed' | 'deferred' | 'parked' | 'returned';
  readonly blame: Blame | null;
  /** As the far end answered; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** What the far end sent with it, if it was JSON. */
  readonly body?: unknown;
  readonly retryAfterMs?: number | undefined;
  /** Asked for by Defer. */
  readonly defersMs?: number | undefined;
  /** The far end answered: evidence about the provider. */
  readonly reached: boolean;
  /** A deferral that counts on the item when the provider works for others. */
  readonly counts: boolean;
  /** What was spent before it failed: an answer that cannot be used is paid for too. */
  readonly costMicros?: number | undefined;
  readonly tokens?: number | undefined;
}

/** Deferrals are cut to this. */
export const DEFERRAL_MAX_MS = 30 * 24 * 3_600_000;

/**
 * The blame for an answer's status.
 *
 * | status | blame | counts on the item |
 * |---|---|---|
 * | 408, 5xx | provider | when others succeed meanwhile |
 * | 425, 429 | provider | never |
 * | 401, 403, 3xx; 404 and 405 without an error of our own shape | gate | never |
 * | 409 | nobody: no longer ours | never |
 * | other 4xx | row | spends an attempt |
 * | anything else | unknown | spends an attempt |
 */
export function blameFor(status: number, body: unknown): { readonly blame: Blame | null; readonly counts: boolean } {
  if (status === 425 || status === 429) return { blame: 'provider', counts: false };
  if (status === 408 || status >= 500) return { blame: 'provider', counts: true };
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return { blame: 'gate', counts: false };
  if (status === 404 || status === 405) return { blame: hasOurShape(body) ? 'row' : 'gate', counts: false };
  if (status === 409) return { blame: null, counts: false };
  if (status >= 400) return { blame: 'row', counts: false };
  return { blame: 'unknown', counts: false };
}

/** What may be found on a thrown thing; anything may be missing or of another type. */
interface Thrown {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  /** As the AI SDKs call it. */
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly responseHeaders?: unknown;
  readonly body?: unknown;
  readonly blame?: unknown;
  readonly parks?: boolean;
  readonly answered?: boolean;
  readonly defersMs?: number;
  readonly retryAfterMs?: number;
  readonly costMicros?: unknown;
  readonly tokens?: unknown;
  readonly cause?: unknown;
}

/** Turns anything thrown by `work` into a fault. */
export function faultOf(thrown: unknown): Fault {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }) as Thrown;
  const message = messageOf(error.message);
  const fault =
    deliberateFault(error, message) ??
    blamedFault(error, message) ??
    answeredFault(error, message) ??
    unansweredFault(error, message);
  return { ...fault, costMicros: numberOf(error.costMicros), tokens: numberOf(error.tokens) };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Park and Defer say what they mean. */
function deliberateFault(error: Thrown, message: string): Fault | null {
  const quiet = { message, reached: false, counts: false };
  if (error.parks === true) {
    return {
      outcome: 'parked',
      blame: 'row',
      status: statusOf(error.status) ?? 422,
      code: codeIn(error) ?? 'parked',
      ...quiet,
    };
  }
  if (typeof error.defersMs !== 'number') return null;
  const defersMs = Math.min(DEFERRAL_MAX_MS, Math.max(0, error.defersMs));
  return { outcome: 'deferred', blame: null, status: 0, code: codeIn(error) ?? 'deferred', defersMs, ...quiet };
}

/** An error that names the party to blame itself. */
function blamedFault(error: Thrown, message: string): Fault | null {
  const { blame } = error;
  if (blame !== 'row' && blame !== 'provider' && blame !== 'gate') return null;
  return {
    outcome: spends(blame) ? 'failed' : 'deferred',
    blame,
    status: statusOf(error.status) ?? (blame === 'row' ? 422 : 503),
    code: codeIn(error) ?? blame,
    message,
    retryAfterMs: error.retryAfterMs,
    reached: false,
    counts: blame === 'provider',
  };
}

/** An answer with a status: AnswerError's own, or what the SDKs of AI providers throw for one. */
function answeredFault(error: Thrown, message: string): Fault | null {
  const found = statusOf(error.status) ?? statusOf(error.statusCode);
  if (error.answered !== true && (found === undefined || found < 300 || found > 599)) return null;
  const status = found ?? 0;
  const { blame, counts } = blameFor(status, error.body);
  return {
    outcome: spends(blame) ? 'failed' : 'deferred',
    blame,
    status,
    code: codeIn(error) ?? codeOf(error.body) ?? `status_${status}`,
    message,
    // Only what was meant to be shown is shown: a provider's own body stays out of the tick's answer.
    body: error.answered === true ? error.body : undefined,
    retryAfterMs: error.retryAfterMs ?? retryAfterIn(error),
    reached: blame === 'row',
    counts,
  };
}

/** No answer came, or nobody knows what happened. */
function unansweredFault(error: Thrown, message: string): Fault {
  const network = networkFault(error, message);
  if (network !== null) {
    return { outcome: 'deferred', blame: 'provider', status: 0, ...network, reached: false, counts: true };
  }
  const code = codeIn(error) ?? 'exception';
  return { outcome: 'failed', blame: 'unknown', status: 0, code, message, reached: false, counts: false };
}

function codeIn(error: Thrown): string | undefined {
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The Retry-After of an SDK's error, whose headers are a Headers or a plain object. */
function retryAfterIn({ headers, responseHeaders }: Thrown): number | undefined {
  const found = headers ?? responseHeaders;
  if (typeof found !== 'object' || found === null) return undefined;
  try {
    return retryAfterMs(new Headers(found as Record<string, string>), Date.now());
  } catch {
    return undefined;
  }
}

/** An attempt that was cut: by its time (the provider's trouble), or because the lease is gone or the process stops. */
export function cutFault(reason: 'timeout' | 'gone' | 'stopping' | 'deadline', timeoutMs: number): Fault {
  if (reason === 'timeout') {
    const message = `no answer within ${timeoutMs / 1000} s`;
    return {
      outcome: 'deferred',
      blame: 'provider',
      status: 0,
      code: 'timeout',
      message,
      reached: false,
      counts: true,
    };
  }
  if (reason === 'deadline') {
    const message = 'the run had to answer before this attempt did';
    return { outcome: 'deferred', blame: null, status: 0, code: 'deadline', message, reached: false, counts: false };
  }
  const message = reason === 'gone' ? 'the lease is no longer ours' : 'given back unspent: the process is stopping';
  return { outcome: 'returned', blame: null, status: 0, code: 'returned', message, reached: false, counts: false };
}

/** How long the item waits before it may be leased again: full jitter, or longer where it was told so. */
export function waitMs(
  fault: Fault,
  history: { failures: number; deferrals: number },
  limits: Limits,
  random: () => number,
): number {
  if (fault.outcome === 'returned') return 0;
  if (fault.defersMs !== undefined) return fault.defersMs;
  const tries = fault.outcome === 'failed' ? history.failures : history.deferrals;
  const backoff = random() * Math.min(limits.backoffMaxMs, limits.backoffMs * 2 ** Math.min(tries, 20));
  return Math.round(Math.max(backoff, cappedRetryAfterMs(fault.retryAfterMs, limits) ?? 0));
}

/** A Retry-After as the whole gate obeys it, or null where there is none to obey. */
export function cappedRetryAfterMs(retryAfterMs: number | undefined, limits: Limits): number | null {
  if (retryAfterMs === undefined || !(retryAfterMs > 0)) return null;
  return Math.min(limits.retryAfterMaxMs, Math.ceil(retryAfterMs));
}

/** What was thrown need be no Error: its message may be a list of sentences, or missing. */
function messageOf(message: unknown): string {
  const text = typeof message === 'string' || message == null ? message : (toJsonText(message) ?? String(message));
  return text || 'failed without a message';
}

function statusOf(status: unknown): number | undefined {
  return typeof status === 'number' && Number.isInteger(status) && status >= 0 && status <= 999 ? status : undefined;
}

function spends(blame: Blame | null): boolean {
  return blame === 'row' || blame === 'unknown';
}

/** `{ "error": { "code", "message" } }`: the shape in which we and our executors say no. */
function hasOurShape(body: unknown): boolean {
  return codeOf(body) !== undefined;
}

function codeOf(body: unknown): string | undefined {
  const error = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined;
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What went wrong on the way: the innermost cause with a network code. */
function networkFault(
  error: { name?: unknown; cause?: unknown },
  message: string,
): { code: string; message: string } | null {
  // As `AbortSignal.timeout` ends a call that the work limits by itself.
  if (error.name === 'TimeoutError') return { code: 'timeout', message };
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { code, message, cause, errors } = at as {
      code?: unknown;
      message?: string;
      cause?: unknown;
      errors?: unknown[];
    };
    if (
      typeof code === 'string' &&
      /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|UND_ERR|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(
        code,
      )
    ) {
      return { code: code.toLowerCase(), message: message || code };
    }
    at = cause ?? errors?.[0];
  }
  return /^(fetch failed|terminated)$/.test(message) ? { code: 'network', message } : null;
}
