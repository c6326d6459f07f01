/**
 * Numbers, dates and amounts on Korean forms: the value in the field's own place, read by both readers, held against
 * the claim. Two readers that differ leave a doubt; a check digit or the form's arithmetic settles what they read.
 */

import { isBusinessNumber } from '../../normalize/business-number.ts';
import { datesIn } from '../../normalize/dates.ts';
import { amountsIn } from '../../normalize/money.ts';
import { writtenWons } from '../../normalize/written-won.ts';
import type { Cell } from './sheet.ts';
import type { Part } from './slots.ts';

/** A value with the cells it was read from; `agreed` when both readers, or the only one that could, say the same. */
export interface Value<T> {
  readonly value: T;
  readonly cells: readonly Cell[];
  readonly agreed: boolean;
  /** Whether the other reader reads other digits: then even two looks prove nothing against a claim. */
  readonly contested: boolean;
}

/** Dates of a place, in reading order. */
export function datesOf(parts: readonly Part[]): Value<string>[] {
  return bothReaders(parts, datesInText);
}

/** Amounts of a place in hundredths. */
export function amountsOf(parts: readonly Part[]): Value<number>[] {
  return bothReaders(parts, wonIn);
}

/** Business numbers of a place that pass their check. */
export function numbersOf(parts: readonly Part[]): Value<string>[] {
  return bothReaders(parts, businessNumbersIn);
}

/** Days in a text, year first. A stroke read from the colon before it is no digit of the year; 년 and 월 may be misread. */
export function datesInText(text: string): string[] {
  const bare = text
    .replace(/^[^0-9]+(?=\d{2})/, '')
    .replace(/^1(?=(?:19|20)\d{2}\D)/, '')
    .replace(/((?:19|20)\d{2})[가-힣](\d{1,2})[가-힣](\d{1,2})(?=[가-힣])/g, '$1년$2월$3');
  return datesIn(bare, 'ymd').flatMap(({ days }) => (days.length === 1 ? [days[0] as string] : []));
}

/** Amounts in hundredths: with separators, with 원, in words, or digits alone where nothing else stands. */
export function wonIn(text: string): number[] {
  const written = writtenWons(text).map((amount) => amount * 100);
  const digits = text.replace(/[Oo](?=\d|,)|(?<=\d|,)[Oo]/g, '0');
  // The won has no fractions: what looks like one is an amount with a digit lost.
  const found = amountsIn(digits, { whole: true })
    .filter(({ sure, from, to }) => sure && !/[.,]\d{2}$/.test(digits.slice(from, to)))
    .map(({ cents }) => cents);
  if (found.length + written.length > 0) return [...new Set([...written, ...found])];
  const bare = /^[₩\\]?(\d{1,9})원?$/.exec(text);
  return bare === null ? [] : [Number(bare[1]) * 100];
}

/** Ten digits, 3-2-5 or unbroken, that pass the check; letters that look like digits are those. */
export function businessNumbersIn(text: string): string[] {
  const digits = text
    .replace(/[OoDQ]/g, '0')
    .replace(/[IlL|]/g, '1')
    .replace(/[Ss](?=\d)/g, '5')
    .replace(/B(?=\d)/g, '8');
  return [...digits.matchAll(/(?<!\d)(\d{3})[-–.~·]?(\d{2})[-–.~·]?(\d{5})(?!\d)/g)]
    .map((match) => `${match[1]}${match[2]}${match[3]}`)
    .filter(isBusinessNumber);
}

/** Each part by itself, else all of them joined: seals and rules are boxes too. */
function bothReaders<T>(parts: readonly Part[], read: (text: string) => T[]): Value<T>[] {
  const single = parts.flatMap((part) => valuesOf(part.text, part.also, [part.cell], read));
  if (single.length > 0) return single;
  const also = parts.some((part) => part.also !== null) ? parts.map((part) => part.also ?? part.text).join('') : null;
  return valuesOf(
    parts.map(({ text }) => text).join(''),
    also,
    parts.map(({ cell }) => cell),
    read,
  );
}

function valuesOf<T>(
  text: string,
  also: string | null,
  cells: readonly Cell[],
  read: (text: string) => T[],
): Value<T>[] {
  const first = read(text);
  const second = also === null ? [] : read(also);
  if (second.length === 0 || first.length === 0) {
    const agreed = also === null;
    // Where 년 and 월 stand between digits, what the other reader takes for digits may be those.
    const differs = also !== null && digitsOf(also).length > 1 && digitsOf(text) !== digitsOf(also);
    const contested = differs && digitsOf(text).length > 1 && !/\d[가-힣]/.test(text);
    return [...first, ...second].map((value) => ({ value, cells, agreed, contested }));
  }
  return [...new Set([...first, ...second])].map((value) => {
    const agreed = first.includes(value) && second.includes(value);
    return { value, cells, agreed, contested: !agreed };
  });
}

/** Digits alone: two readers may differ in signs and letters and still have read the same number. */
function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
