/**
 * Amounts of money as integers of hundredths, whatever the currency (a won is 100). Both separators, currency signs
 * and words on either side, signs before and after, brackets for negatives; letters that OCR puts for digits.
 */

import { clean } from './text.ts';

/** An amount found in a text: its value in hundredths and the stretch of text it was read from. */
export interface Amount {
  readonly cents: number;
  readonly from: number;
  readonly to: number;
  /** False when the separator itself had to be guessed. */
  readonly sure: boolean;
}

const centsMax = 1e13;

/** The value of a claimed amount in hundredths, or null when it is none. */
export function parseMoney(claim: string): number | null {
  const text = clean(claim)
    .replace(/^(?:KRW|MYR|USD|SGD|EUR|GBP|JPY|RM|US\$|S\$|NT\$|[$€£¥₩])\s*/i, '')
    .replace(/\s*(?:KRW|MYR|USD|SGD|EUR|GBP|JPY|RM|WON|원|円|元|€|[$£¥₩])(?:정|整)?\.?$/i, '')
    .replace(/^\((.*)\)$/, '-$1')
    .replace(/(?<=\d)[\s'’](?=\d{3}(?!\d))/g, '');
  const parts = /^([-−]?)((?:\d{1,3}(?:[.,]\d{3})+|\d+))(?:([.,])(\d{1,2}|\d{4,}))?$/.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', , fraction = ''] = parts;
  if (fraction.length > 2 && !/^\d{2}0+$/.test(fraction)) return null;
  const separators = new Set(whole.replace(/\d/g, ''));
  if (separators.size > 1 || (parts[3] !== undefined && separators.has(parts[3]))) return null;
  const cents = Number(whole.replace(/[.,]/g, '')) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2));
  return cents > centsMax ? null : sign === '' ? cents : -cents;
}

const digit = '[0-9OoQIl|]';
const currency = '(?:RM|R\\sM|MYR|USD|SGD|EUR|GBP|US\\$|S\\$|[$€£¥₩]|S(?=\\d))';
const withFraction = new RegExp(
  `(?<![\\p{L}\\p{N}.,/])(?<!\\d\\s?[.,])([-−(]?\\s?)${currency}?[-−]?\\s?(${digit}{1,3}(?:[,.]\\s?\\d{3})+|${digit}{1,7})\\s?[.,]\\s?(${digit}[${digit.slice(1, -1)}C])(?![0-9%])(?![.,/:-]\\d)`,
  'gu',
);
const dashed = /(?<![\p{L}\p{N}.,/-])(\d{1,4})[-·:](\d{2})(?![\p{L}\p{N}/:.,-])/gu;
const grouped = /(?<![\p{L}\p{N}.,/-])([-−(]?)[₩￦W\\]?\s?(\d{1,3}(?:[,.]\s?\d{3})+|\d+(?=\s?원))(?![\d%]|[.,]\d)/gu;

/** All amounts in a row's text. `whole`: the page's currency has no fractions, so that 1,234 is an amount. */
export function amountsIn(text: string, at: { whole: boolean }): Amount[] {
  const found: Amount[] = [];
  for (const match of text.matchAll(withFraction)) {
    const [all, sign = '', whole = '', fraction = ''] = match;
    const digits = [...(whole + fraction)].filter((char) => /\d/.test(char)).length;
    if (digits * 2 < whole.replace(/[.,\s]/g, '').length + 2) continue;
    const cents = Number(toDigits(whole)) * 100 + Number(toDigits(fraction));
    if (cents > centsMax) continue;
    const negative = /[-−(]/.test(sign) || /^[^0-9]*[-−]/.test(all);
    found.push({ cents: negative ? -cents : cents, from: match.index, to: match.index + all.length, sure: true });
  }
  const taken = (from: number, to: number): boolean => found.some((amount) => from < amount.to && to > amount.from);
  if (at.whole) {
    for (const match of text.matchAll(grouped)) {
      const to = match.index + match[0].length;
      const cents = Number((match[2] ?? '').replace(/\D/g, '')) * 100;
      if (!taken(match.index, to) && cents <= centsMax) {
        found.push({ cents: match[1] === '' ? cents : -cents, from: match.index, to, sure: true });
      }
    }
  }
  for (const match of text.matchAll(dashed)) {
    const to = match.index + match[0].length;
    if (taken(match.index, to)) continue;
    found.push({ cents: Number(match[1]) * 100 + Number(match[2]), from: match.index, to, sure: false });
  }
  return found.sort((a, b) => a.from - b.from);
}

/** Hundredths as people write them. */
export function showMoney(cents: number): string {
  const sign = cents < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(cents) / 100);
  return `${sign}${whole}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
}

function toDigits(text: string): string {
  return text
    .replace(/[OoQC]/g, '0')
    .replace(/[Il|]/g, '1')
    .replace(/\D/g, '');
}
