/**
 * Pages as the comparators see them: rows of text in which every stretch knows its words' boxes, so that evidence
 * falls out of a match instead of being looked up afterwards.
 */

import { clean, lettersOf } from '../normalize/text.ts';
import type { Box, Evidence, Page, Word } from '../types.ts';

/** One row of a page as text. */
export interface Row {
  readonly text: string;
  /** Letters of the row alone, for label words. */
  readonly letters: string;
  readonly box: Box;
  readonly page: Page;
  readonly words: readonly { readonly from: number; readonly to: number; readonly word: Word }[];
}

/** Rows of pages in reading order. */
export function rowsOf(pages: readonly Page[]): Row[] {
  return pages.flatMap((page) =>
    page.lines.map((line) => {
      let text = '';
      const words = line.words.map((word) => {
        const shown = clean(word.text);
        const from = text === '' ? 0 : text.length + 1;
        text = text === '' ? shown : `${text} ${shown}`;
        return { from, to: text.length, word };
      });
      return { text, letters: lettersOf(text), box: line.box, page, words };
    }),
  );
}

/** The stretch of a row as evidence: its quote as read, and the box of the words it touches. */
export function evidenceOf(row: Row, from = 0, to = row.text.length): Evidence {
  const touched = row.words.filter((word) => word.from < to && word.to > from);
  const box =
    touched.length === 0
      ? row.box
      : touched.map(({ from: start, to: end, word }) => part(word.box, { from, to, start, end })).reduce(cover);
  return { attachment: row.page.attachment, page: row.page.page, quote: row.text.slice(from, to).trim(), box };
}

/** The part of a word's box that a stretch covers, letters taken as evenly wide. */
function part(box: Box, at: { from: number; to: number; start: number; end: number }): Box {
  const width = (box[2] - box[0]) / Math.max(1, at.end - at.start);
  const left = box[0] + Math.max(0, at.from - at.start) * width;
  const right = box[2] - Math.max(0, at.end - at.to) * width;
  return [round(left), box[1], round(Math.max(left, right)), box[3]];
}

function cover(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** What a comparator answers about one claim on one set of rows, before the looks are put together. */
export interface Outcome {
  readonly finding: 'match' | 'mismatch' | 'not_found';
  readonly found: string | null;
  readonly reasons: readonly string[];
  readonly evidence: readonly Evidence[];
  /** True for names: found text then is what stands in the name's place, not a value that can be compared. */
  readonly byName?: boolean;
}

/** Nothing in that role. */
export function notFound(...reasons: string[]): Outcome {
  return { finding: 'not_found', found: null, reasons, evidence: [] };
}
