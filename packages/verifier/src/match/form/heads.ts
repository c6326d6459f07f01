/**
 * 공급자 and 공급받는자 as they head a party's block: letter by letter down its left side, or in one box. A head says whose the fields
 * beside it are, wherever on the page the block stands.
 */

import type { Page } from '../../types.ts';
import type { Cell, Label } from './sheet.ts';

/** The part that a head gives to the labels right of it, from top to bottom of its block. */
export interface Head {
  readonly party: 'supplier' | 'buyer';
  readonly page: Page;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

const letters = /^[공급받는자]{1,5}$/;

/** Heads of parties on rows of cells. A head that is read in part is none: the wrong party is worse than no party. */
export function headsOf(rows: readonly (readonly Cell[])[]): Head[] {
  const pieces = rows.flat().filter(({ text }) => letters.test(text));
  const left = new Set(pieces);
  const heads: Head[] = [];
  for (const first of pieces.toSorted((a, b) => a.y - b.y)) {
    if (!left.has(first)) continue;
    left.delete(first);
    const column = [first];
    for (let below = nextBelow(column, left); below !== undefined; below = nextBelow(column, left)) {
      column.push(below);
      left.delete(below);
    }
    const party = partyOf(column);
    const last = column[column.length - 1] as Cell;
    if (party === null) continue;
    const x = Math.max(...column.map(({ x1 }) => x1));
    heads.push({ party, page: first.page, x, top: first.y - first.height, bottom: last.y + last.height });
  }
  return heads;
}

/** Whose a label's value is by the nearest head left of it; null where none stands beside it. */
export function partyBeside(label: Label, heads: readonly Head[]): Head['party'] | null {
  const cell = label.cells[0] as Cell;
  const beside = heads.filter(
    ({ page, x, top, bottom }) =>
      page === cell.page &&
      x <= cell.x0 + 0.5 * cell.height &&
      cell.y > top - 2 * cell.height &&
      cell.y < bottom + 2 * cell.height,
  );
  const [nearest] = beside.toSorted((a, b) => b.x - a.x);
  return nearest?.party ?? null;
}

/** The next letter down the same column. */
function nextBelow(column: readonly Cell[], left: ReadonlySet<Cell>): Cell | undefined {
  const last = column[column.length - 1] as Cell;
  const middle = (last.x0 + last.x1) / 2;
  return [...left]
    .filter((cell) => {
      const away = Math.abs((cell.x0 + cell.x1) / 2 - middle);
      const down = cell.y - last.y;
      return cell.page === last.page && away < 0.7 * last.height && down > 0.3 * last.height && down < 6 * last.height;
    })
    .toSorted((a, b) => a.y - b.y)[0];
}

/** All letters of a head and no other; those of the supplier evenly set, or two of the buyer's were lost. */
function partyOf(column: readonly Cell[]): Head['party'] | null {
  const word = column.map(({ text }) => text).join('');
  if (word === '공급받는자') return 'buyer';
  if (word !== '공급자') return null;
  const steps = column.slice(1).map((cell, i) => cell.y - (column[i] as Cell).y);
  return steps.length === 0 || Math.max(...steps) < 1.6 * Math.min(...steps) ? 'supplier' : null;
}
