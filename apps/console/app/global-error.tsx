'use client';
/** When not even the document around the pages could be made: plain, without the catalogue's provider or styles. */
import type { ReactElement } from 'react';
import { defaultLocale, wordsFor } from '../lib/words/index.ts';

export default function DocumentError({ reset }: { readonly reset: () => void }): ReactElement {
  const { trouble } = wordsFor(defaultLocale);
  return (
    <html lang={defaultLocale}>
      <body style={{ margin: '20vh auto', maxWidth: '30rem', padding: '1rem', fontFamily: 'system-ui, sans-serif' }}>
        <title>{trouble.title}</title>
        <h1>{trouble.title}</h1>
        <p>{trouble.text}</p>
        <button type="button" onClick={reset}>
          {trouble.retry}
        </button>
      </body>
    </html>
  );
}
