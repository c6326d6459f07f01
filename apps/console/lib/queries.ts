/**
 * Every read that the pages and the API make. Records come from `public.records`, everything else from schema
 * `tidegate` through the engine's ledger, for every gate in it. Nothing here writes or knows a request.
 */
import { createLedger, type Explanation, type GateStatus, type Ledger, type ParkedView, type Rule } from 'tidegate';
import { isStorable } from './body.ts';
import { database, recordsAreThere, requireSchema } from './database.ts';
import { readEnvironment } from './environment.ts';
import { notFound } from './errors.ts';
import {
  isoTime,
  isRecordId,
  type RecordFilter,
  type RecordRow,
  selectAttachments,
  selectRecord,
  selectRecords,
  selectRulings,
  selectSharers,
  unknownCursor,
} from './records.ts';
import { tickEveryMs } from './schedule.ts';
import { recordsGate } from './verification.ts';
import type { RecordPage, RecordView } from './views.ts';

export { intakeKinds, intakeLimits } from './intake.ts';

type Trends = Awaited<ReturnType<Ledger['trends']>>;

/** The engine's memory, asked without any gate's code. */
export function ledger(): Ledger {
  return createLedger({ database: database() });
}

/** Whether records are kept here; with `RECORDS=off`, or a `public.records` that is not ours, only gates are shown. */
export async function recordsAreOn(): Promise<boolean> {
  return readEnvironment().records && (await recordsAreThere());
}

/**
 * Records, newest first, at most 100 a page. `q` finds whole ids, words of the claims by their beginnings, and among
 * the newest records any part of the claims.
 * @throws InputError for an unknown status or a cursor that is none.
 */
export async function listRecords(filter: RecordFilter = {}): Promise<RecordPage> {
  await requireRecords();
  return await selectRecords(filter);
}

/** One record with attempts, rulings and why it is or is not processed now; null where there is none. */
export async function readRecord(id: string): Promise<RecordView | null> {
  await requireRecords();
  const row = isRecordId(id) ? await selectRecord(id) : null;
  if (row === null) return null;
  const key = row.id;
  const [attachments, sameFileIn, rulings, attempts, explanation] = await Promise.all([
    selectAttachments(key),
    selectSharers(key),
    selectRulings(key),
    ledger().attempts(recordsGate, key),
    ledger().explain(recordsGate, key),
  ]);
  return {
    id: row.id,
    kind: row.kind,
    locale: row.locale,
    claims: row.claims,
    status: row.status,
    ruled: row.ruledAt !== null,
    editedSinceRuling: row.ruledAt !== null && rulings[0] !== undefined && rulings[0].revision !== row.revision,
    revision: row.revision,
    submittedAt: row.submittedAt === null ? null : isoTime(row.submittedAt),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    verdict: row.verdict,
    attachments: attachments.map(({ path: _, ...attachment }) => attachment),
    sameFileIn,
    attempts: attempts.map(({ key: _, ...attempt }) => attempt),
    rulings,
    why: explain(row, explanation),
  };
}

/** Every gate of the database with its state and backlog. */
export async function listGates(): Promise<readonly GateStatus[]> {
  await requireSchema();
  const names = await ledger().gates();
  const gates = await Promise.all(names.map((name) => readGate(name)));
  return gates.filter((gate) => gate !== null);
}

/** One gate; null where there is none of that name. */
export async function readGate(name: string): Promise<GateStatus | null> {
  await requireSchema();
  if (!isStorable(name)) return null;
  const everyMs = tickEveryMs(readEnvironment().schedule);
  return await ledger().status(name, everyMs === null ? {} : { tickEveryMs: everyMs });
}

/** Runs, newest first. @throws InputError 400 for a cursor that is none. */
export async function listRuns(
  options: { gate?: string; cursor?: string; limit?: number } = {},
): ReturnType<Ledger['runs']> {
  await requireSchema();
  const [at = '', id = ''] = options.cursor?.split('_') ?? [];
  if (options.cursor !== undefined && !(/^\d{1,16}$/.test(at) && isRecordId(id))) throw unknownCursor();
  if (!isStorable(options.gate ?? '')) return { runs: [], cursor: null };
  return await ledger().runs(options);
}

/** One run with its results; null where there is none. */
export async function readRun(id: string): ReturnType<Ledger['run']> {
  if (!isRecordId(id)) return null;
  await requireSchema();
  return await ledger().run(id);
}

/** Parked items of a gate, latest first. @throws InputError 400 for a cursor that is none. */
export async function listParked(
  gate: string,
  options: { cursor?: string; limit?: number } = {},
): Promise<{ readonly parked: readonly ParkedView[]; readonly cursor: string | null }> {
  await requireSchema();
  if (options.cursor !== undefined && !/^\d{1,16}_[^\0]*$/.test(options.cursor)) throw unknownCursor();
  if (!isStorable(gate)) return { parked: [], cursor: null };
  return await ledger().parked(gate, options);
}

/** Per hour (up to two days) or per day of `TIME_ZONE`; empty points included. */
export async function readTrends(gate: string, days: number): Promise<Trends> {
  await requireSchema();
  // No gate has a name that PostgreSQL cannot hold: asked for, it is one that did nothing.
  return await ledger().trends(isStorable(gate) ? gate : '', { days, timeZone: readEnvironment().timeZone });
}

/** Throws 404 where no records are kept. */
export async function requireRecords(): Promise<void> {
  await requireSchema();
  if (!(await recordsAreOn())) throw notFound();
}

/** The record's own rules come before the gate's: what the source leaves out, the gate never sees. */
function explain(row: RecordRow, gate: Explanation | null): Explanation {
  const own: Rule[] = [
    {
      rule: 'ruled',
      holds: row.ruledAt !== null,
      text: row.ruledAt === null ? 'No person has ruled on it.' : 'A person has ruled on it.',
    },
    {
      rule: 'verdict',
      holds: row.status !== 'pending',
      text: row.status === 'pending' ? 'It has no verdict yet.' : `It is ${row.status} already.`,
    },
    {
      rule: 'submitted',
      holds: row.status === 'pending' && row.submittedAt !== null,
      text: row.submittedAt === null ? 'No answer was bought for it yet.' : 'An answer was bought for it already.',
    },
    {
      rule: 'attachment',
      holds: row.attachments === 0,
      text: row.attachments === 0 ? 'It has no attachment.' : 'It has an attachment.',
    },
  ];
  const rules = [...own, ...(gate?.rules ?? [])];
  const held = rules.find(({ holds }) => holds);
  return { eligible: held === undefined, because: held?.text ?? gate?.because ?? 'Nothing holds it back.', rules };
}
