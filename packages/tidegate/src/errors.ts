/**
 * What can go wrong, as data. One error class with a closed list of codes; recognised by its marker, so that two copies
 * of the package still know each other's errors. A caller gets the code and the sentence, the log gets the cause.
 */

/** Why a call to the gate failed; the HTTP layer answers with the same words. */
export type TidegateErrorCode =
  | 'configuration'
  | 'cron_secret_missing'
  | 'cron_secret_weak'
  | 'database_unavailable'
  | 'executor_token'
  | 'isolation'
  | 'not_found'
  | 'privileges'
  | 'schema_outdated'
  | 'source_failed'
  | 'source_missing';

const marker = Symbol.for('tidegate.error');

/** A failure of the gate itself, never of a record. `hint` says what to do about it. */
export class TidegateError extends Error {
  readonly code: TidegateErrorCode;
  readonly hint: string | undefined;
  readonly runId: string | undefined;
  readonly [marker] = true;

  constructor(
    code: TidegateErrorCode,
    message: string,
    { hint, cause, runId }: { hint?: string; cause?: unknown; runId?: string | undefined } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TidegateError';
    this.code = code;
    this.hint = hint;
    this.runId = runId;
  }
}

/** Whether `thrown` is a TidegateError of this or another copy of the package. */
export function isTidegateError(thrown: unknown): thrown is TidegateError {
  return typeof thrown === 'object' && thrown !== null && (thrown as { [marker]?: boolean })[marker] === true;
}

/** Thrown by `work`: stop with this record until a person releases it. */
export class Park extends Error {
  readonly code: string;
  readonly status: number;
  readonly parks = true;

  constructor(reason: string, { code = 'parked', status = 422 }: { code?: string; status?: number } = {}) {
    super(reason);
    this.name = 'Park';
    this.code = code;
    this.status = status;
  }
}

/** Thrown by `work`: come back in `ms` milliseconds (at most 30 days); spends no attempt and blames nobody. */
export class Defer extends Error {
  readonly defersMs: number;

  constructor(ms: number, reason = 'deferred by the work') {
    super(reason);
    this.name = 'Defer';
    this.defersMs = ms;
  }
}

/**
 * Thrown by `work`: an answer with a status, as the AI or a far end gave it. The gate blames by the status alone.
 * `body` is shown in the tick's result; `retryAfterMs` is obeyed by the whole gate (at most 15 minutes).
 */
export class AnswerError extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
  readonly answered = true;

  constructor(
    status: number,
    body: unknown,
    { retryAfterMs, message }: { retryAfterMs?: number | undefined; message?: string } = {},
  ) {
    super(message ?? `answered ${status}`);
    this.name = 'AnswerError';
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}
