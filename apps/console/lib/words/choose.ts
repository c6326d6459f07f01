/**
 * Which language a page speaks: what a person chose, else what the browser asks for, else English. Pure; cookies and
 * headers come in from outside.
 */
import { defaultLocale, type Locale, locales } from './index.ts';

/** The cookie in which a choice is kept. It names a language and nobody. */
export const languageCookie = 'tidegate-language';

const choiceLastsSeconds = 365 * 24 * 3600;

/** The text as one of our languages, or null. */
export function localeOf(text: string | null | undefined): Locale | null {
  return locales.find((locale) => locale === text) ?? null;
}

/** The language for a choice and an `Accept-Language` header, either of which may be missing or nonsense. */
export function chooseLocale(chosen: string | null | undefined, accepted: string | null | undefined): Locale {
  return localeOf(chosen) ?? acceptedLocale(accepted ?? '') ?? defaultLocale;
}

/** The `Set-Cookie` that keeps a choice for a year. */
export function cookieFor(locale: Locale, { secure }: { secure: boolean }): string {
  const rest = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${choiceLastsSeconds}${secure ? '; Secure' : ''}`;
  return `${languageCookie}=${locale}; ${rest}`;
}

/** The one of our languages that is wanted most; the first named wins among equals. */
function acceptedLocale(header: string): Locale | null {
  let best: Locale | null = null;
  let most = 0;
  for (const range of header.slice(0, 1_000).split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const wanted = weight === undefined ? 1 : Number(weight);
    const locale = localeOf(tag.split('-')[0]);
    if (locale !== null && wanted > most) [best, most] = [locale, wanted];
  }
  return best;
}
