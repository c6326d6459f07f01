/**
 * A Korean form as cells and labels: where each label stands, which words it is made of when its letters are set
 * apart, and what stands in its place. Geometry and words of forms; what a value means is for the comparators.
 */

import type { Box, Evidence, Page } from '../../types.ts';
import { withJoinedColumns } from './columns.ts';
import { type Head, headsOf } from './heads.ts';
import { findLabels } from './labels.ts';

/** One box of print, in pixels of its page. */
export interface Cell {
  readonly text: string;
  /** What a second reader reads in the same box. */
  readonly also: string | null;
  readonly confidence: number;
  /** Probability of the likeliest other letter; 0 where the reader does not tell. */
  readonly rival: number;
  readonly sealed: boolean;
  /** Put together from digits that stand one a column: its first ones may have been lost unseen. */
  readonly joined?: boolean;
  readonly row: number;
  readonly page: Page;
  readonly box: Box;
  readonly x0: number;
  readonly x1: number;
  readonly y: number;
  readonly height: number;
}

/** A label on the page: its cells, and how far into the last of them it reaches. */
export interface Label {
  /** The words it stands for, as labels of kinds spell them, without spaces. */
  readonly words: readonly string[];
  readonly cells: readonly Cell[];
  /** Letters of the last cell that belong to the label; what follows is its value. */
  readonly to: number;
  /** Whether a letter had to be forgiven. */
  readonly near: boolean;
}

/** One page, or several of one attachment, as a form. */
export interface Sheet {
  readonly rows: readonly (readonly Cell[])[];
  readonly labels: readonly Label[];
  /** Where the right of two parties side by side begins, by page; absent where parties are not side by side. */
  readonly middles: ReadonlyMap<Page, number>;
  /** Words that say whose the fields beside them are. */
  readonly heads: readonly Head[];
}

/** Lays pages out as a form; `words` are the labels of the kinds beside the words every form uses. */
export function sheetOf(pages: readonly Page[], words: readonly string[]): Sheet {
  const rows: Cell[][] = [];
  for (const page of pages) {
    for (const line of page.lines) {
      const row = rows.length;
      rows.push(line.words.flatMap((word) => parted(cellOf(word, page, row))));
    }
  }
  const whole = withLoneSigns(withJoinedColumns(rows));
  const labels = whole.flatMap((row) => findLabels(row, words));
  return { rows: whole, labels, middles: middlesOf(labels), heads: headsOf(whole) };
}

function cellOf(word: Page['lines'][number]['words'][number], page: Page, row: number): Cell {
  const [x0, y0, x1, y1] = word.box;
  return {
    text: tidy(word.text),
    also: word.also === undefined ? null : tidy(word.also),
    confidence: word.confidence,
    rival: word.rival ?? 0,
    sealed: word.sealed === true,
    row,
    page,
    box: word.box,
    x0: x0 * page.width,
    x1: x1 * page.width,
    y: ((y0 + y1) / 2) * page.height,
    height: (y1 - y0) * page.height,
  };
}

/** A letter of a label set apart may fall out of its row where a page leans: it goes back beside its neighbour. */
function withLoneSigns(rows: readonly (readonly Cell[])[]): Cell[][] {
  const whole = rows.map((row) => [...row]);
  whole.forEach((row, index) => {
    const [lone] = row;
    if (row.length !== 1 || lone === undefined || !/^[가-힣]$/.test(lone.text)) return;
    const beside = (cell: Cell): boolean => {
      const gap = Math.max(cell.x0 - lone.x1, lone.x0 - cell.x1);
      const near = gap > -0.3 * lone.height && gap < 5 * lone.height;
      return cell.page === lone.page && near && Math.abs(cell.y - lone.y) < 0.55 * Math.max(cell.height, lone.height);
    };
    const home = [index - 1, index + 1].find((near) =>
      whole[near]?.some((cell) => /^[가-힣]$/.test(cell.text) && beside(cell)),
    );
    if (home === undefined) return;
    whole[index] = [];
    whole[home] = [...(whole[home] as Cell[]), { ...lone, row: home }].sort((a, b) => a.x0 - b.x0);
  });
  return whole;
}

/** A signature says company, office and name in one line: its head stands between them, so the box is parted there. */
function parted(cell: Cell): Cell[] {
  const at =
    /(?<=주식회사.{2,}|유한회사.{2,}|\(주\).*)(?:대표이사|대표자|대표)(?=[가-힣:]{2,})/.exec(cell.text)?.index ?? 0;
  if (at < 3) return [cell];
  const x = cell.x0 + ((cell.x1 - cell.x0) * at) / cell.text.length;
  const [left, top, right, bottom] = cell.box;
  const middle = left + ((right - left) * at) / cell.text.length;
  return [
    { ...cell, text: cell.text.slice(0, at), also: null, x1: x, box: [left, top, middle, bottom] },
    { ...cell, text: cell.text.slice(at), also: null, x0: x, box: [middle, top, right, bottom] },
  ];
}

/** Compatibility forms folded (㈜ is (주) then); a W before an amount is the sign of the won. */
function tidy(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/W(?=\d{1,3}(?:[,.]\d{3})+)/g, '₩')
    .replace(/\s+/g, '');
}

/** The same label twice on a row, far apart, parts the parties: the right one begins where its first label does. */
function middlesOf(labels: readonly Label[]): Map<Page, number> {
  const starts = new Map<Page, number[]>();
  labels.forEach((left, i) => {
    for (const right of labels.slice(i + 1)) {
      const [a, b] = [left.cells[0] as Cell, right.cells[0] as Cell];
      if (a.page !== b.page || Math.abs(a.y - b.y) > 1.5 * a.height) continue;
      if (!left.words.some((word) => right.words.includes(word))) continue;
      const [near, far] = a.x0 < b.x0 ? [a, b] : [b, a];
      if (far.x0 - near.x0 < 0.25 * a.page.width) continue;
      starts.set(a.page, [...(starts.get(a.page) ?? []), far.x0]);
    }
  });
  return new Map([...starts].map(([page, values]) => [page, Math.min(...values) - 0.01 * page.width]));
}

/** Cells as evidence: what is read there and the box around it. */
export function evidenceOfCells(cells: readonly Cell[]): Evidence[] {
  const [first] = cells;
  if (first === undefined) return [];
  const box = cells
    .map((cell) => cell.box)
    .reduce((a, b): Box => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
  const quote = cells.map((cell) => cell.text).join(' ');
  return [{ attachment: first.page.attachment, page: first.page.page, quote, box }];
}
