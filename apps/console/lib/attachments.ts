/**
 * The files of a record as bytes, for an attempt. What the store says of a file becomes blame here: a file that is gone
 * is its record's affair, a store that does not answer is the provider's.
 */
import { AnswerError, Park } from 'tidegate';
import { readEnvironment } from './environment.ts';
import { openStore, StoreError } from './store.ts';

/** One byte more than a document may have: the verifier sees that it is too large, and says so. */
const readMax = 20 * 1024 * 1024 + 1;

/** The bytes of a record's files, for an attempt. @throws Park for a missing file, AnswerError for a silent store. */
export async function readAttachments(files: readonly { path: string }[]): Promise<{ bytes: Uint8Array }[]> {
  const store = openStore(readEnvironment().attachmentsDir);
  const attachments: { bytes: Uint8Array }[] = [];
  for (const { path } of files) attachments.push({ bytes: await store.read(path, readMax).catch(blamed) });
  return attachments;
}

/** What a far end's store says of a file parks the record as it would here; everything else stays as it was thrown. */
export function parkedThere(thrown: unknown): never {
  const { body } = thrown as { body?: { error?: { code?: string; message?: string } } };
  const { code, message } = body?.error ?? {};
  if (code === 'attachment_missing' || code === 'attachment_outside') {
    throw new Park(message ?? 'The file is missing there.', { code, status: 422 });
  }
  throw thrown;
}

function blamed(thrown: unknown): never {
  if (!(thrown instanceof StoreError)) throw thrown;
  if (thrown.code === 'unavailable') {
    const error = { code: 'store_unavailable', message: thrown.message };
    throw new AnswerError(503, { error }, { message: thrown.message });
  }
  const code = thrown.code === 'missing' ? 'attachment_missing' : 'attachment_outside';
  throw new Park(thrown.message, { code, status: 422 });
}
