'use client';
/**
 * The languages of the console by their own names. Plain links that load the page anew: they work without scripts, and
 * what the browser keeps of the other language's pages goes with the old document.
 */
import { usePathname, useSearchParams } from 'next/navigation';
import { type ReactElement, Suspense } from 'react';
import { locales } from '../lib/words/index.ts';
import { useWords } from './words-provider.tsx';

/** Each language is named in itself, whatever the page speaks. */
const names = { en: 'English', ko: '한국어' } as const;

export function LanguageSwitch(): ReactElement {
  const { w } = useWords();
  return (
    <nav className="languages" aria-label={w.shell.language}>
      <Suspense>
        <Languages />
      </Suspense>
    </nav>
  );
}

function Languages(): ReactElement {
  const { locale } = useWords();
  const path = usePathname();
  const query = useSearchParams().toString();
  const from = encodeURIComponent(query === '' ? path : `${path}?${query}`);
  return (
    <>
      {locales.map((name) => (
        <a
          key={name}
          href={`/language/${name}?from=${from}`}
          lang={name}
          hrefLang={name}
          aria-current={name === locale ? 'true' : undefined}
        >
          {names[name]}
        </a>
      ))}
    </>
  );
}
