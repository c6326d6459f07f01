/**
 * What people do to records: rule, and let parked ones run again. Each is one transaction with its entry in the log;
 * nothing here knows a request.
 */
import { type Body, isStorable } from './body.ts';
import { inTransaction } from './database.ts';
import { InputError, notFound } from './errors.ts';
import { ledger, requireRecords } from './queries.ts';
import { isRecordId } from './records.ts';
import { recordsGate } from './verification.ts';
import type { Operator } from './views.ts';

/** A person's decision on a record. With a `revision`, only while the record still has it. */
export interface Ruling {
  readonly decision: 'verified' | 'rejected';
  readonly note: string;
  readonly revision: string | null;
}

const noteLengthMax = 2_000;

/** A ruling out of a request's body. @throws InputError 400 that names the field. */
export function readRuling({ decision, note = '', revision = null }: Body): Ruling {
  if (decision !== 'verified' && decision !== 'rejected') {
    throw new InputError(400, 'invalid_field', 'decision: expected verified or rejected.', { field: 'decision' });
  }
  if (typeof note !== 'string' || note.length > noteLengthMax || !isStorable(note)) {
    const message = `note: expected a text of at most ${noteLengthMax} characters.`;
    throw new InputError(400, 'invalid_field', message, { field: 'note' });
  }
  if (revision !== null && !/^\d{1,19}$/.test(String(revision))) {
    throw new InputError(400, 'invalid_field', 'revision: expected a whole number.', { field: 'revision' });
  }
  return { decision, note, revision: revision === null ? null : String(revision) };
}

/**
 * Makes a person's decision the record's status at once, enters it in the log and ends a parking.
 * @throws InputError 404 without such a record, 409 when it was edited meanwhile.
 */
export async function rule(id: string, { decision, note, revision }: Ruling, by: Operator): Promise<void> {
  await requireRecords();
  if (!isRecordId(id)) throw notFound();
  await inTransaction(async (client) => {
    const { rows } = await client.query<{ revision: string; status: string }>(
      `select revision::text as revision, verification_status as status
       from public.records
       where id = $1
       for no key update`,
      [id],
    );
    const found = rows[0];
    if (found === undefined) throw notFound();
    if (revision !== null && revision !== found.revision) {
      throw new InputError(409, 'revision_changed', 'The record was edited meanwhile; look again.', {
        field: 'revision',
      });
    }
    await client.query(
      `update public.records set verification_status = $2, ruled_at = clock_timestamp() where id = $1`,
      [id, decision],
    );
    await client.query(
      `insert into tidegate_console.rulings (record_id, decision, note, operator, revision, status_before)
       values ($1, $2, $3, $4, $5, $6)`,
      [id, decision, note, by.name, found.revision, found.status],
    );
  });
  // The row has left the source: what is parked finds it gone and is done.
  await ledger().release(recordsGate, [id.toLowerCase()]);
}

/**
 * Lets a parked record run again.
 * @throws InputError 404 without such a record, 409 when it is not parked.
 */
export async function release(id: string): Promise<void> {
  await requireRecords();
  if (!isRecordId(id)) throw notFound();
  const key = id.toLowerCase();
  if ((await ledger().release(recordsGate, [key])).length > 0) return;
  await inTransaction(async (client) => {
    const { rows } = await client.query('select from public.records where id = $1', [key]);
    if (rows.length === 0) throw notFound();
  });
  throw new InputError(409, 'not_parked', 'The record is not parked.');
}
