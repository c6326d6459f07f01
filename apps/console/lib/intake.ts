/**
 * Takes records in: a form with claims and files, streamed into the store, checked, and entered in one transaction.
 * When anything is wrong nothing is kept, neither rows nor files.
 */

import { randomUUID } from 'node:crypto';
import { inspect, type MediaType, shippedKinds } from '@tidegate/verifier';
import { openAttachments } from './attachments-place.ts';
import { isObject, isStorable } from './body.ts';
import { inTransaction, isDatabaseAway, isDataRefused } from './database.ts';
import { readEnvironment } from './environment.ts';
import { InputError } from './errors.ts';
import { boundaryOf, type Part, readMultipart, textOf } from './multipart.ts';
import { type Received, type Store, StoreError } from './store.ts';

const mebibyte = 1024 * 1024;
const claimsBytesMax = 64 * 1024;
const shortBytesMax = 200;
/** What the form itself may weigh beside its files. */
const frameBytesMax = mebibyte;

/** What one upload may hold, in bytes; a function platform cuts bodies at some 4 MB. */
export interface IntakeLimits {
  readonly filesMax: number;
  readonly fileBytesMax: number;
  readonly bytesMax: number;
}

/** A file of an upload, with what it was found to be. */
interface File {
  readonly received: Received;
  readonly mediaType: MediaType;
}

interface Form {
  readonly fields: Map<string, string>;
  readonly files: File[];
}

const extensions: Readonly<Record<MediaType, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
};

/** The limits that hold here. */
export function intakeLimits(): IntakeLimits {
  if (readEnvironment().serverless) return { filesMax: 20, fileBytesMax: 4_000_000, bytesMax: 4_000_000 };
  return { filesMax: 20, fileBytesMax: 20 * mebibyte, bytesMax: 40 * mebibyte };
}

/** What the intake form offers: kinds, and the fields that each of them knows. */
export function intakeKinds(): readonly {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly required: boolean }[];
}[] {
  return shippedKinds.map(({ name, fields }) => ({
    name,
    fields: fields.map(({ name: field, required }) => ({ name: field, required })),
  }));
}

/**
 * Takes in one record and returns its id.
 * @throws InputError 400, 413, 415 or 422 that names the field.
 */
export async function takeIn(request: Request): Promise<string> {
  const limits = intakeLimits();
  const boundary = boundaryOf(request.headers.get('content-type'));
  if (boundary === null) {
    throw new InputError(415, 'unsupported_media_type', 'Expected multipart/form-data.', { field: 'files' });
  }
  if (Number(request.headers.get('content-length') ?? 0) > limits.bytesMax + frameBytesMax) throw tooMuch(limits);
  const store = openAttachments(readEnvironment().attachments);
  const form: Form = { fields: new Map(), files: [] };
  try {
    for await (const part of readMultipart(request.body, { boundary, bytesMax: limits.bytesMax + frameBytesMax })) {
      await takePart(form, part, { store, limits });
    }
    return await enter(checked(form), form.files, store);
  } finally {
    await Promise.all(form.files.map(({ received }) => received.discard()));
  }
}

async function takePart(form: Form, part: Part, at: { store: Store; limits: IntakeLimits }): Promise<void> {
  if (part.isFile && part.name === 'files') {
    form.files.push(await takeFile(part, form.files, at));
  } else if (['kind', 'locale', 'claims'].includes(part.name)) {
    form.fields.set(part.name, await textOf(part, part.name === 'claims' ? claimsBytesMax : shortBytesMax));
  }
}

async function takeFile(
  part: Part,
  before: readonly File[],
  { store, limits }: { store: Store; limits: IntakeLimits },
): Promise<File> {
  if (before.length >= limits.filesMax) {
    throw new InputError(413, 'too_many_files', `Expected at most ${limits.filesMax} files.`, { field: 'files' });
  }
  const left = limits.bytesMax - before.reduce((sum, { received }) => sum + received.bytes, 0);
  const received = await store.receive(part.body, Math.min(left, limits.fileBytesMax)).catch((thrown: unknown) => {
    throw thrown instanceof StoreError && thrown.code === 'too_large' ? tooMuch(limits) : thrown;
  });
  const mediaType = received.bytes === 0 ? null : inspect(await received.read());
  if (mediaType !== null) return { received, mediaType };
  await received.discard();
  if (received.bytes === 0) throw new InputError(422, 'empty_file', 'A file is empty.', { field: 'files' });
  throw new InputError(415, 'unsupported_file', 'Expected JPEG, PNG, WebP or PDF.', { field: 'files' });
}

interface Checked {
  readonly kind: string;
  readonly locale: string | null;
  readonly claims: string;
}

function checked({ fields, files }: Form): Checked {
  const kind = fields.get('kind') ?? '';
  if (!shippedKinds.some(({ name }) => name === kind)) {
    const known = shippedKinds.map(({ name }) => name).join(', ');
    throw new InputError(422, 'unknown_kind', `kind: expected one of ${known}.`, { field: 'kind' });
  }
  const claims = checkedClaims(fields.get('claims') ?? '');
  const locale = checkedLocale(fields.get('locale')?.trim() || null);
  if (files.length === 0) throw new InputError(422, 'no_file', 'Expected at least one file.', { field: 'files' });
  return { kind, locale, claims };
}

function checkedClaims(text: string): string {
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch {
    throw new InputError(400, 'malformed_claims', 'claims: expected a JSON object.', { field: 'claims' });
  }
  if (!isObject(claims)) {
    throw new InputError(422, 'malformed_claims', 'claims: expected a JSON object.', { field: 'claims' });
  }
  // Deeper than anything that could be a claim; PostgreSQL would give up on its own stack.
  const scalars = Object.values(claims).every((value) => value === null || typeof value !== 'object');
  if (!scalars || !Object.entries(claims).flat().every(isStorableValue)) {
    throw new InputError(422, 'malformed_claims', 'claims: expected texts and numbers.', { field: 'claims' });
  }
  // As it was written: numbers must not pass through a float.
  return text;
}

function isStorableValue(value: unknown): boolean {
  return typeof value !== 'string' || isStorable(value);
}

function checkedLocale(locale: string | null): string | null {
  if (locale === null) return null;
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? null;
  } catch {
    throw new InputError(422, 'unknown_locale', 'locale: expected a tag like ko-KR.', { field: 'locale' });
  }
}

/** Files first, rows after: a row never names a file that is not there. What a failed entry leaves is taken away. */
async function enter(record: Checked, files: readonly File[], store: Store): Promise<string> {
  const id = randomUUID();
  const kept: string[] = [];
  try {
    for (const [n, { received, mediaType }] of files.entries()) {
      const path = `${id}/${n}.${extensions[mediaType]}`;
      await received.keep(path);
      kept.push(path);
    }
    await inTransaction(async (client) => {
      await client.query('insert into public.records (id, kind, locale, claims) values ($1, $2, $3, $4)', [
        id,
        record.kind,
        record.locale,
        record.claims,
      ]);
      // Microseconds apart: attachments are counted by their time of arrival.
      await client.query(
        `insert into public.attachments (record_id, path, media_type, sha256, bytes, created_at)
         select $1, f.path, f.media_type, f.sha256, f.bytes, now() + f.n * interval '1 microsecond'
         from jsonb_to_recordset($2) as f (n int, path text, media_type text, sha256 text, bytes bigint)`,
        [id, JSON.stringify(files.map((file, n) => rowOf(file, kept[n] ?? '', n)))],
      );
    });
    return id;
  } catch (thrown) {
    // A commit without an answer may have happened: then the rows need their files.
    if (!isDatabaseAway(thrown)) await Promise.all(kept.map((path) => store.remove(path)));
    if (!isDataRefused(thrown)) throw thrown;
    throw new InputError(422, 'malformed_claims', 'claims: the database refuses a value.', { field: 'claims' });
  }
}

function rowOf({ received, mediaType }: File, path: string, n: number): Record<string, unknown> {
  return { n, path, media_type: mediaType, sha256: received.sha256, bytes: received.bytes };
}

function tooMuch({ fileBytesMax, bytesMax }: IntakeLimits): InputError {
  const sentence = `Expected files of at most ${fileBytesMax} bytes, ${bytesMax} altogether.`;
  return new InputError(413, 'too_large', sentence, { field: 'files' });
}
