/**
 * Verifying for another instance's gate: a call with an executor's token works for a lease that somebody else holds, and
 * writes nothing. The gate that asked has the only pen.
 */
import type { Verdict } from '@tidegate/verifier';
import type { Body } from './body.ts';
import { select } from './database.ts';
import { readEnvironment } from './environment.ts';
import { InputError } from './errors.ts';
import { requireRecords } from './queries.ts';
import { isRecordId } from './records.ts';
import { recordsGate, type Submission, verifyHere } from './verification.ts';

/** What an executor's token names: one attempt of one record in one gate. */
export interface ExecutorLease {
  readonly gate: string;
  readonly key: string;
  readonly attempt: number;
}

/**
 * Verifies the record that the token names and returns the verdict.
 * @throws InputError 401 for a body the token is not for, 409 `superseded` when the lease is no longer held.
 */
export async function verifyForLease(lease: ExecutorLease, body: Body, signal: AbortSignal): Promise<Verdict> {
  if (lease.gate !== recordsGate || body.recordId !== lease.key || body.attempt !== lease.attempt) {
    throw new InputError(401, 'unauthorized', 'The token is for another record or attempt.');
  }
  await requireRecords();
  if (!isRecordId(lease.key)) throw superseded();
  const rows = await select<{ payload: Submission; revision: string; leaseEndsAt: string }>(
    `select s.payload, s.revision, extract(epoch from i.until)::bigint::text as "leaseEndsAt"
     from tidegate.gates g
     join tidegate.items i on i.gate = g.id and i.key = $2 and i.attempt = $3 and i.state = 'leased'
     join tidegate.verify_records s on s.key = $2::uuid
     where g.name = $1`,
    [lease.gate, lease.key, lease.attempt],
  );
  const row = rows[0];
  if (row === undefined) throw superseded();
  const { attemptTimeoutMs } = readEnvironment().limits;
  const item = { key: lease.key, payload: row.payload, revision: row.revision };
  return await verifyHere(item, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)]),
    attempt: lease.attempt,
    deadlineAt: new Date(Date.now() + attemptTimeoutMs),
    gate: lease.gate,
    leaseEndsAt: Number(row.leaseEndsAt),
  }).catch(told);
}

function superseded(): InputError {
  return new InputError(409, 'superseded', 'That attempt no longer holds the lease.');
}

/** An attempt's failure as the asking gate should blame it. */
function told(thrown: unknown): never {
  const { message, code, status, defersMs, parks, answered, blame, retryAfterMs } = thrown as Error & {
    readonly code?: string;
    readonly status?: number;
    readonly defersMs?: number;
    readonly parks?: boolean;
    readonly answered?: boolean;
    readonly blame?: string;
    readonly retryAfterMs?: number;
  };
  if (parks === true) throw new InputError(status ?? 422, code ?? 'parked', message);
  if (defersMs !== undefined) {
    // No free reader here: the whole gate waits a little, and nothing counts against anybody.
    throw new InputError(429, 'busy', message, { headers: { 'retry-after': String(Math.ceil(defersMs / 1000)) } });
  }
  if (status === 429 || (status !== undefined && status >= 500)) {
    // The provider's own answer, and how long it asks everybody to wait.
    const wait = retryAfterMs === undefined ? {} : { 'retry-after-ms': String(Math.ceil(retryAfterMs)) };
    throw new InputError(status, code ?? 'provider_unavailable', message, { headers: wait });
  }
  if (answered === true || blame !== undefined) throw new InputError(503, code ?? 'provider_unavailable', message);
  throw thrown;
}
