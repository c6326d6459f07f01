/**
 * The files of a record as bytes, for an attempt.
 */
import { openAttachments } from './attachments-place.ts';
import { blameStore } from './blame.ts';
import { readEnvironment } from './environment.ts';

/** One byte more than a document may have: the verifier sees that it is too large, and says so. */
const readMax = 20 * 1024 * 1024 + 1;

/** The bytes of a record's files. @throws Park for a missing file, AnswerError for a silent store. */
export async function readAttachments(files: readonly { path: string }[]): Promise<{ bytes: Uint8Array }[]> {
  const store = openAttachments(readEnvironment().attachments);
  const attachments: { bytes: Uint8Array }[] = [];
  for (const { path } of files) attachments.push({ bytes: await store.read(path, readMax).catch(blameStore) });
  return attachments;
}
