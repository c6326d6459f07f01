/**
 * The shapes that the API answers and the pages show for records; runs, gates and trends have theirs in `tidegate`.
 * Data only. Times are ISO 8601, money is in micro-dollars.
 */
import type { Verdict } from '@tidegate/verifier';
import type { AttemptView, Explanation, Json } from 'tidegate';

/** Where a record stands. */
export type RecordStatus = 'pending' | 'verified' | 'rejected' | 'needs_review';

/** Every status, in the order in which lists offer them. */
export const recordStatuses: readonly RecordStatus[] = ['pending', 'needs_review', 'verified', 'rejected'];

/** A verdict as `records.verdict` keeps it. One from a far end may lack everything but `verdict`. */
export type StoredVerdict = Pick<Verdict, 'verdict'> & Partial<Omit<Verdict, 'verdict'>>;

/** A record in a list. */
export interface RecordSummary {
  readonly id: string;
  readonly kind: string;
  readonly locale: string | null;
  readonly claims: Json;
  readonly status: RecordStatus;
  /** A person has decided; machines no longer do. */
  readonly ruled: boolean;
  /** The verdict's reason codes, the deciding one first; empty without a verdict. */
  readonly reasons: readonly string[];
  readonly attachments: number;
  readonly submittedAt: string | null;
  readonly createdAt: string;
}

/** One page of a list; `cursor` asks for the next one and is null on the last. */
export interface RecordPage {
  readonly records: readonly RecordSummary[];
  readonly cursor: string | null;
}

/** A file of a record; `n` counts from 0 by time of arrival and is what evidence calls `attachment`. */
export interface AttachmentView {
  readonly n: number;
  readonly mediaType: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

/** A person's decision. `revision` is the record's at that time. */
export interface RulingView {
  readonly decision: 'verified' | 'rejected';
  readonly note: string;
  readonly by: string;
  readonly at: string;
  readonly revision: string;
}

/** A record with everything that is known about it. */
export interface RecordView {
  readonly id: string;
  readonly kind: string;
  readonly locale: string | null;
  readonly claims: Json;
  readonly status: RecordStatus;
  readonly ruled: boolean;
  /** A person has ruled and the record was edited since: the ruling stands, and the page says so. */
  readonly editedSinceRuling: boolean;
  readonly revision: string;
  readonly submittedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly verdict: StoredVerdict | null;
  readonly attachments: readonly AttachmentView[];
  /** Other records that came with one of the same files. Something for a reviewer to know; no verdict rests on it. */
  readonly sameFileIn: readonly string[];
  readonly attempts: readonly Omit<AttemptView, 'key'>[];
  readonly rulings: readonly RulingView[];
  readonly why: Explanation;
}

/** Who is signed in: a person with a name. */
export interface Operator {
  readonly name: string;
}
