/**
 * Attachments to pages: one reading of the same bytes for everybody in this process, and the pool behind it. What is
 * shared hangs on globalThis, since a bundler may load this module several times.
 */

import { createHash } from 'node:crypto';
import { VerifierError } from '../errors.ts';
import type { Attachment, Box, Line, Page, PagePicture, Turn } from '../types.ts';
import { readingProcesses, readLimits } from './limits.ts';
import { createPool, type Pool } from './pool.ts';
import {
  isRefused,
  type Look,
  type ModelFiles,
  type PictureAnswer,
  type ReadAnswer,
  type Refused,
  type RowsAnswer,
  type Script,
} from './protocol.ts';

/** One attachment after a look at it: its pages, or why it has none. */
export interface Sight {
  readonly sha256: string;
  readonly pages: readonly Page[];
  readonly refused: Refused['refused'] | null;
  /** CPU milliseconds this look cost now; 0 when it was known. */
  readonly cpuMs: number;
}

/** Reads attachments, and draws pages for people. */
export interface Reader {
  look(
    attachment: Attachment,
    at: {
      index: number;
      look: Look;
      script?: Script | undefined;
      turned?: readonly Turn[] | undefined;
      signal?: AbortSignal | undefined;
      timeoutMs?: (() => number) | undefined;
    },
  ): Promise<Sight>;
  /** Reads single rows of a page again, those that are not known yet; a file that cannot be read again gives none. */
  reread(
    attachment: Attachment,
    at: {
      page: Page;
      rows: readonly { readonly row: number; readonly box: Box; readonly height: number }[];
      signal?: AbortSignal | undefined;
      timeoutMs?: (() => number) | undefined;
    },
  ): Promise<{ rows: Map<number, readonly Line[]>; cpuMs: number }>;
  picture(
    attachment: Attachment,
    at: { page: number; turned: Turn; signal?: AbortSignal | undefined },
  ): Promise<PagePicture>;
  close(): Promise<void>;
  readonly pool: Pool;
}

interface Shared {
  readonly pool: Pool;
  users: number;
  /** Readings by sha256 and look, least recently used first. */
  readonly known: Map<string, Promise<ReadAnswer | Refused>>;
  /** Rows read again, by sha256, page, turn and place. */
  readonly rows: Map<string, Promise<readonly Line[]>>;
}

const sharedKey = Symbol.for('tidegate.verifier.reading');
const knownMax = 512;
const rowsMax = 8_192;

/** The reader of this process for a number of reading processes; starts nothing until the first look. */
export function openReader(processes: number = readingProcesses(), files: ModelFiles = {}): Reader {
  const all = sharedReading();
  const name = `${processes} ${JSON.stringify(files)}`;
  const shared = all.get(name) ?? { pool: createPool(processes, files), users: 0, known: new Map(), rows: new Map() };
  all.set(name, shared);
  shared.users += 1;
  let open = true;
  return {
    pool: shared.pool,
    async look(attachment, { index, look, script = 'any', turned, signal, timeoutMs }) {
      const sha256 = createHash('sha256').update(attachment.bytes).digest('hex');
      const key = `${sha256}/${look}/${script}`;
      const known = shared.known.get(key);
      const reading: Promise<ReadAnswer | Refused> =
        known ??
        (shared.pool.ask(
          { op: 'read', bytes: attachment.bytes, look, script, ...(turned === undefined ? {} : { turned }) },
          { signal, timeoutMs },
        ) as Promise<ReadAnswer | Refused>);
      remember(shared.known, key, reading);
      const answer = await sharedAnswer(reading, { known: known !== undefined, signal }).catch((error: unknown) => {
        if (shared.known.get(key) === reading) shared.known.delete(key);
        throw error;
      });
      const cpuMs = known === undefined ? answer.cpuMs : 0;
      if (!isRefused(answer)) {
        return { sha256, pages: answer.pages.map((page) => ({ ...page, attachment: index })), refused: null, cpuMs };
      }
      if (answer.refused === 'out_of_time' || answer.refused === 'reader_died') shared.known.delete(key);
      return { sha256, pages: [], refused: answer.refused, cpuMs };
    },
    reread: (attachment, at) => rereadRows(shared, attachment, at),
    async picture(attachment, { page, turned, signal }) {
      const answer = await shared.pool.ask(
        { op: 'picture', bytes: attachment.bytes, page, turned },
        { signal, timeoutMs: () => readLimits.pictureMaxMs },
      );
      if (isRefused(answer)) {
        throw new VerifierError('unreadable_page', `The page cannot be shown: ${answer.detail}`, {
          hint: answer.refused,
        });
      }
      return answer as PictureAnswer;
    },
    async close() {
      if (!open) return;
      open = false;
      shared.users -= 1;
      if (shared.users > 0) return;
      if (all.get(name) === shared) all.delete(name);
      await shared.pool.close();
    },
  };
}

async function rereadRows(
  shared: Shared,
  attachment: Attachment,
  { page, rows, signal, timeoutMs }: Parameters<Reader['reread']>[1],
): ReturnType<Reader['reread']> {
  const sha256 = createHash('sha256').update(attachment.bytes).digest('hex');
  const keyOf = ({ box }: { box: Box }): string => `${sha256}/${page.page}/${page.turned}/${box.join()}`;
  const missing = rows.filter((row) => !shared.rows.has(keyOf(row)));
  let cpuMs = 0;
  if (missing.length > 0) {
    const { page: number, turned } = page;
    const asked = { op: 'reread', bytes: attachment.bytes, page: number, turned, rows: missing } as const;
    const answer = shared.pool.ask(asked, { signal, timeoutMs }) as Promise<RowsAnswer | Refused>;
    missing.forEach((row, i) => {
      const key = keyOf(row);
      const lines = answer.then((got) => (isRefused(got) ? [] : (got.rows[i] ?? [])));
      shared.rows.set(key, lines);
      // A reading that was given up or failed is nobody's knowledge.
      answer.then((got) => isRefused(got) && shared.rows.delete(key)).catch(() => shared.rows.delete(key));
    });
    cpuMs = (await answer).cpuMs;
  }
  const read = new Map<number, readonly Line[]>();
  for (const row of rows) {
    const lines = shared.rows.get(keyOf(row));
    read.set(row.row, lines === undefined ? [] : await sharedAnswer(lines, { known: true, signal }));
  }
  while (shared.rows.size > rowsMax) shared.rows.delete(shared.rows.keys().next().value as string);
  return { rows: read, cpuMs };
}

function sharedReading(): Map<string, Shared> {
  const holder = globalThis as { [sharedKey]?: Map<string, Shared> };
  holder[sharedKey] ??= new Map();
  return holder[sharedKey];
}

function remember(known: Shared['known'], key: string, reading: Promise<ReadAnswer | Refused>): void {
  known.delete(key);
  known.set(key, reading);
  reading.catch(() => {
    if (known.get(key) === reading) known.delete(key);
  });
  if (known.size > knownMax) known.delete(known.keys().next().value as string);
}

/** Waits for a reading another call started, but lets go when this call is given up. */
function sharedAnswer<T>(reading: Promise<T>, at: { known: boolean; signal: AbortSignal | undefined }): Promise<T> {
  const { signal } = at;
  if (!at.known || signal === undefined) return reading;
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(new VerifierError('aborted', 'Given up while reading.', { cause: signal.reason }));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
