/**
 * The browser's one way to write: fetch to the API, JSON both ways. What was refused comes back as a sentence in the
 * page's language, with the code for those who decide by it.
 */

import type { Format } from '../lib/words/format.ts';
import type { Words } from '../lib/words/index.ts';

export type Written =
  | { readonly ok: true; readonly status: number; readonly body: unknown; readonly location: string | null }
  | {
      readonly ok: false;
      readonly status: number;
      readonly code: string;
      readonly field: string | null;
      readonly sentence: string;
    };

/** Sends one write. Never throws: a network failure is status 0, code `network`. */
export async function write(
  path: string,
  request: { readonly method?: 'POST' | 'DELETE'; readonly json?: unknown },
  words: { readonly w: Words; readonly f: Format },
): Promise<Written> {
  try {
    const response = await fetch(path, {
      method: request.method ?? 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) {
      return { ok: true, status: response.status, body, location: response.headers.get('location') };
    }
    return refused({ status: response.status, body, retryAfter: response.headers.get('retry-after') }, words);
  } catch {
    return { ok: false, status: 0, code: 'network', field: null, sentence: words.w.refusal.network };
  }
}

/** Turns a refusal of the API into a code and a sentence: our own where we have one, else the server's. */
export function refused(
  answer: { readonly status: number; readonly body: unknown; readonly retryAfter: string | null },
  { w, f }: { readonly w: Words; readonly f: Format },
): Written & { readonly ok: false } {
  const error = (answer.body as { error?: { code?: unknown; message?: unknown; field?: unknown } } | null)?.error;
  const code = typeof error?.code === 'string' ? error.code : `http_${answer.status}`;
  const message = typeof error?.message === 'string' ? error.message : null;
  const field = typeof error?.field === 'string' ? error.field : null;
  const wait = Number(answer.retryAfter);
  const sentence = w.refusals[code] ?? message ?? w.refusal.unknown(answer.status);
  const again = answer.retryAfter !== null && wait > 0 ? ` ${w.refusal.wait(f.duration(wait * 1000))}` : '';
  return { ok: false, status: answer.status, code, field, sentence: sentence + again };
}
