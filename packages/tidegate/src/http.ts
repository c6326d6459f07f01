/**
 * The gate over HTTP, for any framework with web-standard requests: the cron route, the bearer check, the executor
 * protocol. Each handler authorises itself; nothing outbound is built from a request.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readCronSecrets } from './config.ts';
import { isTidegateError, type TidegateError, type TidegateErrorCode } from './errors.ts';
import { log } from './log.ts';
import type { Gate, RunOptions } from './types.ts';

export { type ExecutorAnswer, type ExecutorClaim, executorToken, httpWork, verifyExecutor } from './executor.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
const RETRY_AFTER_S = 10;

const STATUS: Readonly<Record<TidegateErrorCode, number>> = {
  configuration: 500,
  cron_secret_missing: 500,
  cron_secret_weak: 500,
  database_unavailable: 503,
  executor_token: 401,
  isolation: 500,
  not_found: 404,
  privileges: 500,
  schema_outdated: 503,
  source_failed: 500,
  source_missing: 500,
};

/** What a route may be given. */
export interface CronRouteOptions {
  /** Keeps the function alive after a 202: `after` from `next/server`, or a platform's `waitUntil`. */
  readonly after?: (work: Promise<unknown>) => void;
  /** Where a run can be read; by default this route with `?run={id}`. */
  readonly location?: (runId: string) => string;
}

type Handler = (request: Request) => Promise<Response>;

/** The cron endpoint of a gate, for a route file to export. A function is called at the first request. */
export function cronRoute(
  gate: Gate | (() => Gate),
  options: CronRouteOptions = {},
): { GET: Handler; POST: Handler; HEAD: Handler; OPTIONS: Handler } {
  const handle: Handler = async (request) => {
    try {
      if (!bearerIs(request, readCronSecrets())) return unauthorized();
      return await tick(typeof gate === 'function' ? gate() : gate, request, options);
    } catch (error) {
      return errorResponse(error);
    }
  };
  const allow = { ...NO_STORE, allow: 'GET, POST, OPTIONS' };
  return {
    GET: handle,
    POST: handle,
    // A framework that answers HEAD with GET's handler would open the gate.
    HEAD: async () => new Response(null, { status: 405, headers: allow }),
    OPTIONS: async () => new Response(null, { status: 204, headers: allow }),
  };
}

async function tick(gate: Gate, request: Request, { after, location }: CronRouteOptions): Promise<Response> {
  const url = new URL(request.url);
  const place = location ?? ((runId: string) => `${url.pathname}?run=${runId}`);
  const wished = url.searchParams.get('run');
  if (wished !== null) {
    const run = await gate.readRun(wished);
    return run === null ? jsonError(404, 'not_found', 'There is no such run.') : json(200, run);
  }
  const options = optionsOf(request, url.searchParams);
  if (typeof options === 'string') return jsonError(400, 'bad_request', options);
  const started = await gate.start(options);
  const running = started.replay?.state === 'running';
  const async = /\brespond-async\b/i.test(request.headers.get('prefer') ?? '') && started.replay === null;
  if (started.runId !== null && (running || async)) {
    // What the 202 left running still ends in the log; nobody waits for it here.
    const ending = started.finished.catch((error) =>
      log.error('a run failed', { runId: started.runId, error: (error as Error).message }),
    );
    if (async) after?.(ending);
    return json(202, { runId: started.runId }, { location: place(started.runId) });
  }
  return json(200, await started.finished);
}

/** What the request asks for, or the sentence that says what is wrong with it. */
function optionsOf(request: Request, query: URLSearchParams): RunOptions | string {
  const limit = query.get('limit');
  if (limit !== null && !/^0*[1-9]\d*$/.test(limit))
    return `limit: expected a whole number from 1, got "${limit.slice(0, 40)}".`;
  const key = request.headers.get('idempotency-key') ?? request.headers.get('ce-id');
  if (key !== null && (key === '' || key.length > IDEMPOTENCY_KEY_LENGTH_MAX)) {
    return `Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters, got ${key.length}.`;
  }
  return {
    trigger: 'cron',
    dryRun: query.get('dry_run') === '1' || query.get('dry_run') === 'true',
    ...(limit === null ? {} : { limit: Number(limit) }),
    ...(key === null ? {} : { idempotencyKey: key }),
  };
}

/** Whether the request's bearer is one of `secrets`; hashes are compared, in constant time. Unset secrets never match. */
export function bearerIs(request: Request, secrets: readonly (string | undefined)[]): boolean {
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token === undefined) return false;
  const given = digest(token);
  let matches = false;
  for (const secret of secrets) {
    if (secret !== undefined && secret !== '' && timingSafeEqual(given, digest(secret))) matches = true;
  }
  return matches;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A JSON answer that nothing on the way may keep. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...NO_STORE, ...headers } });
}

/** `{ "error": { "code", "message" } }`. */
export function jsonError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(status, { error: { code, message } }, headers);
}

/** 401, with what would be accepted. */
export function unauthorized(): Response {
  return jsonError(401, 'unauthorized', 'The bearer token is missing or wrong.', { 'www-authenticate': 'Bearer' });
}

/** Any failure as an answer: the gate's own with their sentence, everything else as `internal`, told to the log alone. */
export function errorResponse(error: unknown): Response {
  if (!isTidegateError(error)) {
    log.error('a request failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return jsonError(500, 'internal', 'Something went wrong here; the log says what.');
  }
  const status = STATUS[error.code] ?? 500;
  log[status === 503 ? 'warn' : 'error']('the gate refused', {
    code: error.code,
    message: error.message,
    hint: error.hint,
  });
  const body = {
    error: { code: error.code, message: publicMessage(error) },
    ...(error.runId === undefined ? {} : { runId: error.runId }),
  };
  return json(status, body, status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {});
}

/** The database's and the source's own words stay in the log. */
function publicMessage(error: TidegateError): string {
  if (error.code === 'database_unavailable') return 'The database cannot be reached.';
  if (error.code === 'schema_outdated')
    return 'The database has an older schema. Run "npx tidegate migrate" (npm start does it by itself).';
  if (error.code === 'source_failed') return 'The source view raised an error; the log says which.';
  if (error.code === 'privileges') return 'The database role may not do what a tick does; the log says what mends it.';
  return error.message;
}
