/**
 * Addresses as they are compared: letters and digits alone, usual shortenings equal, numbers kept apart from each other.
 * A stretch of print is the claimed address only when it begins and ends where words and numbers do. Pure text.
 */

import { clean, fold } from './text.ts';

/** An address, or a text that may hold one. */
export interface AddressText {
  /** Letters and digits as they stand; `/` between two numbers, `-` within one. */
  readonly shown: string;
  /** The same, sign by sign, with look-alikes folded: what is compared. */
  readonly key: string;
  /** For each sign of the key, whether a space or a sign stood before it. */
  readonly gaps: readonly boolean[];
}

/** Provinces and cities under all their names, the longer first; the short one stands for all. */
const provinces: readonly (readonly [short: string, names: string])[] = [
  ['서울', '서울특별시 서울시'],
  ['부산', '부산광역시 부산시'],
  ['대구', '대구광역시 대구시'],
  ['인천', '인천광역시 인천시'],
  ['광주', '광주광역시'],
  ['대전', '대전광역시 대전시'],
  ['울산', '울산광역시 울산시'],
  ['세종', '세종특별자치시 세종시'],
  ['경기', '경기도'],
  ['강원', '강원특별자치도 강원도'],
  ['충북', '충청북도'],
  ['충남', '충청남도'],
  ['전북', '전북특별자치도 전라북도'],
  ['전남', '전라남도'],
  ['경북', '경상북도'],
  ['경남', '경상남도'],
  ['제주', '제주특별자치도 제주도'],
];
const shortenings: readonly (readonly [string, RegExp])[] = [
  ...provinces.map(([short, names]) => [short, new RegExp(names.replace(/ /g, '|'), 'g')] as const),
  ['JLN', /JALAN/g],
  ['TMN', /TAMAN/g],
  ['LRG', /LORONG/g],
  ['RD', /ROAD/g],
  ['ST', /STREET/g],
  ['AVE', /AVENUE/g],
  ['BLDG', /BUILDING/g],
  ['FL', /FLOOR/g],
  ['', /(?<![\p{L}\p{N}])NO\s?[.:]?\s?(?=\d)/gu],
];
/** What may stand right before a part of a Korean address that is written without spaces. */
const parent = new RegExp(`(?:[시도군구읍면]|${provinces.map(([short]) => short).join('|')})$`);
const counted = /^\/\d+(?:층|호|동|가|FL|ST|ND|RD|TH|F)/;

/** A text as an address. Hangul is compared as it stands; of Latin letters those that look like digits are digits. */
export function addressText(text: string): AddressText {
  let shown = clean(text).toUpperCase();
  for (const [short, names] of shortenings) shown = shown.replace(names, short);
  let key = '';
  const gaps: boolean[] = [];
  let between = '';
  for (const sign of shown) {
    if (!/[\p{L}\p{N}]/u.test(sign)) {
      between += sign;
      continue;
    }
    if (between !== '' && /\d$/.test(key) && /\d/.test(sign)) {
      key += /^\s?[-–−]\s?$/.test(between) ? '-' : '/';
      gaps.push(false);
    }
    key += sign;
    gaps.push(between !== '');
    between = '';
  }
  return { shown: key, key: /\p{Script=Hangul}/u.test(key) ? key : fold(key), gaps };
}

/**
 * How a claimed address stands in a text: `whole` when every letter and number of it does, one behind the other,
 * `part` when its street is there and the number behind it is not claimed; null when it is not there.
 */
export function standsIn(claimed: AddressText, text: AddressText): 'whole' | 'part' | null {
  let found: 'whole' | 'part' | null = null;
  for (let at = text.key.indexOf(claimed.key); at >= 0; at = text.key.indexOf(claimed.key, at + 1)) {
    const end = at + claimed.key.length;
    if (!beginsAt(text, at)) continue;
    if (endsAt(text, end)) return 'whole';
    if (/\p{L}$/u.test(claimed.shown) && /^\d/.test(text.shown.slice(end))) found = 'part';
  }
  return found;
}

/** The numbers of an address, in their order. */
export function numbersIn({ shown }: AddressText): string[] {
  return shown.match(/\d+(?:-\d+)*/g) ?? [];
}

function beginsAt({ shown, gaps }: AddressText, at: number): boolean {
  const [before, first] = [shown[at - 1] ?? '', shown[at] ?? ''];
  if (/\d/.test(first)) return !/[\d-]/.test(before);
  if (before === '' || gaps[at] === true) return true;
  return /\p{Script=Hangul}/u.test(first) ? parent.test(shown.slice(0, at)) : /\d/.test(before);
}

function endsAt({ shown, gaps }: AddressText, end: number): boolean {
  const next = shown[end] ?? '';
  if (next === '') return true;
  // A number that a reader has cut in two looks like two: what follows must say what it counts.
  if (next === '/') return counted.test(shown.slice(end));
  return gaps[end] === true && !/\d/.test(next);
}
