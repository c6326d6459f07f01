/**
 * One catalogue per language and the formats that go with it. Used on the server and in the browser; reads nothing
 * from a request.
 */
import { en } from './en.ts';
import { ko } from './ko.ts';

/** What a catalogue must say. */
export type Words = typeof en;

/** Languages there is a catalogue for. */
export const locales = ['en', 'ko'] as const;

export type Locale = (typeof locales)[number];

export const defaultLocale: Locale = 'en';

const catalogues: Readonly<Record<Locale, Words>> = { en, ko };

/** The catalogue of a language. */
export function wordsFor(locale: Locale): Words {
  return catalogues[locale];
}
