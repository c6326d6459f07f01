/**
 * Where on a page a model's quote was read by the device's own reader: rows that carry its letters with at most one
 * difference in ten, and its numbers without any. A quote that is laid nowhere is no evidence.
 */

import { type Row, rowsOf } from '../match/rows.ts';
import { clean, fold } from '../normalize/text.ts';
import type { Page } from '../types.ts';

/** Rows that one quote may run over. */
const rowsAtOnce = 3;
/** Share of a quote's letters that must be found. */
const foundMin = 0.9;

/** A quote where it stands: the lines it covers, from the first to the last, on one page as it was read. */
export interface Grounded {
  readonly page: Page;
  readonly rows: readonly Row[];
  readonly lines: readonly number[];
}

/** Every place on a page where a quote stands, the fewest rows first; none when it was not read there. */
export function groundings(quote: string, page: Page): Grounded[] {
  const wanted = lettersOf(quote);
  if (wanted.length < 2) return [];
  const rows = rowsOf([page]);
  for (let count = 1; count <= rowsAtOnce; count += 1) {
    const found: Grounded[] = [];
    for (let first = 0; first + count <= rows.length; first += 1) {
      const taken = rows.slice(first, first + count);
      const text = taken.map((row) => row.text).join(' ');
      if (stands(wanted, text)) found.push({ page, rows: taken, lines: taken.map((_, i) => first + i) });
    }
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether words stand in a text as it was read: at most one letter in ten differs, and no digit. */
export function standsIn(words: string, text: string): boolean {
  const wanted = lettersOf(words);
  return wanted.length > 0 && stands(wanted, text);
}

interface Letter {
  /** As it is written. */
  readonly char: string;
  /** With look-alikes made equal. */
  readonly folded: string;
  readonly at: number;
}

/** Letters and digits in upper case, each with its place in the text. */
function lettersOf(text: string): Letter[] {
  const cleaned = clean(text);
  return [...cleaned.matchAll(/[\p{L}\p{N}]/gu)].map((match) => {
    const char = match[0].toUpperCase();
    return { char, folded: fold(char), at: match.index };
  });
}

/** The cheapest way to lay the wanted letters along any stretch of the text, digits being touched by no edit. */
function stands(wanted: readonly Letter[], text: string): boolean {
  const cleaned = clean(text);
  const page = lettersOf(text);
  const costMax = Math.floor(wanted.length * (1 - foundMin) + 1e-9);
  // Cost and start of the best stretch that ends at each letter of the page.
  let row = Array.from({ length: page.length + 1 }, (_, j) => ({ cost: 0, from: j }));
  for (let i = 1; i <= wanted.length; i += 1) {
    const letter = wanted[i - 1] as Letter;
    const next = [{ cost: (row[0] as Step).cost + editing(letter), from: 0 }];
    for (let j = 1; j <= page.length; j += 1) {
      const other = page[j - 1] as Letter;
      const replace = step(row[j - 1] as Step, replacing(letter, other));
      const missing = step(row[j] as Step, editing(letter));
      const extra = step(next[j - 1] as Step, editing(other));
      next.push([missing, extra].reduce((best, one) => (one.cost < best.cost ? one : best), replace));
    }
    row = next;
  }
  return row.some(({ cost, from }, to) => cost <= costMax && to > from && isWhole({ cleaned, page, from, to }));
}

interface Step {
  readonly cost: number;
  readonly from: number;
}

function step({ cost, from }: Step, more: number): Step {
  return { cost: cost + more, from };
}

function replacing(a: Letter, b: Letter): number {
  if (a.folded === b.folded) return isDigit(a) && isDigit(b) && a.char !== b.char ? Number.POSITIVE_INFINITY : 0;
  return isDigit(a) || isDigit(b) ? Number.POSITIVE_INFINITY : 1;
}

function editing(letter: Letter): number {
  return isDigit(letter) ? Number.POSITIVE_INFINITY : 1;
}

function isDigit({ char }: Letter): boolean {
  return /\d/.test(char);
}

/** A number that goes on before or behind the stretch is another number. */
function isWhole(at: { cleaned: string; page: readonly Letter[]; from: number; to: number }): boolean {
  const first = at.page[at.from] as Letter;
  const last = at.page[at.to - 1] as Letter;
  const before = at.cleaned.slice(0, first.at);
  const behind = at.cleaned.slice(last.at + last.char.length);
  if (isDigit(first) && /\d[.,:/-]?$/.test(before)) return false;
  return !(isDigit(last) && /^[.,:/-]?\d/.test(behind));
}
