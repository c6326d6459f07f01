/**
 * The one error of this package. It is thrown only for failures of the machinery; whatever a document or a claim does
 * wrong is a verdict. Recognised by its marker, since a bundler may load this module more than once.
 */

/**
 * `ocr_unavailable`: reading cannot start at all. `ocr_busy`: given up while still waiting for a reading process.
 * `aborted`: given up while reading. `closed`: asked after `close()`. `unreadable_page`: a preview was asked of a file
 * or page that cannot be shown. `invalid_kind`: a kind's definition contradicts itself.
 */
export type VerifierErrorCode =
  | 'ocr_unavailable'
  | 'ocr_busy'
  | 'aborted'
  | 'closed'
  | 'unreadable_page'
  | 'invalid_kind';

const marker = Symbol.for('tidegate.verifier.error');

/** A failure of the verifier's machinery, with a stable code and a hint that says what to do. */
export class VerifierError extends Error {
  readonly code: VerifierErrorCode;
  readonly hint: string;

  constructor(code: VerifierErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'VerifierError';
    this.code = code;
    this.hint = options.hint ?? '';
    Object.defineProperty(this, marker, { value: true });
  }
}

/** Whether a caught value is a VerifierError, of whichever copy of this module. */
export function isVerifierError(value: unknown): value is VerifierError {
  return typeof value === 'object' && value !== null && marker in value;
}
