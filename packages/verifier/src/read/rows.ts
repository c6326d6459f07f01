/**
 * Read boxes to rows of words: boxes on one baseline make a row, whatever column they stand in, and each keeps its
 * words with their own places. Pure geometry.
 */

import type { Box, Line, Word } from '../types.ts';
import { union } from './protocol.ts';
import type { Letter, Reading } from './recognize.ts';

interface Placed {
  readonly reading: Reading;
  /** Centre and height after the page's slant is taken out. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** Rows from top to bottom, words from left to right. */
export function rowsOf(readings: readonly Reading[], page: { width: number; height: number }): Line[] {
  const slant = slantOf(readings);
  const placed = readings
    .map((reading): Placed => {
      const { cx, cy, across } = reading.box;
      return {
        reading,
        x: cx * Math.cos(slant) + cy * Math.sin(slant),
        y: cy * Math.cos(slant) - cx * Math.sin(slant),
        height: across,
      };
    })
    .sort((a, b) => a.y - b.y);
  const rows: Placed[][] = [];
  for (const item of placed) {
    const row = rows.slice(-6).findLast((candidate) => onSameBaseline(candidate, item));
    if (row === undefined) rows.push([item]);
    else row.push(item);
  }
  return rows
    .map((row) => lineOf(row, page))
    .filter((line): line is Line => line !== null)
    .sort((a, b) => a.box[1] + a.box[3] - b.box[1] - b.box[3]);
}

/** Slope of the page: the median over boxes wide enough to have one, weighted by their length. */
function slantOf(readings: readonly Reading[]): number {
  const wide = readings
    .filter(({ box }) => box.along > 4 * box.across && Math.abs(box.slope) < 0.4)
    .sort((a, b) => a.box.slope - b.box.slope);
  const half = wide.reduce((sum, { box }) => sum + box.along, 0) / 2;
  let sum = 0;
  for (const { box } of wide) {
    sum += box.along;
    if (sum >= half) return box.slope;
  }
  return 0;
}

/** The nearest neighbour in the row decides, so that a leaning row is followed; boxes above each other never join. */
function onSameBaseline(row: readonly Placed[], item: Placed): boolean {
  const gap = (other: Placed): number =>
    Math.abs(other.x - item.x) - (other.reading.box.along + item.reading.box.along) / 2;
  const nearest = row.reduce((best, other) => (gap(other) < gap(best) ? other : best));
  if (gap(nearest) < -0.3 * Math.min(nearest.reading.box.along, item.reading.box.along)) return false;
  const overlap = (nearest.height + item.height) / 2 - Math.abs(nearest.y - item.y);
  return overlap > 0.55 * Math.min(nearest.height, item.height);
}

function lineOf(row: readonly Placed[], page: { width: number; height: number }): Line | null {
  const words = [...row].sort((a, b) => a.x - b.x).flatMap(({ reading }) => wordsOf(reading, page));
  if (words.length === 0) return null;
  return { words, box: words.map((word) => word.box).reduce(union) };
}

function wordsOf(reading: Reading, page: { width: number; height: number }): Word[] {
  const pitch = 0.5 / reading.letters.length;
  const groups: Letter[][] = [[]];
  for (const letter of reading.letters) {
    if (letter.char.trim() === '') groups.push([]);
    else groups[groups.length - 1]?.push(letter);
  }
  return groups
    .filter((group) => group.length > 0)
    .map((group) => ({
      text: group
        .map((letter) => letter.char)
        .join('')
        .normalize('NFKC'),
      box: boxOf(reading, page, [(group[0] as Letter).at - pitch, (group[group.length - 1] as Letter).at + pitch]),
      confidence: Math.round(reading.confidence * 1000) / 1000,
      ...(reading.rival === undefined ? {} : { rival: Math.round(reading.rival * 1000) / 1000 }),
      ...(reading.sealed === true ? { sealed: true } : {}),
      ...(reading.also === undefined ? {} : { also: reading.also.normalize('NFKC') }),
    }));
}

/** Upright bounds, as fractions of the page, of a stretch of a leaning box. */
function boxOf(reading: Reading, page: { width: number; height: number }, stretch: [number, number]): Box {
  const { cx, cy, along, across, slope } = reading.box;
  const corners = [Math.max(0, stretch[0]), Math.min(1, stretch[1])].flatMap((at) =>
    [-0.5, 0.5].map((v): [number, number] => {
      const u = (at - 0.5) * along;
      return [
        cx + u * Math.cos(slope) - v * across * Math.sin(slope),
        cy + u * Math.sin(slope) + v * across * Math.cos(slope),
      ];
    }),
  );
  const xs = corners.map(([x]) => x / page.width);
  const ys = corners.map(([, y]) => y / page.height);
  return [fraction(Math.min(...xs)), fraction(Math.min(...ys)), fraction(Math.max(...xs)), fraction(Math.max(...ys))];
}

function fraction(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
}
