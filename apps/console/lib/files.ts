/**
 * The files of a record for people: the bytes as they were uploaded, and single pages as pictures.
 */
import { inspect, isVerifierError } from '@tidegate/verifier';
import { readEnvironment } from './environment.ts';
import { notFound } from './errors.ts';
import { requireRecords } from './queries.ts';
import { processVerifier } from './reading.ts';
import { isRecordId, selectAttachments } from './records.ts';
import { openStore, StoreError } from './store.ts';

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
  const bytes = await openStore(readEnvironment().attachmentsDir).read(file.path, shownMax).catch(missed);
  const mediaType = inspect(bytes);
  return { bytes, mediaType, name: `${id}-${n}.${mediaType?.split('/')[1] ?? 'bin'}` };
}

/** One page of a file, from 1, as a picture. @throws InputError 404 where there is none to show. */
export async function attachmentPage(
  id: string,
  n: string,
  { page, signal }: { page: string; signal: AbortSignal },
): Promise<FileForPerson> {
  const { bytes } = await attachmentBytes(id, n);
  if (!/^[1-9]\d{0,5}$/.test(page)) throw notFound();
  try {
    const picture = await processVerifier().page({ bytes }, Number(page), { signal });
    return { bytes: picture.bytes, mediaType: picture.mediaType, name: `${id}-${n}-${page}` };
  } catch (thrown) {
    throw isVerifierError(thrown) && thrown.code === 'unreadable_page' ? notFound() : thrown;
  }
}

function missed(thrown: unknown): never {
  throw thrown instanceof StoreError && thrown.code !== 'unavailable' ? notFound() : thrown;
}
