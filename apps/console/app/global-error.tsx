'use client';
/**
 * When not even the document around the pages could be made: plain, without the catalogue's provider or styles. Nobody
 * knows the reader's language here, so it speaks every one there is.
 */
import type { ReactElement } from 'react';
import { defaultLocale, locales, wordsFor } from '../lib/words/index.ts';

export default function DocumentError({ reset }: { readonly reset: () => void }): ReactElement {
  return (
    <html lang={defaultLocale}>
      <body style={{ margin: '20vh auto', maxWidth: '30rem', padding: '1rem', fontFamily: 'system-ui, sans-serif' }}>
        <title>{wordsFor(defaultLocale).trouble.title}</title>
        {locales.map((locale) => {
          const { trouble } = wordsFor(locale);
          return (
            <section key={locale} lang={locale}>
              <h1>{trouble.title}</h1>
              <p>{trouble.text}</p>
              <button type="button" onClick={reset}>
                {trouble.retry}
              </button>
            </section>
          );
        })}
      </body>
    </html>
  );
}
