/**
 * What every page on the server speaks with: catalogue, formats and one reading of the clock, so that all relative times
 * of a page agree.
 */
import { readEnvironment } from '../lib/environment.ts';
import { type Format, formatsFor } from '../lib/words/format.ts';
import { defaultLocale, type Locale, type Words, wordsFor } from '../lib/words/index.ts';

export interface PageWords {
  readonly locale: Locale;
  readonly timeZone: string;
  readonly w: Words;
  readonly f: Format;
  /** Milliseconds since 1970 when the page was put together. */
  readonly now: number;
}

export function pageWords(locale: Locale = defaultLocale): PageWords {
  const { timeZone } = readEnvironment();
  return { locale, timeZone, w: wordsFor(locale), f: formatsFor(locale, timeZone), now: Date.now() };
}
