/**
 * Reads of `public.records` and what hangs on it. SQL and shapes only: what the engine knows of a record is added in
 * `queries.ts`.
 */
import type { Json } from 'tidegate';
import { isDataRefused, select } from './database.ts';
import { InputError } from './errors.ts';
import {
  type AttachmentView,
  type RecordPage,
  type RecordStatus,
  type RecordSummary,
  type RulingView,
  recordStatuses,
  type StoredVerdict,
} from './views.ts';

/** What a list may ask for. */
export interface RecordFilter {
  readonly status?: string | null;
  readonly q?: string | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

/** A time as pg reads it: `infinity` is a number, and a year past 275760 an invalid date. */
export type Time = Date | number;

/** A record's own row. */
export interface RecordRow {
  readonly id: string;
  readonly kind: string;
  readonly locale: string | null;
  readonly claims: Json;
  readonly status: RecordStatus;
  readonly verdict: StoredVerdict | null;
  readonly revision: string;
  readonly ruledAt: Time | null;
  readonly submittedAt: Time | null;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly attachments: number;
}

/** Where a file lies and what it is said to be. */
export interface AttachmentRow extends AttachmentView {
  readonly path: string;
}

const pageMax = 100;
/** Parts of words are looked for among so many of the newest records; whole beginnings of words among all of them. */
const searchedMax = 5_000;

/** The last millisecond of JavaScript's calendar; the first is its negative. PostgreSQL's goes on beyond. */
const timeMax = 8.64e15;

/** A time in ISO 8601. One that JavaScript cannot say is told as the nearest that it can. */
export function isoTime(time: Time): string {
  const ms = Number(time);
  return new Date(Number.isNaN(ms) ? timeMax : Math.min(Math.max(ms, -timeMax), timeMax)).toISOString();
}

/** Whether a text is a uuid, the only thing that can be a record's id. */
export function isRecordId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/**
 * A page of records, newest first.
 * @throws InputError 400 for an unknown status or a cursor that is none.
 */
export async function selectRecords(filter: RecordFilter): Promise<RecordPage> {
  const status = filter.status || null;
  if (status !== null && !recordStatuses.includes(status as RecordStatus)) {
    const message = `status: expected one of ${recordStatuses.join(', ')}.`;
    throw new InputError(400, 'unknown_status', message, { field: 'status' });
  }
  const limit = Math.min(Math.max(filter.limit ?? pageMax, 1), pageMax);
  const q = filter.q?.replaceAll('\0', '').trim().slice(0, 200).toWellFormed() || null;
  const [after, afterId] = readCursor(filter.cursor || null);
  const page = [status, after, afterId, limit + 1];
  const [text, values] = q === null ? [listing, page] : await search(q, page);
  const rows = await select<SummaryRow>(text, values).catch((thrown: unknown) => {
    // Written like a time, and yet none: nobody but us makes cursors.
    throw after !== null && isDataRefused(thrown) ? unknownCursor() : thrown;
  });
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    records: rows.slice(0, limit).map(summaryOf),
    cursor: last === undefined ? null : Buffer.from(`${last.at} ${last.id}`).toString('base64url'),
  };
}

/** One record's row; null where there is none. */
export async function selectRecord(id: string): Promise<RecordRow | null> {
  const rows = await select<RecordRow>(
    `select
       r.id, r.kind, r.locale, r.claims, r.verification_status as status, r.verdict, r.revision::text as revision,
       r.ruled_at as "ruledAt", r.submitted_at as "submittedAt", r.created_at as "createdAt",
       r.updated_at as "updatedAt",
       (select count(*)::int from public.attachments a where a.record_id = r.id) as attachments
     from public.records r
     where r.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** A record's files in the order in which they are counted. */
export async function selectAttachments(id: string): Promise<AttachmentRow[]> {
  const rows = await select<Omit<AttachmentRow, 'n' | 'bytes'> & { bytes: string | null }>(
    `select path, media_type as "mediaType", sha256, bytes::text as bytes
     from public.attachments
     where record_id = $1
     order by created_at, id`,
    [id],
  );
  return rows.map((row, n) => ({ ...row, n, bytes: row.bytes === null ? null : Number(row.bytes) }));
}

/** At most so many records are named that came with the same file. */
const sharersMax = 5;

/** Other records that came with one of this record's files, byte for byte; the newest first. */
export async function selectSharers(id: string): Promise<string[]> {
  const rows = await select<{ id: string }>(
    `select r.id
     from public.records r
     where r.id <> $1 and r.id in (
       select other.record_id
       from public.attachments own
       join public.attachments other on other.sha256 = own.sha256
       where own.record_id = $1
     )
     order by r.created_at desc, r.id desc
     limit $2`,
    [id, sharersMax],
  );
  return rows.map((row) => row.id);
}

/** A record's rulings, latest first. */
export async function selectRulings(id: string): Promise<RulingView[]> {
  const rows = await select<Omit<RulingView, 'at'> & { at: Date }>(
    `select decision, note, operator as by, ruled_at as at, revision::text as revision
     from tidegate_console.rulings
     where record_id = $1
     order by id desc
     limit 100`,
    [id],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

type SummaryRow = Omit<RecordSummary, 'createdAt' | 'submittedAt' | 'reasons'> & {
  readonly at: string;
  readonly createdAt: Time;
  readonly submittedAt: Time | null;
  readonly reasons: unknown;
};

const columns = `
  r.id, r.kind, r.locale, r.claims, r.verification_status as status, r.ruled_at is not null as ruled,
  r.verdict->'reasons' as reasons, r.submitted_at as "submittedAt", r.created_at as "createdAt",
  to_json(r.created_at)#>>'{}' as at,
  (select count(*)::int from public.attachments a where a.record_id = r.id) as attachments`;

/** `$1` status, `$2` and `$3` where the page before ended, `$4` how many. */
const filtered = `
  ($1::text is null or r.verification_status = $1)
  and ($2::timestamptz is null or (r.created_at, r.id) < ($2, $3::uuid))`;

const listing = `
select ${columns}
from public.records r
where ${filtered}
order by r.created_at desc, r.id desc
limit $4`;

/**
 * The search for `q`: its id, records with words that begin so, and among the newest anything inside the claims. The
 * words are made first: bound as a value, their rarity is known to the planner.
 */
async function search(q: string, page: readonly unknown[]): Promise<[text: string, values: readonly unknown[]]> {
  const [asked] = await select<{ words: string | null; newestFrom: string | null }>(asking, [q, searchedMax]);
  const id = isRecordId(q) ? q : null;
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
  return [searching, [...page, id, asked?.words ?? null, asked?.newestFrom ?? null, pattern]];
}

const asking = `
select
  (
    select string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''':*', ' & ')
    from unnest(to_tsvector('simple', $1))
  ) as words,
  (
    select to_json(min(created_at)) #>> '{}'
    from (select created_at from public.records order by created_at desc, id desc limit $2) newest
  ) as "newestFrom"`;

const searching = `
select ${columns}
from public.records r
where ${filtered}
  and (
    r.id = $5::uuid
    or jsonb_to_tsvector('simple'::regconfig, r.claims, '["string", "numeric"]'::jsonb) @@ $6::tsquery
    or r.created_at >= $7::timestamptz and r.claims::text ilike $8
  )
order by r.created_at desc, r.id desc
limit $4`;

function summaryOf({ at: _, ...row }: SummaryRow): RecordSummary {
  return {
    ...row,
    reasons: Array.isArray(row.reasons) ? row.reasons.map(String) : [],
    submittedAt: row.submittedAt === null ? null : isoTime(row.submittedAt),
    createdAt: isoTime(row.createdAt),
  };
}

/** Microseconds matter: a time that went through a JavaScript date would repeat or skip records. */
function readCursor(cursor: string | null): [string | null, string | null] {
  if (cursor === null) return [null, null];
  const [, at, id] = cursorShape.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (at !== undefined && id !== undefined && isRecordId(id)) return [at, id];
  throw unknownCursor();
}

/** A time as PostgreSQL writes it, also the outermost ones, and an id. */
const cursorShape = /^(-?infinity|\d{4,6}-\d\d-\d\dT[\d:.]+(?:[+-][\d:]+|Z)(?: BC)?) (\S+)$/;

/** What a cursor gets that no list has answered. */
export function unknownCursor(): InputError {
  return new InputError(400, 'unknown_cursor', 'cursor: expected one that a list has answered.', { field: 'cursor' });
}
