/**
 * What a run remembers while it goes on, and the small moves on it. Lost with its process, and nothing is lost by that:
 * everything durable is the step's.
 */
import type { Cut, Lease, Outcome } from './attempt.ts';
import { TidegateError } from './errors.ts';
import type { Opened } from './opening.ts';
import type { Unheard } from './store.ts';
import type { Strain } from './strain.ts';
import type { Database, GateOptions, Limits, RecordResult, Stopped } from './types.ts';
import type { Walker } from './walker.ts';

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
  /** Aborted: nothing more is leased, and what is in flight has `shutdownGraceMs` to end. */
  readonly stopping: AbortSignal;
  /** Aborted: what is in flight is given back at once. */
  readonly hurrying: AbortSignal;
  readonly random: () => number;
  readonly onResult: (result: RecordResult) => void;
  /** The database has been away for 8 s; the run goes on while it holds leases. */
  readonly onAway: (error: TidegateError) => void;
}

/** Why a run stopped. */
export interface RunEnd {
  readonly stopped: Stopped;
  readonly reason: string | null;
  readonly retryMs: number | null;
}

export interface Flight {
  readonly lease: Lease;
  readonly controller: AbortController;
}

/** Everything a run remembers. Lost with its process, and nothing is lost by that. */
export interface Flow<Payload, Value> {
  readonly setting: RunSetting<Payload, Value>;
  readonly walker: Walker;
  readonly strain: Strain;
  readonly startedAt: number;
  /** By key: attempts under way. */
  readonly flights: Map<string, Flight>;
  /** By key: when its lease was made, until it is settled. */
  readonly leasedAt: Map<string, number>;
  readonly tried: Set<string>;
  /** Finished, not yet settled. */
  outcomes: Outcome[];
  /** Outcomes sent in one step at most. */
  groupMax: number;
  unheard: Unheard | null;
  /** Steps in a row that could not lock the gate's row. */
  unlocked: number;
  /** The number of the last step sent. */
  number: number;
  leases: number;
  /** The longest Retry-After that an answer brought. */
  retryAfterMs: number | null;
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

/** Stops leasing; what is in flight is still settled before `error` is thrown. */
export function fail<Payload, Value>(flow: Flow<Payload, Value>, error: unknown): void {
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

/** Waits until an attempt ends, the process is asked to stop, or `ms` have passed. */
export async function rest<Payload, Value>(flow: Flow<Payload, Value>, ms: number): Promise<void> {
  const timer = setTimeout(() => flow.wake.resolve(), ms);
  await flow.wake.promise;
  // Answers that have arrived together go into one step: the rest of this turn's input is read first.
  await new Promise((resolve) => setImmediate(resolve));
  clearTimeout(timer);
  flow.wake = Promise.withResolvers();
}

export function cutGone<Payload, Value>(flow: Flow<Payload, Value>, key: string, attempt: number): void {
  const flight = flow.flights.get(key);
  if (flight?.lease.attempt === attempt) flight.controller.abort('gone' satisfies Cut);
}

export function cutAll<Payload, Value>(flow: Flow<Payload, Value>, cut: Cut): void {
  for (const { controller } of flow.flights.values()) controller.abort(cut);
}
