/**
 * The files of a record for people: the bytes as they were uploaded, and single pages as pictures.
 */

import { inspect, isVerifierError, type Turn } from '@tidegate/verifier';
import { openAttachments } from './attachments-place.ts';
import { readEnvironment } from './environment.ts';
import { notFound } from './errors.ts';
import { requireRecords } from './queries.ts';
import { processVerifier } from './reading.ts';
import { isRecordId, selectAttachments, selectRecord } from './records.ts';
import { StoreError } from './store.ts';

/** Nothing larger is shown to anybody. */
const shownMax = 64 * 1024 * 1024;

/** A file for a person: what it is by its content, whatever the row says. */
export interface FileForPerson {
  readonly bytes: Uint8Array;
  readonly mediaType: string | null;
  readonly name: string;
}

/** The `n`th file of a record. @throws InputError 404 for every record, number or file that is not there. */
export async function attachmentBytes(id: string, n: string): Promise<FileForPerson> {
  await requireRecords();
  if (!isRecordId(id) || !/^(0|[1-9]\d{0,5})$/.test(n)) throw notFound();
  const file = (await selectAttachments(id))[Number(n)];
  if (file === undefined) throw notFound();
  const bytes = await openAttachments(readEnvironment().attachments).read(file.path, shownMax).catch(missed);
  const mediaType = inspect(bytes);
  return { bytes, mediaType, name: `${id}-${n}.${mediaType?.split('/')[1] ?? 'bin'}` };
}

/** One page of a file, from 1, as a picture that stands upright as far as is known. @throws InputError 404 where there is none. */
export async function attachmentPage(
  id: string,
  n: string,
  { page, signal }: { page: string; signal: AbortSignal },
): Promise<FileForPerson> {
  const { bytes } = await attachmentBytes(id, n);
  if (!/^[1-9]\d{0,5}$/.test(page)) throw notFound();
  try {
    const turned = await turnOf(id, { attachment: Number(n), page: Number(page) });
    const picture = await processVerifier().page({ bytes }, Number(page), { turned, signal });
    return { bytes: picture.bytes, mediaType: picture.mediaType, name: `${id}-${n}-${page}` };
  } catch (thrown) {
    throw isVerifierError(thrown) && thrown.code === 'unreadable_page' ? notFound() : thrown;
  }
}

/** How the verdict's reader had to turn the page; a verdict from elsewhere may say nothing or nonsense. */
async function turnOf(id: string, at: { attachment: number; page: number }): Promise<Turn> {
  const pages: unknown = (await selectRecord(id))?.verdict?.pages;
  const seen = (Array.isArray(pages) ? pages : []).find(
    (page) => page?.attachment === at.attachment && page?.page === at.page,
  );
  return [90, 180, 270].includes(seen?.turned) ? seen.turned : 0;
}

function missed(thrown: unknown): never {
  throw thrown instanceof StoreError && thrown.code !== 'unavailable' ? notFound() : thrown;
}
