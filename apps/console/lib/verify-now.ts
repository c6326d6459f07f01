/**
 * A person's wish to have one record verified now. It goes through the gate like every attempt, with cap and pause; what
 * stands already is answered without asking anybody.
 */
import type { RecordResult, SingleResult } from 'tidegate';
import { select } from './database.ts';
import { InputError, notFound } from './errors.ts';
import { requireRecords } from './queries.ts';
import { isRecordId, type RecordRow, selectRecord } from './records.ts';
import { recordsGate, verifyRecords } from './verification.ts';
import type { StoredVerdict } from './views.ts';

/** The verdict of a record; `replayed` when it stood before anybody asked. */
export type VerifiedNow = StoredVerdict & { readonly recordId: string; readonly replayed?: true };

/**
 * Verifies one record now and returns its verdict.
 * @throws InputError with the status that says why not.
 */
export async function verifyNow(id: string): Promise<VerifiedNow> {
  await requireRecords();
  const standing = standingVerdict(await mustRead(id));
  if (standing !== null) return { ...standing, replayed: true };
  const single = await verifyRecords().attempt(id.toLowerCase());
  if (single.code !== 'answered') return await notAttempted(id, single);
  if (!single.result.ok) throw failedAttempt(single.result, single.retryAfterMs ?? (await gateWaitMs()));
  const verdict = standingVerdict(await mustRead(id));
  if (verdict !== null) return verdict;
  throw new InputError(409, 'superseded', 'The record was edited as soon as it had its verdict.');
}

async function mustRead(id: string): Promise<RecordRow> {
  const row = isRecordId(id) ? await selectRecord(id) : null;
  if (row === null) throw notFound();
  return row;
}

/** The verdict that stands; null where one is still wanted. @throws InputError where none may be made. */
function standingVerdict(row: RecordRow): VerifiedNow | null {
  if (row.ruledAt !== null) throw new InputError(409, 'ruled', 'A person has ruled on this record.');
  if (row.status !== 'pending') return { ...row.verdict, verdict: row.status, recordId: row.id };
  if (row.submittedAt !== null) throw alreadySubmitted();
  if (row.attachments === 0) throw noAttachment();
  return null;
}

/** Why the gate made no attempt; a verdict that came meanwhile is as good as ours. */
async function notAttempted(
  id: string,
  { code, reason, retryAfterMs }: Exclude<SingleResult, { code: 'answered' }>,
): Promise<VerifiedNow> {
  if (code === 'not_found') {
    const standing = standingVerdict(await mustRead(id));
    if (standing !== null) return { ...standing, replayed: true };
    throw new InputError(409, 'in_progress', 'The record is changing just now; ask again.');
  }
  if (code === 'skipped') {
    if (reason === 'already submitted') throw alreadySubmitted();
    if (reason === 'no attachment') throw noAttachment();
    throw new InputError(409, 'skipped', reason);
  }
  const status = { in_progress: 409, paused: 409, parked: 409, busy: 429, rate: 429, budget: 429, shut: 503 }[code];
  const waitMs = retryAfterMs ?? (code === 'shut' ? await gateWaitMs() : null);
  throw new InputError(status, code, reason, { headers: retryAfter(waitMs) });
}

/** How long the gate itself waits, for a provider that asked for it or for the next probe; null when it does not. */
async function gateWaitMs(): Promise<number | null> {
  const rows = await select<{ waitMs: number | null }>(
    `select extract(epoch from greatest(
         case when wait_until <= clock_timestamp() + wait_ms * interval '1 ms' then wait_until end,
         probe_at
       ) - clock_timestamp())::float8 * 1000 as "waitMs"
     from tidegate.gates
     where name = $1`,
    [recordsGate],
  );
  const waitMs = rows[0]?.waitMs ?? null;
  return waitMs !== null && waitMs > 0 ? waitMs : null;
}

/**
 * A failed attempt as an answer. The record's own faults keep their status; trouble behind the gate is 429, 502, 503 or
 * 504 here, whatever it was there: a 401 of the provider is not the caller's.
 */
function failedAttempt(result: RecordResult, retryAfterMs: number | null): InputError {
  const said = saidIn(result);
  const own = [400, 409, 413, 415, 422].includes(result.status);
  const passed = [429, 502, 503, 504].includes(result.status);
  const timedOut = result.status === 0 && /time|within/i.test(said.message);
  const status = own || passed ? result.status : timedOut ? 504 : 502;
  const code = own || passed ? said.code : timedOut ? 'provider_timeout' : 'provider_failed';
  return new InputError(status, code, said.message, { headers: own ? {} : retryAfter(retryAfterMs) });
}

function saidIn({ body, error, status }: RecordResult): { code: string; message: string } {
  const inner = (body as { error?: { code?: unknown; message?: unknown } } | null | undefined)?.error;
  return {
    code: typeof inner?.code === 'string' ? inner.code : status === 409 ? 'superseded' : 'attempt_failed',
    message: typeof inner?.message === 'string' ? inner.message : (error ?? `The attempt ended with ${status}.`),
  };
}

function retryAfter(ms: number | null): Readonly<Record<string, string>> {
  return ms === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}

function alreadySubmitted(): InputError {
  return new InputError(409, 'already_submitted', 'An answer was bought for this record already.');
}

function noAttachment(): InputError {
  return new InputError(422, 'no_attachment', 'The record has no attachment.');
}
