/**
 * Amounts with one digit a column, as paper invoices have them: under 백십억천백십만천백십일 the digits of a row are joined into one
 * amount, which then stands below the label above those heads. Geometry and signs alone.
 */

import type { Cell } from './sheet.ts';

/** The heads from the right, one power of ten each. */
const powers = '일십백천만십백천억십백';
const headSign = /^[조억만천백십일원]+$/;
/** Fewer heads than this are no row of columns, but some word. */
const headsMin = 5;
/** Heads that may be misread as other heads. */
const wrongMax = 1;

interface Sign {
  readonly sign: string;
  readonly x: number;
  readonly cell: Cell;
}

interface Columns {
  readonly cells: readonly Cell[];
  /** Centres of the columns from left to right; the last is the ones'. */
  readonly at: readonly number[];
  readonly row: number;
  readonly pitch: number;
}

/** Rows with the digits under each row of heads as one cell, and the heads gone. */
export function withJoinedColumns(rows: readonly (readonly Cell[])[]): Cell[][] {
  let out = rows.map((row) => [...row]);
  for (const columns of rows.flatMap((row, index) => columnsIn(row, index))) {
    out = out.map((row) => row.filter((cell) => !columns.cells.includes(cell)));
    for (let index = columns.row + 1; index < Math.min(out.length, columns.row + 4); index += 1) {
      const joined = joinedUnder(columns, out[index] ?? []);
      if (joined === null) continue;
      out[index] = joined;
      break;
    }
  }
  return out;
}

/** Runs of heads in a row: each ends with the ones, or where the next sign is too far away. */
function columnsIn(row: readonly Cell[], index: number): Columns[] {
  const signs = row.filter(({ text }) => headSign.test(text)).flatMap(signsOf);
  const runs: Sign[][] = [];
  for (const sign of signs) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    const follows = last !== undefined && last.sign !== '일' && sign.x - last.x < 3 * sign.cell.height;
    if (run !== undefined && follows) run.push(sign);
    else runs.push([sign]);
  }
  return runs.flatMap((run) => {
    const wrong = run.filter(({ sign }, i) => sign !== powers[run.length - 1 - i]).length;
    if (run.length < headsMin || run.length > powers.length || wrong > wrongMax) return [];
    const at = run.map(({ x }) => x);
    const pitch = ((at[at.length - 1] as number) - (at[0] as number)) / (at.length - 1);
    const even = at.every((x, i) => i === 0 || Math.abs(x - (at[i - 1] as number) - pitch) < 0.5 * pitch);
    return even ? [{ cells: [...new Set(run.map(({ cell }) => cell))], at, row: index, pitch }] : [];
  });
}

/** The signs of a cell, which stand evenly in it. */
function signsOf(cell: Cell): Sign[] {
  const signs = [...cell.text];
  const width = (cell.x1 - cell.x0) / signs.length;
  return signs.map((sign, i) => ({ sign, x: cell.x0 + (i + 0.5) * width, cell }));
}

/** A row with the digits under the columns as one cell, or without them where one is missing; null where none stand there. */
function joinedUnder(columns: Columns, row: readonly Cell[]): Cell[] | null {
  const [left, right] = [columns.at[0] as number, columns.at[columns.at.length - 1] as number];
  const under = row.filter(
    ({ text, x0, x1, page }) =>
      page === columns.cells[0]?.page &&
      /^[₩\\]?[\dOoIl|]+$/.test(text) &&
      (x0 + x1) / 2 > left - 0.6 * columns.pitch &&
      (x0 + x1) / 2 < right + 0.6 * columns.pitch,
  );
  const [first] = under;
  if (first === undefined) return null;
  const text = digitsOf(columns, under, (cell) => cell.text);
  // A column left empty within an amount is a digit that was not read: the others are no amount by themselves.
  if (text === null) return row.filter((cell) => !under.includes(cell));
  const also = under.some((cell) => cell.also !== null)
    ? (digitsOf(columns, under, (cell) => cell.also ?? cell.text) ?? '')
    : null;
  const last = under[under.length - 1] as Cell;
  // The amount belongs to all its columns, however few of them it fills.
  const joined: Cell = {
    ...first,
    text: grouped(text),
    also: also === null ? null : grouped(also),
    confidence: Math.min(...under.map(({ confidence }) => confidence)),
    x0: left - 0.5 * columns.pitch,
    x1: right + 0.5 * columns.pitch,
    box: [first.box[0], first.box[1], last.box[2], last.box[3]],
  };
  return row.flatMap((cell) => (cell === first ? [joined] : under.includes(cell) ? [] : [cell]));
}

/** The digits in their columns as one number, without gaps up to the ones; null where they leave one. */
function digitsOf(columns: Columns, cells: readonly Cell[], said: (cell: Cell) => string): string | null {
  const places = new Map<number, string>();
  for (const cell of cells) {
    const text = said(cell).replace(/[₩\\]/g, '').replace(/[Oo]/g, '0').replace(/[Il|]/g, '1');
    const width = (cell.x1 - cell.x0) / Math.max(1, text.length);
    for (const [i, digit] of [...text].entries()) {
      // One digit stands in the middle of its box, several evenly in theirs.
      const x = text.length === 1 ? (cell.x0 + cell.x1) / 2 : cell.x0 + (i + 0.5) * width;
      const place = columns.at.findIndex((at) => Math.abs(at - x) < 0.5 * columns.pitch);
      if (place < 0 || places.has(place) || !/\d/.test(digit)) return null;
      places.set(place, digit);
    }
  }
  const first = Math.min(...places.keys());
  const digits = columns.at.slice(first).map((_, i) => places.get(first + i) ?? ' ');
  return digits.includes(' ') ? null : digits.join('');
}

function grouped(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '').replace(/\B(?=(?:\d{3})+$)/g, ',');
}
