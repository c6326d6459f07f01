/**
 * Whose fault an attempt's failure is, in the gate's words. Failures are known by their codes, so that this file knows
 * neither the store nor the verifier.
 */
import { AnswerError, Defer, Park } from 'tidegate';

/** A reader is free again after about this. */
const busyMs = 5_000;

/** What a failure may say of itself. */
interface Failure {
  readonly code?: string;
  readonly message?: string;
  readonly body?: { readonly error?: { readonly code?: string; readonly message?: string } };
}

/** A file that is missing is its record's affair and parks it; a store that does not answer is the provider's trouble. */
export function blameStore(thrown: unknown): never {
  const { code, message = '' } = thrown as Failure;
  if (code === 'missing') throw new Park(message, { code: 'attachment_missing', status: 422 });
  if (code === 'refused') throw new Park(message, { code: 'attachment_outside', status: 422 });
  if (code !== 'unavailable') throw thrown;
  throw new AnswerError(503, { error: { code: 'store_unavailable', message } }, { message });
}

/** No reading at all is the gate's fault, no free reader nobody's. */
export function blameReading(thrown: unknown): never {
  const { code, message = '' } = thrown as Failure;
  if (code === 'ocr_busy') throw new Defer(busyMs, message);
  if (code !== 'ocr_unavailable') throw thrown;
  throw Object.assign(new Error(message, { cause: thrown }), { code, blame: 'gate' });
}

/** What a far end's store says of a file parks the record as it would here; everything else stays as it was thrown. */
export function blameFarEnd(thrown: unknown): never {
  const { code, message } = (thrown as Failure).body?.error ?? {};
  if (code !== 'attachment_missing' && code !== 'attachment_outside') throw thrown;
  throw new Park(message ?? 'The file is missing there.', { code, status: 422 });
}
