/**
 * Every read that the pages and the API make. Records come from `public.records`, everything else from schema
 * `tidegate` through the engine's ledger, for every gate in it. Nothing here writes or knows a request.
 */
import type { GateStatus, Ledger, ParkedView, RunView, TrendPoint } from 'tidegate';
import type { RecordPage, RecordView } from './views.ts';

/** Whether records are kept here; with `RECORDS=off`, or a `public.records` that is not ours, only gates are shown. */
export declare function recordsAreOn(): Promise<boolean>;

/**
 * Records, newest first, at most 100 a page. `q` finds words of the claims and whole ids.
 * @throws InputError for an unknown status or a cursor that is none.
 */
export declare function listRecords(filter?: {
  status?: string | null;
  q?: string | null;
  cursor?: string | null;
  limit?: number;
}): Promise<RecordPage>;

/** One record with attempts, rulings and why it is or is not processed now; null where there is none. */
export declare function readRecord(id: string): Promise<RecordView | null>;

/** Every gate of the database with its state and backlog. */
export declare function listGates(): Promise<readonly GateStatus[]>;

/** One gate; null where there is none of that name. */
export declare function readGate(name: string): Promise<GateStatus | null>;

/** Runs, newest first. */
export declare function listRuns(options?: {
  gate?: string;
  cursor?: string;
  limit?: number;
}): ReturnType<Ledger['runs']>;

/** One run with its results; null where there is none. */
export declare function readRun(id: string): Promise<RunView | null>;

/** Parked items of a gate, latest first. */
export declare function listParked(
  gate: string,
  options?: { cursor?: string; limit?: number },
): Promise<{ readonly parked: readonly ParkedView[]; readonly cursor: string | null }>;

/** Per hour (up to two days) or per day of `TIME_ZONE`; empty points included. */
export declare function readTrends(
  gate: string,
  days: number,
): Promise<{ readonly unit: 'hour' | 'day'; readonly points: readonly TrendPoint[] }>;

/** What the intake form offers: kinds, and the fields that each of them knows. */
export declare function intakeKinds(): readonly {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly required: boolean }[];
}[];

/** What the intake form may send, in bytes; smaller where the platform cuts bodies. */
export declare function intakeLimits(): {
  readonly filesMax: number;
  readonly fileBytesMax: number;
  readonly bytesMax: number;
};
