/**
 * The words of the gate as types: what a gate is made of, what a run answers, what people ask of it. Data only; nothing
 * here knows a database or a protocol.
 */

/** A value that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The part of the Standard Schema interface that the gate calls; zod, valibot and arktype all fit. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }
      | Promise<unknown>;
    readonly types?: { readonly output: Output } | undefined;
  };
}

/** Anything that runs one SQL statement with bound values on a PostgreSQL connection; pg's Pool fits. */
export interface Database {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Every bound and pace of a gate, in one object. Durations in milliseconds. */
export interface Limits {
  /** Records a tick takes at most; 1 to 100. */
  readonly batchMax: number;
  /** In-flight cap over all instances. */
  readonly concurrencyMax: number;
  /** A row's own failures before it is parked. */
  readonly attemptsMax: number;
  /** One attempt, the AI's answer included; at most an hour. */
  readonly attemptTimeoutMs: number;
  /** A tick answers before this. */
  readonly runDeadlineMs: number;
  /** A lease outlives its attempt's timeout by this. */
  readonly leaseMarginMs: number;
  /** Failures of the provider in a row that shut the gate. */
  readonly shutStreak: number;
  /** First wait of a shut gate before it probes; doubles up to `probeMaxMs`. */
  readonly probeMs: number;
  readonly probeMaxMs: number;
  /** First step of the backoff with full jitter; doubles per failure up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A longer Retry-After is cut to this. */
  readonly retryAfterMaxMs: number;
  /** Deferrals by the provider on one record only, before it is parked. */
  readonly deferralsMax: number;
  /** Attempts that may begin per minute over all instances; null for no such limit. */
  readonly ratePerMinute: number | null;
  /** What a day of `timeZone` may cost, in micro-dollars; null for no such limit, 0 for no spending at all. */
  readonly dailyBudgetMicros: number | null;
  /** What an attempt is taken to cost before any has, in micro-dollars. */
  readonly reserveMicros: number;
  /** Tokens that models may take per minute over all instances; null for no such limit. */
  readonly tokensPerMinute: number | null;
  /** What an attempt is taken to need before any has, in tokens. */
  readonly reserveTokens: number;
  /** Where a day ends. */
  readonly timeZone: string;
  /** Attempts, runs and items that are over are kept this long. */
  readonly keepMs: number;
  /** What is in flight when the process is asked to stop has this long to end, and is then given back unspent. */
  readonly shutdownGraceMs: number;
}

/** One row of the source, leased: what `work` gets. */
export interface Item<Payload> {
  readonly key: string;
  readonly payload: Payload;
  readonly revision: string | null;
}

/** What `work` may know about the attempt it makes. */
export interface AttemptContext {
  /** Aborted at the attempt's timeout, when the lease is no longer ours, and when the process stops. */
  readonly signal: AbortSignal;
  /** Rises with each lease of the item, for ever: the fence. */
  readonly attempt: number;
  readonly deadlineAt: Date;
  /** The gate's name. */
  readonly gate: string;
  /** End of the lease by the database's clock, in seconds since 1970: what an executor's token expires at. */
  readonly leaseEndsAt: number;
}

export interface GateOptions<Payload, Value> {
  /** a-z, 0-9 and hyphens, at most 50; its source is the view `tidegate.<name with _ for ->`. */
  readonly name: string;
  /** Checks each payload; a row that fails it is that row's own failure. */
  readonly payload?: StandardSchema<Payload>;
  /** One attempt. Its value is JSON and becomes `body`; it may throw Park, Defer or AnswerError. */
  work(item: Item<Payload>, at: AttemptContext): Promise<Value>;
  /** One update, delete, upsert or merge over `settled` that returns the keys it wrote; left out, the far end writes. */
  readonly apply?: string;
  /** What attempts and the tick's answer keep of a value, at most 2 KiB. */
  summary?(value: Value): Json;
  /** Micro-dollars that a value cost. */
  cost?(value: Value): number;
  /** Tokens that a model took for a value, sent and received. */
  tokens?(value: Value): number;
  readonly limits?: Partial<Limits>;
  readonly database?: Database;
}

/** Who started a run. */
export type Trigger = 'cron' | 'console' | 'cli';

/** Why a run stopped. */
export type Stopped =
  | 'batch'
  | 'drained'
  | 'deadline'
  | 'rate'
  | 'budget'
  | 'busy'
  | 'shut'
  | 'paused'
  | 'stopping'
  | 'walking'
  | 'source'
  | 'lost';

/** One record in a tick's answer. `status` is 0, with the message in `error`, when no answer came. */
export interface RecordResult {
  readonly recordId: string;
  readonly ok: boolean;
  readonly status: number;
  readonly body?: Json;
  readonly error?: string;
}

/** What a tick answers. */
export interface RunResult {
  readonly runId: string | null;
  readonly message: string;
  readonly processed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly remaining: number;
  readonly atLeast?: true;
  readonly stopped: Stopped;
  readonly skipped: { readonly [reason: string]: number };
  readonly hint?: string;
  readonly results: readonly RecordResult[];
  /** A dry run only: the keys it would take. */
  readonly would?: readonly string[];
}

/** A run as the console shows it: the tick's result and who, when, in which gate. */
export interface RunView extends Omit<RunResult, 'stopped'> {
  /** Null while it goes on. */
  readonly stopped: Stopped | null;
  readonly gate: string;
  readonly trigger: Trigger;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface RunOptions {
  readonly trigger?: Trigger;
  /** Lowers the batch. */
  readonly limit?: number;
  /** One long run until the source is drained: it waits for places, and may repeat a key. */
  readonly drain?: boolean;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
  /** Aborted when the run shall stop: leases nothing more, and gives back what has not ended after `shutdownGraceMs`. */
  readonly signal?: AbortSignal;
  /** Called for every result as it is committed. */
  readonly onResult?: (result: RecordResult) => void;
}

/** A run that has been opened: its id is known, its result is on the way. */
export interface StartedRun {
  readonly runId: string | null;
  /** Known already under this idempotency key: the first run's state instead of a new one. */
  readonly replay: null | { readonly state: 'running' | 'ended' };
  readonly finished: Promise<RunResult>;
}

/** What became of a person's wish to have one record verified now. */
export type SingleResult =
  | {
      readonly code: 'answered';
      readonly runId: string;
      readonly result: RecordResult;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly code:
        | 'not_found'
        | 'in_progress'
        | 'paused'
        | 'parked'
        | 'busy'
        | 'shut'
        | 'rate'
        | 'budget'
        | 'skipped';
      readonly reason: string;
      readonly retryAfterMs: number | null;
    };

/** One rule on the way to a lease, in the order in which the gate applies them. `holds`: it holds the record back. */
export interface Rule {
  readonly rule: string;
  readonly holds: boolean;
  readonly text: string;
  /** What the text names, for those who say it in another language; times in seconds. */
  readonly values?: { readonly [name: string]: number | string | null };
}

/** Why a record is, or is not, being processed now. */
export interface Explanation {
  readonly eligible: boolean;
  readonly because: string;
  readonly rules: readonly Rule[];
}

/** A gate as people see it. `shut` was done by failures, `paused` by a person. */
export interface GateStatus {
  readonly gate: string;
  readonly state: 'open' | 'shut' | 'probing' | 'paused';
  readonly reason: string | null;
  readonly since: string | null;
  readonly cap: number;
  readonly allowed: number;
  readonly leased: number;
  readonly waiting: number;
  readonly parked: number;
  readonly backlog: { readonly count: number; readonly atLeast: boolean; readonly oldestAt: string | null };
  readonly forecast: { readonly minutes: number | null; readonly costMicros: number | null };
  readonly spentTodayMicros: number;
  readonly lastRun: { readonly id: string; readonly trigger: Trigger; readonly startedAt: string } | null;
  readonly overdue: boolean;
}

/** A gate made of a view, a work and an apply. */
export interface Gate {
  readonly name: string;
  /** Opens a run and waits for its end. Throws TidegateError when the database is away or the source raises. */
  run(options?: RunOptions): Promise<RunResult>;
  /** Opens a run and returns once it has an id. */
  start(options?: RunOptions): Promise<StartedRun>;
  /** One record now, through the same cap, budget and pause. */
  attempt(key: string, options?: { signal?: AbortSignal }): Promise<SingleResult>;
  explain(key: string): Promise<Explanation | null>;
  /** The state of a run by its id, or null when this gate has none such. */
  readRun(runId: string): Promise<RunView | null>;
  pause(reason?: string): Promise<void>;
  resume(): Promise<void>;
  /** Lets parked items run again; returns the keys that were parked. */
  release(keys: readonly string[]): Promise<readonly string[]>;
  /**
   * Stops leasing at once, lets running attempts end for `graceMs` (else the limits' `shutdownGraceMs`), gives the others back
   * unspent, and closes the pool if it is the gate's own. Called again it may shorten the grace. Ends 5 s after the grace at
   * the latest, also where the database is away: what could not be written then ends with its lease.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** An attempt as the log keeps it. */
export interface AttemptView {
  readonly key: string;
  readonly attempt: number;
  readonly runId: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly blame: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly costMicros: number;
  readonly summary: Json;
}

/** A parked item, for the people who may release it. */
export interface ParkedView {
  readonly key: string;
  /** What parked it, for those who say the reason in another language. */
  readonly code: string | null;
  readonly reason: string;
  readonly parkedAt: string;
  readonly attempt: number;
  readonly failures: number;
}

/** One hour or day of a gate. Quantiles are null where nothing ended. */
export interface TrendPoint {
  readonly at: string;
  readonly processed: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly verdicts: { readonly verified: number; readonly rejected: number; readonly needsReview: number };
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly costMicros: number;
}

/** Reads and verbs over schema `tidegate` that need no gate's code: for consoles and command lines. */
export interface Ledger {
  gates(): Promise<readonly string[]>;
  /** Null when there is no such gate. `tickEveryMs` decides when a tick is overdue. */
  status(gate: string, options?: { tickEveryMs?: number }): Promise<GateStatus | null>;
  runs(options?: { gate?: string; cursor?: string; limit?: number }): Promise<{
    readonly runs: readonly Omit<RunView, 'results'>[];
    readonly cursor: string | null;
  }>;
  run(runId: string): Promise<RunView | null>;
  attempts(gate: string, key: string): Promise<readonly AttemptView[]>;
  parked(
    gate: string,
    options?: { cursor?: string; limit?: number },
  ): Promise<{
    readonly parked: readonly ParkedView[];
    readonly cursor: string | null;
  }>;
  explain(gate: string, key: string): Promise<Explanation | null>;
  trends(
    gate: string,
    options: { days: number; timeZone: string },
  ): Promise<{
    readonly unit: 'hour' | 'day';
    readonly points: readonly TrendPoint[];
  }>;
  pause(gate: string, reason?: string): Promise<boolean>;
  resume(gate: string): Promise<boolean>;
  release(gate: string, keys: readonly string[]): Promise<readonly string[]>;
}
