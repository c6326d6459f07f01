/**
 * The only way to a provider: one request, no redirect, an answer of at most 1 MiB that is read whole before anybody
 * parses it, and given up at once when the signal says so, whatever the body's stream does.
 */

/** An answer of a model about a page is a few kilobytes. */
export const answerBytesMax = 1024 * 1024;

/** Thrown for an answer that is too long to be one. */
export class AnswerTooLong extends Error {
  constructor() {
    super(`the answer is longer than ${answerBytesMax} bytes`);
    this.name = 'AnswerTooLong';
  }
}

/** `fetch` with these bounds, in the shape the SDKs take. */
export const boundedFetch: typeof fetch = async (input, init) => {
  const signal = init?.signal ?? undefined;
  const response = await orAborted(fetch(input, { ...init, redirect: 'manual' }), signal);
  const body = await orAborted(readWhole(response), signal).catch((error: unknown) => {
    // The rest is not waited for; a stream that cannot be cancelled ends with its connection.
    response.body?.cancel().catch(() => {});
    throw error;
  });
  const headers = new Headers(response.headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name);
  const { status, statusText } = response;
  return new Response([204, 205, 304].includes(status) ? null : body, { status, statusText, headers });
};

async function readWhole(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > answerBytesMax) {
      reader.cancel().catch(() => {});
      throw new AnswerTooLong();
    }
    chunks.push(value);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The promise, or the signal's reason as soon as it is aborted. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => {});
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
