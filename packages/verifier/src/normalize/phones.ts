/**
 * Telephone numbers by their digits: country, number within it and extension, however they are grouped and marked. A
 * trunk zero and the way to dial abroad are no part of a number. Pure text.
 */

import { clean } from './text.ts';

/** A number as it can be compared. */
export interface Phone {
  /** Calling code without +, or null where the number is written as within its own country. */
  readonly country: string | null;
  /** Digits within the country, without the trunk prefix. */
  readonly national: string;
  readonly extension: string | null;
}

/** A number found in a text, and the stretch it was read from. */
export interface PhoneReading {
  readonly phone: Phone;
  readonly from: number;
  readonly to: number;
}

/** Calling codes of one and two digits (ITU E.164); every other code has three. */
const shortCodes = new Set(
  '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
);
/** What is dialled before a number within its own country, where it is not 0. */
const trunks: Readonly<Record<string, string>> = { '1': '1', '7': '8' };
/** Countries whose numbers have no prefix within them. */
const withoutTrunk = new Set('30 34 39 45 47 48 65 351 352 354 356 357 370 371 372 420 421 852 853 886'.split(' '));
const regions: Readonly<Record<string, string>> = {
  AU: '61',
  AT: '43',
  BE: '32',
  CA: '1',
  CH: '41',
  CN: '86',
  DE: '49',
  ES: '34',
  FR: '33',
  GB: '44',
  HK: '852',
  ID: '62',
  IE: '353',
  IN: '91',
  IT: '39',
  JP: '81',
  KR: '82',
  MY: '60',
  NL: '31',
  NZ: '64',
  PH: '63',
  SG: '65',
  TH: '66',
  TW: '886',
  US: '1',
  VN: '84',
};
const languages: Readonly<Record<string, string>> = { ja: '81', ko: '82', ms: '60' };
const digitsMin = 7;
/** E.164 allows 15 digits with the country's. */
const digitsMax = 15;

/** Ways of saying that what follows is an extension. */
const extensionMark = '(?:ext(?:ension)?n?\\.?|x|#|내선(?:번호)?|교환|구내)';
const extension = `(?:\\s?[,;(]?\\s?${extensionMark}\\s?[:.]?\\s?(\\d{1,6})\\)?)?`;
const body = '\\(?(?<![\\d.,])(?:\\+|00(?=[1-9]))?\\(?\\d(?:[\\s.()·\\-–−]{0,3}\\d){6,17}';
/** The last digit of further lines: 1234~5, 1234/6. */
const further = '(?:\\s?[~〜/]\\s?(\\d{1,2})(?!\\d|[.\\-–/]\\d))?';
const number = new RegExp(`(${body})(?!\\d)${further}${extension}`, 'giu');

/** The calling code of the country that a locale names, or null where it names none that is known. */
export function callingCode(locale: string | null): string | null {
  const [language = '', ...subtags] = (locale ?? '').split(/[-_]/);
  const region = subtags.find((tag) => /^[a-z]{2}$/i.test(tag))?.toUpperCase();
  return (region === undefined ? languages[language.toLowerCase()] : regions[region]) ?? null;
}

/** The number that a claim states, or null when it states none or more than one. */
export function parsePhone(claim: string): Phone | null {
  const text = clean(claim);
  const found = phonesIn(text);
  const [only] = found;
  if (only === undefined || found.length > 1) return null;
  const around = text.slice(0, only.from) + text.slice(only.to);
  return /[\p{L}\p{N}]/u.test(around.replace(/^(?:tel|phone|전화)/iu, '')) ? null : only.phone;
}

/** Every number in a text that is spelt as one; lines that share its beginning are numbers of their own. */
export function phonesIn(text: string): PhoneReading[] {
  const found: PhoneReading[] = [];
  for (const match of text.matchAll(number)) {
    const [all, written = '', last, ext] = match;
    const phone = phoneOf(written, ext ?? null);
    if (phone === null) continue;
    const place = { from: match.index, to: match.index + all.length };
    found.push({ phone, ...place });
    for (const national of lines(phone.national, last, all)) found.push({ phone: { ...phone, national }, ...place });
  }
  return found;
}

/** Whether two numbers can be the same line; null where one names a country and nothing tells the other's. */
export function samePhone(claimed: Phone, printed: Phone, home: string | null): boolean | null {
  const [own, other] = [claimed.country ?? home, printed.country ?? home];
  if (own !== null && other !== null && own !== other) return false;
  const country = own ?? other;
  if (withinCountry(claimed, country) !== withinCountry(printed, country)) return false;
  return claimed.country !== null && other === null ? null : true;
}

/** Digits as people write them: +82 212345678 ext. 5. */
export function showPhone({ country, national, extension: ext }: Phone): string {
  const called = country === null ? national : `+${country} ${national}`;
  return ext === null ? called : `${called} ext. ${ext}`;
}

function phoneOf(written: string, ext: string | null): Phone | null {
  const text = written.replace(/^\(/, '').replace(/\s/g, '');
  const abroad = /^(?:\+|00)/.test(text);
  // A trunk zero in brackets is dialled at home only: +82 (0)2.
  const digits = (abroad ? text.replace(/\(0\)/, '') : text).replace(/^00/, '').replace(/\D/g, '');
  if (digits.length < digitsMin || digits.length > digitsMax) return null;
  if (!abroad) return { country: null, national: digits, extension: ext };
  const length = [1, 2].find((count) => shortCodes.has(digits.slice(0, count))) ?? 3;
  const country = digits.slice(0, length);
  const national = digits.slice(length);
  return national.length < digitsMin - 2 ? null : { country, national, extension: ext };
}

/** Digits without the prefix of their own country. A number that begins with no prefix is whole as it stands. */
function withinCountry({ national }: Phone, country: string | null): string {
  if (country !== null && withoutTrunk.has(country)) return national;
  const trunk = (country === null ? undefined : trunks[country]) ?? '0';
  // Within North America and Russia the prefix is a digit that numbers may begin with: only their full length tells.
  const whole = trunk === '0' || national.length > 10;
  return whole && national.startsWith(trunk) ? national.slice(trunk.length) : national;
}

/** The further lines of 1234~6 (two more) or of 1234/8 (one more). */
function lines(national: string, last: string | undefined, written: string): string[] {
  if (last === undefined) return [];
  const stem = national.slice(0, -last.length);
  const [first, end] = [Number(national.slice(-last.length)), Number(last)];
  if (/[/]/.test(written)) return [stem + last];
  if (end <= first) return [];
  return Array.from({ length: end - first }, (_, i) => stem + String(first + 1 + i).padStart(last.length, '0'));
}
