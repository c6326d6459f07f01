/**
 * The executor protocol from both ends: the token that binds a call to one attempt, the call itself, and what its answer
 * means. The far end works and answers; it writes nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readExecutorSecret } from './config.ts';
import { AnswerError, TidegateError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';
import type { AttemptContext, Item, Json } from './types.ts';

/** What an executor's token says. `expiresAt` in seconds since 1970. */
export interface ExecutorClaim {
  readonly gate: string;
  readonly key: string;
  readonly attempt: number;
  readonly expiresAt: number;
}

/** Answers are read up to this; more is a malformed answer. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const SKEW_S = 300;
const KEY_TEXT = 'tidegate executor v1';
const VERDICTS: readonly unknown[] = ['verified', 'rejected', 'needs_review'];

/** `v1.` payload `.` signature, in base64url. Throws `configuration` when there is nothing to sign with. */
export function executorToken({ gate, key, attempt, expiresAt }: ExecutorClaim): string {
  const secret = readExecutorSecret();
  if (secret === undefined) {
    throw new TidegateError('configuration', 'EXECUTOR_SECRET is not set, and neither is ADMIN_TOKEN.', {
      hint: 'Set one of them to the same value here and at the executor.',
    });
  }
  const signed = `v1.${Buffer.from(JSON.stringify([gate, key, attempt, Math.ceil(expiresAt)])).toString('base64url')}`;
  return `${signed}.${signature(signed, secret)}`;
}

/** The claim of a request's bearer token, or null when it carries none that is ours and in time (5 minutes of skew). */
export function verifyExecutor(request: Request): ExecutorClaim | null {
  const token = /^Bearer (v1\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const secret = readExecutorSecret();
  if (token === undefined || secret === undefined) return null;
  const dot = token.lastIndexOf('.');
  const expected = Buffer.from(signature(token.slice(0, dot), secret));
  const given = Buffer.from(token.slice(dot + 1));
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
  const claim = claimOf(token.slice('v1.'.length, dot));
  return claim !== null && claim.expiresAt + SKEW_S > Date.now() / 1000 ? claim : null;
}

function signature(signed: string, secret: string): string {
  const key = createHmac('sha256', secret).update(KEY_TEXT).digest();
  return createHmac('sha256', key).update(signed).digest('base64url');
}

function claimOf(encoded: string): ExecutorClaim | null {
  try {
    const [gate, key, attempt, expiresAt] = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as unknown[];
    const whole = Number.isInteger(attempt) && Number.isFinite(expiresAt);
    return typeof gate === 'string' && typeof key === 'string' && whole
      ? { gate, key, attempt: attempt as number, expiresAt: expiresAt as number }
      : null;
  } catch {
    return null;
  }
}

/** What an executor answers. */
export interface ExecutorAnswer {
  readonly verdict: 'verified' | 'rejected' | 'needs_review';
  readonly findings?: Json;
  readonly reasons?: Json;
  readonly costMicros?: number;
  /** Taken by a model for it, sent and received. */
  readonly tokens?: number;
  readonly [more: string]: Json | undefined;
}

/**
 * A `work` that posts `{ recordId, attempt }` to one configured URL and takes its answer for the value. The token is
 * added where `EXECUTOR_SECRET` or `ADMIN_TOKEN` is set and `headers` bring no authorization of their own.
 */
export function httpWork(
  url: string | URL,
  { headers = {} }: { headers?: Readonly<Record<string, string>> } = {},
): (item: Pick<Item<unknown>, 'key'>, at: AttemptContext) => Promise<ExecutorAnswer> {
  return async ({ key }, at) => {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: at.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'idempotency-key': [at.gate, key, at.attempt].map((part) => encodeURIComponent(part)).join('/'),
        ...authorization(headers, key, at),
        ...headers,
      },
      body: JSON.stringify({ recordId: key, attempt: at.attempt }),
    });
    return answerOf(response.status, response.headers, await readBody(response, at.signal));
  };
}

function authorization(
  headers: Readonly<Record<string, string>>,
  key: string,
  at: AttemptContext,
): Record<string, string> {
  const own = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (own || readExecutorSecret() === undefined) return {};
  const token = executorToken({ gate: at.gate, key, attempt: at.attempt, expiresAt: at.leaseEndsAt });
  return { authorization: `Bearer ${token}` };
}

/** At most 1 MiB, decoded; undefined when there was more. */
async function readBody(response: Response, signal: AbortSignal): Promise<string | undefined> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  // Node 22's fetch forgets its signal while a body stalls, once garbage was collected: the connection would stay open.
  const stop = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      // A reading that was stopped ends like a whole answer.
      signal.throwIfAborted();
      if (done) return Buffer.concat(parts).toString('utf8');
      bytes += value.byteLength;
      if (bytes > ANSWER_BYTES_MAX) {
        stop();
        return undefined;
      }
      parts.push(value);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function answerOf(status: number, headers: Headers, text: string | undefined): ExecutorAnswer {
  const body = text === undefined ? undefined : parsed(text);
  if (status < 200 || status > 299) {
    throw new AnswerError(status, body ?? null, {
      retryAfterMs: retryAfterMs(headers, Date.now()),
      message: messageIn(body) ?? `answered ${status}`,
    });
  }
  const verdict = typeof body === 'object' && body !== null ? (body as { verdict?: unknown }).verdict : undefined;
  if (status === 200 && VERDICTS.includes(verdict)) return body as ExecutorAnswer;
  const message =
    text === undefined
      ? 'the answer is larger than 1 MiB'
      : status !== 200
        ? `the answer came with status ${status} instead of 200`
        : 'the answer has no verdict of verified, rejected or needs_review';
  throw new AnswerError(502, { error: { code: 'malformed_answer', message } }, { message });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function messageIn(body: unknown): string | undefined {
  const message = (body as { error?: { message?: unknown } } | null | undefined)?.error?.message;
  return typeof message === 'string' ? message : undefined;
}
