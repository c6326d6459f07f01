/**
 * Amounts with one digit a column, as paper invoices have them: under 백십억천백십만천백십일 the digits are joined into one amount, which
 * then stands in the heads' place below their label. Some heads may be misread or lost: the others tell where they stood.
 */

import type { Cell } from './sheet.ts';

/** The heads from the right, one power of ten each; the ones' may also say 원. */
const powers = '일십백천만십백천억십백천조';
const head = /^[조억만천백십일원]$/;
/** Heads that must be read of a row of them, and how many of the others may say something else. */
const headsMin = 5;
const wrongMax = 1;
const lookAlikes: Readonly<Record<string, string>> = {
  O: '0',
  o: '0',
  D: '0',
  Q: '0',
  I: '1',
  l: '1',
  '|': '1',
  Z: '2',
  S: '5',
  s: '5',
  B: '8',
};

interface Columns {
  readonly heads: readonly Cell[];
  /** Where the ones stand, how far apart columns are, how many there are, and how the row leans. */
  readonly ones: Cell;
  readonly pitch: number;
  readonly count: number;
  readonly lean: number;
}

/** Rows with the digits under each row of heads as one cell, and the heads gone. */
export function withJoinedColumns(rows: readonly (readonly Cell[])[]): Cell[][] {
  const cells = rows.flat();
  const signs = cells.filter(({ text }) => head.test(text));
  if (signs.length < headsMin) return rows.map((row) => [...row]);
  const gone = new Set<Cell>();
  const joined: Cell[] = [];
  for (const columns of columnsOf(signs)) {
    for (const cell of columns.heads) gone.add(cell);
    const digits = digitsUnder(columns, cells);
    for (const cell of digits) gone.add(cell);
    const amount = amountOf(columns, digits);
    if (amount !== null) joined.push(amount);
  }
  // Digits under heads of which too few were read are no amounts one by one.
  for (const cell of cells) if (!gone.has(cell) && isLoneDigit(cell) && isUnderHeads(cell, signs)) gone.add(cell);
  return rows.map((row, index) =>
    [...row.filter((cell) => !gone.has(cell)), ...joined.filter((cell) => cell.row === index)].sort(
      (a, b) => a.x0 - b.x0,
    ),
  );
}

/** A row of heads for each sign of the ones with enough heads left of it. */
function columnsOf(signs: readonly Cell[]): Columns[] {
  const ends = signs.filter(({ text }) => text === '일' || text === '원');
  return ends.flatMap((ones) => {
    const left = signs
      .filter((sign) => sign.page === ones.page && sign.x0 < ones.x0 && isLevel(sign, ones))
      .sort((a, b) => b.x0 - a.x0);
    const stop = left.findIndex(({ text }) => text === '일' || text === '원');
    const run = stop < 0 ? left : left.slice(0, stop);
    const gaps = run.map((sign, i) => middle(run[i - 1] ?? ones) - middle(sign)).sort((a, b) => a - b);
    const rough = gaps[Math.floor(gaps.length / 2)] ?? 0;
    const placed = run.flatMap((sign) => {
      const away = middle(ones) - middle(sign);
      const place = Math.round(away / rough);
      return place > 0 && Math.abs(away - place * rough) < 0.4 * rough ? [{ sign, place, away }] : [];
    });
    const right = placed.filter(({ sign, place }) => sign.text === powers[place]);
    const wrong = placed.filter(({ sign, place }) => sign.text !== powers[place]);
    const far = right[right.length - 1];
    if (far === undefined || right.length + 1 < headsMin || wrong.length > wrongMax) return [];
    const pitch = sumOf(right.map(({ place, away }) => place * away)) / sumOf(right.map(({ place }) => place * place));
    const lean = (ones.y - far.sign.y) / far.away;
    const heads = [ones, ...placed.map(({ sign }) => sign)];
    return [{ heads, ones, pitch, count: far.place + 1, lean }];
  });
}

/** Lone signs in the nearest row below the heads, in their columns. */
function digitsUnder({ ones, pitch, count, lean }: Columns, cells: readonly Cell[]): Cell[] {
  const down = (cell: Cell): number => cell.y - (ones.y + (middle(cell) - middle(ones)) * lean);
  const below = cells.filter(
    (cell) =>
      cell.page === ones.page &&
      /^[^가-힣]+$/.test(cell.text) &&
      cell.x0 > middle(ones) - (count - 0.4) * pitch &&
      cell.x1 < middle(ones) + 0.6 * pitch &&
      down(cell) > 0.6 * ones.height &&
      down(cell) < 4 * ones.height,
  );
  const nearest = Math.min(...below.map(down));
  return below.filter((cell) => down(cell) - nearest < 0.8 * ones.height).sort((a, b) => a.x0 - b.x0);
}

/** The digits as one amount that fills all its columns; null where one of them is missing or is none. */
function amountOf(columns: Columns, digits: readonly Cell[]): Cell | null {
  const [first, last] = [digits[0], digits[digits.length - 1]];
  if (first === undefined || last === undefined) return null;
  const { ones, pitch, count } = columns;
  const places = new Map<number, { digit: string; twice: boolean }>();
  for (const cell of digits) {
    const said = [...cell.text];
    const also = [...(cell.also ?? '')];
    const width = (cell.x1 - cell.x0) / said.length;
    for (const [i, sign] of said.entries()) {
      const place = Math.round((middle(ones) - (cell.x0 + (i + 0.5) * width)) / pitch);
      const one = digitOf(sign, also.length === said.length ? also[i] : undefined);
      if (one === null || place < 0 || place >= count || places.has(place)) return null;
      places.set(place, one);
    }
  }
  const length = Math.max(...places.keys()) + 1;
  const found = Array.from({ length }, (_, i) => places.get(length - 1 - i) ?? null);
  if (found.some((one) => one === null)) return null;
  const text = grouped(found.map((one) => one?.digit).join(''));
  return {
    ...first,
    text,
    also: found.every((one) => one?.twice) ? null : '',
    joined: true,
    confidence: Math.min(...digits.map(({ confidence }) => confidence)),
    row: ones.row,
    x0: middle(ones) - (count - 0.5) * pitch,
    x1: middle(ones) + 0.5 * pitch,
    y: ones.y,
    box: [first.box[0], Math.min(first.box[1], last.box[1]), last.box[2], Math.max(first.box[3], last.box[3])],
  };
}

/** One digit of two readers: what both see, or what the one sees that sees a digit; null where they see two. */
function digitOf(sign: string, also: string | undefined): { digit: string; twice: boolean } | null {
  const seen = [sign, also ?? ''].filter((one) => /^\d$/.test(one));
  const like = [sign, also ?? ''].flatMap((one) => lookAlikes[one] ?? []);
  const digit = seen[0] ?? like[0];
  if (digit === undefined || (seen.length === 2 && seen[0] !== seen[1])) return null;
  const agreed = [...seen, ...like].filter((one) => one === digit).length;
  return { digit, twice: also === undefined ? seen.length === 1 : agreed === 2 };
}

function isLoneDigit({ text }: Cell): boolean {
  return text.length <= 2 && /^[\dOoDQIl|ZSsB]+$/.test(text);
}

function isUnderHeads(cell: Cell, signs: readonly Cell[]): boolean {
  const above = signs.filter((sign) => {
    const down = cell.y - sign.y;
    const aside = Math.abs(middle(sign) - middle(cell));
    return sign.page === cell.page && down > 0.6 * sign.height && down < 4 * sign.height && aside < 12 * sign.height;
  });
  return above.length >= headsMin - 1;
}

/** Whether two signs are of one row, which may lean. */
function isLevel(a: Cell, b: Cell): boolean {
  return Math.abs(a.y - b.y) < 0.5 * b.height + 0.03 * Math.abs(middle(a) - middle(b));
}

function middle({ x0, x1 }: Cell): number {
  return (x0 + x1) / 2;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function grouped(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '').replace(/\B(?=(?:\d{3})+$)/g, ',');
}
