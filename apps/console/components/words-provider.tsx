'use client';
/** Hands the page's language and zone to the components that live in the browser. */
import { createContext, type ReactElement, type ReactNode, useContext, useMemo } from 'react';
import { type Format, formatsFor } from '../lib/words/format.ts';
import { defaultLocale, type Locale, type Words, wordsFor } from '../lib/words/index.ts';

const Place = createContext<{ locale: Locale; timeZone: string }>({ locale: defaultLocale, timeZone: 'UTC' });

export function WordsProvider(props: {
  readonly locale: Locale;
  readonly timeZone: string;
  readonly children: ReactNode;
}): ReactElement {
  const { locale, timeZone } = props;
  const place = useMemo(() => ({ locale, timeZone }), [locale, timeZone]);
  return <Place value={place}>{props.children}</Place>;
}

/** The catalogue and formats of the page, in the browser. */
export function useWords(): { readonly locale: Locale; readonly w: Words; readonly f: Format } {
  const { locale, timeZone } = useContext(Place);
  return useMemo(() => ({ locale, w: wordsFor(locale), f: formatsFor(locale, timeZone) }), [locale, timeZone]);
}
