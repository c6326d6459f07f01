/**
 * What a provider's failure is, in words that sort the blame. Nothing of a request and no sentence of a provider's
 * travels on: both may hold the picture or a part of the key; only its status and its short codes do.
 */

import { VerifierError } from '../errors.ts';
import { AnswerTooLong } from './bounded-fetch.ts';
import type { ModelSettings } from './settings.ts';

/** The provider will not take this one request: of its picture, or of the way it was asked. */
export class RequestRefused extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(`answered ${status}${detail}`);
    this.name = 'RequestRefused';
    this.status = status;
  }
}

/** What an SDK may have thrown; anything may be missing. */
interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly statusCode?: number;
  readonly responseBody?: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The failure as this package throws it, or `RequestRefused` where the request itself was not taken. */
export function failureOf(thrown: unknown, settings: ModelSettings): VerifierError | RequestRefused {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown;
  const { statusCode: status } = error;
  const { provider } = settings;
  if (causes(thrown).some((cause) => cause instanceof AnswerTooLong)) {
    return noSense(`${provider} answered with more than 1 MiB.`);
  }
  if (status === undefined) {
    const code = networkCode(thrown);
    return new VerifierError(
      'provider_unavailable',
      code === null ? `${provider} gave no usable answer.` : `${provider} cannot be reached: ${code}.`,
      { status: code === null ? 502 : 0, ...(code === null ? {} : { blame: 'provider' }) },
    );
  }
  if (status < 300) return noSense(`${provider} answered with something that is no model's answer.`);
  return byStatus(status, error, settings);
}

function byStatus(status: number, error: Thrown, settings: ModelSettings): VerifierError | RequestRefused {
  const { provider, model } = settings;
  const codes = codesIn(error.responseBody);
  const detail = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const retryAfterMs = retryAfterIn(error.responseHeaders, Date.now());
  const gate = { status, blame: 'gate' } as const;
  if (status < 400 || status === 405) {
    return new VerifierError('provider_denied', `AI_BASE_URL: ${provider} answers ${status} there${detail}.`, {
      ...gate,
      hint: 'Redirects are not followed: set AI_BASE_URL to the address that answers by itself.',
    });
  }
  if (status === 401 || status === 403 || codes.some((code) => /api_?key/i.test(code))) {
    return new VerifierError('provider_denied', `AI_API_KEY: ${provider} refuses it with ${status}${detail}.`, {
      ...gate,
      hint: 'Set AI_API_KEY to a key that may use AI_MODEL.',
    });
  }
  if (status === 402 || codes.some((code) => /quota|billing|credit/i.test(code))) {
    return new VerifierError('provider_denied', `${provider} refuses for want of money, with ${status}${detail}.`, {
      ...gate,
      hint: "Look at the account's credit and limits there.",
    });
  }
  if (status === 404 || codes.some((code) => /model_?not_?found|unknown_?model|invalid_?model/i.test(code))) {
    return new VerifierError('model_unknown', `AI_MODEL: ${provider} knows no model ${model}${detail}.`, {
      ...gate,
      hint: 'Look at the names the provider lists; with AI_BASE_URL, at that address too.',
    });
  }
  if (status === 429) {
    return new VerifierError('provider_busy', `${provider} asks to wait${detail}.`, { status, retryAfterMs });
  }
  if (status === 408 || status === 409 || status === 425 || status >= 500) {
    const shown = status === 409 ? 503 : status;
    return new VerifierError('provider_unavailable', `${provider} answers ${status}${detail}.`, {
      status: Math.min(599, shown),
      retryAfterMs,
    });
  }
  return new RequestRefused(status, detail);
}

function noSense(message: string): VerifierError {
  return new VerifierError('provider_unavailable', message, { status: 502 });
}

/** Short codes of a provider's error: what stands as `code`, `type`, `status` or `reason`, and never its sentences. */
function codesIn(body: string | undefined): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? '');
  } catch {
    return [];
  }
  const found = new Set<string>();
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 5) return;
    for (const [name, inner] of Object.entries(value).slice(0, 20)) {
      if (['code', 'type', 'status', 'reason'].includes(name)) {
        if (typeof inner === 'string' && /^[A-Za-z][\w.-]{1,48}$/.test(inner) && inner !== 'error') found.add(inner);
      }
      if (name === 'message' && typeof inner === 'string' && /credit balance is too low/i.test(inner)) {
        found.add('credit_balance_too_low');
      }
      walk(inner, depth + 1);
    }
  };
  walk(parsed, 0);
  return [...found].slice(0, 3);
}

/** Milliseconds that the headers ask to wait: `retry-after-ms`, else `retry-after` in seconds or as a date. */
export function retryAfterIn(headers: Readonly<Record<string, string>> | undefined, nowMs: number): number | undefined {
  const millis = headers?.['retry-after-ms']?.trim() ?? '';
  if (/^\d{1,12}(?:\.\d+)?$/.test(millis)) return Number(millis);
  const after = headers?.['retry-after']?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(after)) return Number(after) * 1000;
  const at = /[a-z]/i.test(after) ? Date.parse(after) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function causes(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = thrown; typeof at === 'object' && at !== null && chain.length < 6; ) {
    chain.push(at);
    at = (at as { cause?: unknown }).cause;
  }
  return chain;
}

/** The innermost network code, such as `ECONNREFUSED`, or null when nobody says the network failed. */
function networkCode(thrown: unknown): string | null {
  const codes = causes(thrown).flatMap((cause) => {
    const { code, errors } = cause as { code?: unknown; errors?: { code?: unknown }[] };
    return [code, errors?.[0]?.code].filter((one): one is string => typeof one === 'string');
  });
  const found = codes.findLast((code) => /^[A-Z][A-Z_]{3,40}$/.test(code));
  if (found !== undefined) return found;
  return causes(thrown).some((cause) => /fetch failed|terminated|socket/i.test((cause as Error).message ?? ''))
    ? 'connection lost'
    : null;
}
