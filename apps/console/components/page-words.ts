/**
 * What every page on the server speaks with: catalogue, formats and one reading of the clock, so that all relative times
 * of a page agree. The language is the reader's: chosen, else asked for by the browser.
 */
import type { Metadata } from 'next';
import { cookies, headers } from 'next/headers';
import { readEnvironment } from '../lib/environment.ts';
import { chooseLocale, languageCookie } from '../lib/words/choose.ts';
import { type Format, formatsFor } from '../lib/words/format.ts';
import { type Locale, type Words, wordsFor } from '../lib/words/index.ts';

export interface PageWords {
  readonly locale: Locale;
  readonly timeZone: string;
  readonly w: Words;
  readonly f: Format;
  /** Milliseconds since 1970 when the page was put together. */
  readonly now: number;
}

export async function pageWords(): Promise<PageWords> {
  const { timeZone } = readEnvironment();
  const [jar, asked] = await Promise.all([cookies(), headers()]);
  const locale = chooseLocale(jar.get(languageCookie)?.value, asked.get('accept-language'));
  return { locale, timeZone, w: wordsFor(locale), f: formatsFor(locale, timeZone), now: Date.now() };
}

/** A page's title in the reader's language, as `generateMetadata`. */
export function titled(title: (w: Words) => string): () => Promise<Metadata> {
  return async () => ({ title: title((await pageWords()).w) });
}
