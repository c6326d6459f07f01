/**
 * The one error of this package. It is thrown only for failures of the machinery; whatever a document or a claim does
 * wrong is a verdict. Recognised by its marker, since a bundler may load this module more than once.
 */

/**
 * `ocr_unavailable`: reading cannot start at all. `ocr_busy`: given up while still waiting for a reading process.
 * `aborted`: given up while reading or asking. `closed`: asked after `close()`. `unreadable_page`: a preview was asked of
 * a file or page that cannot be shown. `invalid_kind`: a kind's definition contradicts itself.
 *
 * Of a language model: `provider_unavailable`: no answer, or none that makes sense. `provider_busy`: asked to wait.
 * `provider_denied`: key, account or address. `model_unknown`: no such model there. `model_unfit`: it takes no images or
 * gives no structured answer.
 */
export type VerifierErrorCode =
  | 'ocr_unavailable'
  | 'ocr_busy'
  | 'aborted'
  | 'closed'
  | 'unreadable_page'
  | 'invalid_kind'
  | 'provider_unavailable'
  | 'provider_busy'
  | 'provider_denied'
  | 'model_unknown'
  | 'model_unfit';

const marker = Symbol.for('tidegate.verifier.error');

/** What a failure at a provider tells whoever has to sort the blame. */
export interface ProviderFacts {
  /** As the provider answered; 0 when no answer came. */
  readonly status?: number | undefined;
  /** `gate`: settings or account, no record's affair. `provider`: nobody answered. Left out, the status says it. */
  readonly blame?: 'gate' | 'provider' | undefined;
  /** How long the provider asks everybody to wait. */
  readonly retryAfterMs?: number | undefined;
  /** What was spent before the failure, in micro-dollars; a call cut short counts as dear as it can have been. */
  readonly costMicros?: number | undefined;
  readonly tokens?: number | undefined;
}

/** A failure of the verifier's machinery, with a stable code and a hint that says what to do. */
export class VerifierError extends Error {
  readonly code: VerifierErrorCode;
  readonly hint: string;
  readonly status: number | undefined;
  readonly blame: 'gate' | 'provider' | undefined;
  readonly retryAfterMs: number | undefined;
  readonly costMicros: number | undefined;
  readonly tokens: number | undefined;

  constructor(
    code: VerifierErrorCode,
    message: string,
    { hint, cause, ...facts }: { hint?: string; cause?: unknown } & ProviderFacts = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'VerifierError';
    this.code = code;
    this.hint = hint ?? '';
    this.status = facts.status;
    this.blame = facts.blame;
    this.retryAfterMs = facts.retryAfterMs;
    this.costMicros = facts.costMicros;
    this.tokens = facts.tokens;
    Object.defineProperty(this, marker, { value: true });
  }
}

/** Whether a caught value is a VerifierError, of whichever copy of this module. */
export function isVerifierError(value: unknown): value is VerifierError {
  return typeof value === 'object' && value !== null && marker in value;
}
