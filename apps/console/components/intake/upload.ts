'use client';
/** Sends one record with its files. The browser tells how much is sent only through the older request object. */
import type { Format } from '../../lib/words/format.ts';
import type { Words } from '../../lib/words/index.ts';
import { refused, type Written } from '../write.ts';

/** The share that is sent goes from 0 to 1; at 1 the server is still checking. Never throws. */
export function upload(
  form: FormData,
  words: { readonly w: Words; readonly f: Format },
  onSent: (share: number) => void,
): Promise<Written> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/records');
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total);
    };
    request.onload = () => {
      const { status } = request;
      const body: unknown = request.response;
      if (status >= 200 && status < 300) resolve({ ok: true, status, body, location: null });
      else resolve(refused({ status, body, retryAfter: request.getResponseHeader('retry-after') }, words));
    };
    request.onerror = () => {
      resolve({ ok: false, status: 0, code: 'network', field: null, sentence: words.w.refusal.network });
    };
    request.send(form);
  });
}
