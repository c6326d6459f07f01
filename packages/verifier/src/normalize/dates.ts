/**
 * Dates as sets of possible readings. A text that can be two dates is two dates until something settles the order of
 * day and month; there is never a default, and no date that the calendar does not have.
 */

import { clean } from './text.ts';

/** The order in which a place writes numeric dates; null where nobody knows. */
export type DateOrder = 'dmy' | 'mdy' | 'ymd' | null;

/** A date found in a text: every day it can mean (ISO, earliest first), and where it stands. */
export interface DateReading {
  readonly days: readonly string[];
  readonly from: number;
  readonly to: number;
  /** False when a separator had to be guessed. */
  readonly sure: boolean;
}

/** Beginnings of month names, English first, then Malay, German, French, Spanish, Italian where they differ. */
const monthNames: readonly (readonly string[])[] = [
  ['JAN', 'ENE'],
  ['FEB', 'FEV', 'FÉV'],
  ['MAR', 'MAC', 'MRZ', 'MÄR'],
  ['APR', 'AVR', 'ABR'],
  ['MAY', 'MEI', 'MAI'],
  ['JUN', 'JUIN', 'GIU'],
  ['JUL', 'JUIL', 'LUG'],
  ['AUG', 'OGO', 'OGS', 'AOU', 'AOÛ', 'AGO'],
  ['SEP'],
  ['OCT', 'OKT', 'OTT'],
  ['NOV'],
  ['DEC', 'DIS', 'DEZ', 'DÉC', 'DIC'],
];
const monthWord = `((?:${monthNames.flat().join('|').replace(/O/g, '[O0]')})\\p{L}{0,7})`;
const digit = '[0-9OoQIl|]';
const separator = '\\s?[/.\\-~·–]\\s?';
const yearAfter = `(?:((?:19[5-9]|2[0O][0-4])${digit})|(${digit}{2})(?![.,]\\d)(?=$|[^0-9]|\\d{1,2}[:.]\\d{2}|\\d{5,6}\\s?[AP]M))`;
const numeric = new RegExp(`(?<![0-9])(${digit}{1,2})${separator}(${digit}{1,2})${separator}${yearAfter}`, 'g');
const yearFirst = new RegExp(
  `(?<![0-9])((?:19|20)?\\d{2})\\s?(?:년|年|[/.\\-])\\s?(${digit}{1,2})\\s?(?:월|月|[/.\\-])\\s?(${digit}{1,2})(?:\\s?[일日])?(?![0-9]{3})`,
  'g',
);
const dayMonthWord = new RegExp(
  `(?<![0-9])(${digit}{1,2})(?:ST|ND|RD|TH)?[\\s./,-]*${monthWord}[\\s.,/'’-]*${yearAfter}`,
  'giu',
);
const monthWordDay = new RegExp(
  `(?<![A-Z])${monthWord}[\\s./-]*(${digit}{1,2})(?![.,]\\d{2}(?!\\d))(?:ST|ND|RD|TH)?[\\s.,/'’-]+${yearAfter}`,
  'giu',
);
const solid = /(?<![0-9])((?:19[5-9]|20[0-4])\d)([01]\d)([0-3]\d)(?![0-9])/g;
/** Eight digits with the separators lost in part, or altogether where nothing else follows. */
const lostSeparators =
  /(?<![0-9])(\d{2})(?:[/.:-](\d{2})[/.:-]?|(\d{2})[/.:-])(20[0-4]\d)|(?<![0-9])(\d{2})(\d{2})(20[0-4]\d)(?![0-9])/g;

/** Every date in a text; `order` settles day and month where both readings exist in the calendar. */
export function datesIn(text: string, order: DateOrder): DateReading[] {
  const found: DateReading[] = [];
  const add = (match: RegExpExecArray, days: readonly (string | null)[], sure = true): void => {
    const real = [...new Set(days.filter((day): day is string => day !== null))].sort();
    const [from, to] = [match.index, match.index + match[0].length];
    if (real.length === 0 || found.some((other) => from < other.to && to > other.from)) return;
    found.push({ days: real, from, to, sure });
  };
  for (const match of text.matchAll(dayMonthWord))
    add(match, [day(yearOf(match[3], match[4]), monthOf(match[2]), toNumber(match[1]))]);
  for (const match of text.matchAll(monthWordDay))
    add(match, [day(yearOf(match[3], match[4]), monthOf(match[1]), toNumber(match[2]))]);
  for (const match of text.matchAll(yearFirst)) {
    const year = match[1] ?? '';
    if (year.length === 4) add(match, [day(Number(year), toNumber(match[2]), toNumber(match[3]))]);
    else if (order === 'ymd' || /[년年]/.test(match[0]))
      add(match, [day(2000 + Number(year), toNumber(match[2]), toNumber(match[3]))]);
  }
  for (const match of text.matchAll(numeric))
    add(match, numericDays([match[1], match[2], match[3], match[4]], order), oneSeparator(match[0]));
  for (const match of text.matchAll(lostSeparators)) {
    const [, first, second = match[3], , year = match[7]] = match;
    add(match, numericDays([first ?? match[5], second ?? match[6], year], order), false);
  }
  for (const match of text.matchAll(solid))
    add(match, [day(Number(match[1]), Number(match[2]), Number(match[3]))], false);
  return found.sort((a, b) => a.from - b.from);
}

/** Every day a claimed date can mean; empty when it is no date. */
export function parseDate(claim: string, order: DateOrder): string[] {
  const text = clean(claim);
  const readings = datesIn(text.replace(/T\d{2}:\d{2}.*$/, ''), order);
  const [only] = readings;
  if (only === undefined || readings.length > 1) return [];
  const rest = (text.slice(0, only.from) + text.slice(only.to))
    .replace(/T?\d{1,2}:\d{2}.*$/, '')
    .replace(/\([^)]*\)|[\s.,]/g, '');
  return rest === '' ? [...only.days] : [];
}

const yearMonthDayLanguages = new Set(['ko', 'ja', 'zh', 'hu', 'lt', 'mn']);
const monthFirstRegions = new Set(['US', 'PH', 'FM', 'PW', 'MH']);
const unsettledRegions = new Set(['CA', 'ZA', 'KE']);

/** The order a BCP 47 locale settles; null for a bare language spoken under several orders. */
export function orderOf(locale: string | null): DateOrder {
  if (locale === null) return null;
  const [language = '', ...rest] = locale.replace(/_/g, '-').split('-');
  const region = rest.find((part) => /^[A-Za-z]{2}$/.test(part))?.toUpperCase();
  if (yearMonthDayLanguages.has(language.toLowerCase())) return 'ymd';
  if (region !== undefined) {
    if (unsettledRegions.has(region)) return null;
    return monthFirstRegions.has(region) ? 'mdy' : 'dmy';
  }
  return language.toLowerCase() === 'en' || !/^[A-Za-z]{2,3}$/.test(language) ? null : 'dmy';
}

/** A date keeps to one separator; a code that mixes them may be anything. */
function oneSeparator(text: string): boolean {
  return new Set(text.replace(/[^/.\-~·–]/g, '')).size <= 1;
}

type Parts = readonly [
  a: string | undefined,
  b: string | undefined,
  year: string | undefined,
  shortYear?: string | undefined,
];

function numericDays(parts: Parts, order: DateOrder): (string | null)[] {
  const year = yearOf(parts[2], parts[3]);
  const [a, b] = [toNumber(parts[0]), toNumber(parts[1])];
  const dayFirst = day(year, b, a);
  const monthFirst = day(year, a, b);
  const shortYear = parts[2] === undefined;
  const yearFirstDay = shortYear && a !== null ? day(2000 + a, b, toNumber(parts[3])) : null;
  if (order === 'dmy') return [dayFirst ?? monthFirst];
  if (order === 'mdy') return [monthFirst ?? dayFirst];
  if (order === 'ymd') return shortYear ? [yearFirstDay ?? dayFirst] : [dayFirst, monthFirst];
  return [dayFirst, monthFirst];
}

function day(year: number | null, month: number | null, date: number | null): string | null {
  if (year === null || month === null || date === null || month < 1 || month > 12 || date < 1) return null;
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (date > last || year < 1900 || year > 2099) return null;
  return `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}

function yearOf(long: string | undefined, short: string | undefined): number | null {
  if (long !== undefined) return toNumber(long);
  const year = toNumber(short);
  if (year === null) return null;
  return year < 70 ? 2000 + year : 1900 + year;
}

function monthOf(word: string | undefined): number | null {
  const text = (word ?? '').toUpperCase().replace(/0/g, 'O');
  const index = monthNames.findIndex((names) => names.some((name) => text.startsWith(name)));
  return index < 0 ? null : index + 1;
}

function toNumber(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const value = Number(text.replace(/[OoQ]/g, '0').replace(/[Il|]/g, '1'));
  return Number.isInteger(value) ? value : null;
}
