/**
 * What stands in a label's place on a form: behind it in its box, right of it up to the next label, beside a label of
 * two lines, or below the head of a column. A value never runs over the middle between two parties.
 */

import type { Field } from '../../types.ts';
import { type Head, partyBeside } from './heads.ts';
import type { Cell, Label, Sheet } from './sheet.ts';

/** A piece of a value: one cell, or what follows a label in it. */
export interface Part {
  readonly cell: Cell;
  readonly text: string;
  readonly also: string | null;
}

/** The value of one label. */
export interface Slot {
  readonly label: Label;
  readonly parts: readonly Part[];
}

/** Slots of a field: those of its own labels, on its party's side, that hold something of the field's type. */
export function slotsOf(sheet: Sheet, field: Field, usable: (text: string) => boolean): Slot[] {
  const own = sheet.labels.filter((label) => isOwn(label, field));
  return ofParty(own, sheet, field).flatMap((label) => {
    const parts = placesOf(label, sheet).find(
      (place) => place.some((part) => usableIn(part, usable)) || usable(joined(place)),
    );
    return parts === undefined ? [] : [{ label, parts }];
  });
}

/** Whether labels of a field stand on the page at all, whatever is beside them. */
export function isLabelled(sheet: Sheet, field: Field): boolean {
  return sheet.labels.some((label) => isOwn(label, field));
}

/** A slot's pieces as one text. */
export function joined(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join('');
}

/** Every cell that belongs to no label and to no label's value: what stands by itself. */
export function loneCells(sheet: Sheet): Cell[] {
  const taken = new Set<Cell>();
  for (const label of sheet.labels) {
    for (const cell of label.cells) taken.add(cell);
    for (const part of placesOf(label, sheet)[0] ?? []) taken.add(part.cell);
  }
  return sheet.rows.flat().filter((cell) => !taken.has(cell));
}

/** Whether a label is one of the field's and not one of those that name something else. */
export function isOwn(label: Label, field: Field): boolean {
  const own = field.labels.map(letters);
  const others = (field.otherLabels ?? []).map(letters);
  return label.words.some((word) => own.includes(word)) && !label.words.some((word) => others.includes(word));
}

function letters(label: string): string {
  return label.replace(/[^\p{L}\p{N}]/gu, '');
}

function usableIn(part: Part, usable: (text: string) => boolean): boolean {
  return usable(part.text) || (part.also !== null && usable(part.also));
}

/**
 * Whose a label is: what the head beside it says; where none does, the party on the other side of one that has a head,
 * or the supplier where it usually stands, left or above. Nobody knows which a single one without a head is.
 */
function ofParty(labels: readonly Label[], sheet: Sheet, field: Field): readonly Label[] {
  if (field.party === undefined) return labels;
  return labels.filter((label) => sideOf(label, labels, sheet) === field.party);
}

function sideOf(label: Label, labels: readonly Label[], sheet: Sheet): Field['party'] | null {
  const cell = label.cells[0] as Cell;
  const middle = sheet.middles.get(cell.page);
  const isLeft = middle === undefined || cell.x0 < middle;
  // The head of the right block stands left of its labels, and so of the middle.
  const onSide = ({ page, x }: Head): boolean => middle === undefined || x < middle - 0.1 * page.width === isLeft;
  const heads = sheet.heads.filter(({ page }) => page === cell.page);
  const said = partyBeside(label, heads.filter(onSide));
  if (said !== null) return said;
  if (middle !== undefined) {
    const other = heads.find((head) => !onSide(head));
    if (other !== undefined) return other.party === 'buyer' ? 'supplier' : 'buyer';
    return isLeft ? 'supplier' : 'buyer';
  }
  const same = labels.filter((one) => one.cells[0]?.page === cell.page);
  if (same.length < 2) return null;
  return same[0] === label ? 'supplier' : 'buyer';
}

/** Where a label's value may stand, the likelier place first. */
function placesOf(label: Label, sheet: Sheet): Part[][] {
  const right = rightOf(label, sheet);
  return [right, besideOf(label, sheet), belowOf(label, sheet)].filter((parts) => parts.length > 0);
}

function rightOf(label: Label, sheet: Sheet): Part[] {
  const last = label.cells[label.cells.length - 1] as Cell;
  const row = sheet.rows[last.row] as readonly Cell[];
  const starts = new Set(sheet.labels.filter((other) => other !== label).map((other) => other.cells[0]));
  const parts: Part[] = [];
  if (label.to < last.text.length)
    parts.push({ cell: last, text: last.text.slice(label.to), also: behindLabel(last.also) });
  for (const cell of row.slice(row.indexOf(last) + 1)) {
    if (starts.has(cell) || crosses(label, cell, sheet)) break;
    parts.push(whole(cell));
  }
  return parts;
}

/** The other reader has no word for the label: its digits begin where its colon or its first digit stands. */
function behindLabel(also: string | null): string | null {
  if (also === null) return null;
  const colon = also.indexOf(':');
  return colon >= 0 && colon < 12 && !/\d/.test(also.slice(0, colon))
    ? also.slice(colon + 1)
    : also.replace(/^\D+/, '');
}

/** A label of two lines stands beside its value, not on its row. */
function besideOf(label: Label, sheet: Sheet): Part[] {
  const last = label.cells[label.cells.length - 1] as Cell;
  if (label.to < last.text.length) return [];
  const labelled = new Set(sheet.labels.flatMap(({ cells }) => cells));
  const near = sheet.rows
    .slice(Math.max(0, last.row - 1), last.row + 2)
    .filter((row) => row[0]?.row !== last.row)
    .flat()
    .filter((cell) => cell.page === last.page && cell.x0 >= last.x1 - last.height && !labelled.has(cell))
    .filter((cell) => Math.abs(cell.y - last.y) < 1.3 * last.height && !crosses(label, cell, sheet))
    .sort((a, b) => a.x0 - b.x0);
  return near.slice(0, 1).map(whole);
}

/** A column's head stands above its value: the nearest row below with a box under it. */
function belowOf(label: Label, sheet: Sheet): Part[] {
  const [first, last] = [label.cells[0] as Cell, label.cells[label.cells.length - 1] as Cell];
  if (label.to < last.text.length) return [];
  const centre = (first.x0 + last.x1) / 2;
  const reach = Math.max((last.x1 - first.x0) / 2, 1.5 * last.height);
  const labelled = new Set(sheet.labels.flatMap(({ cells }) => cells));
  for (const row of sheet.rows.slice(last.row + 1, last.row + 4)) {
    const under = row.filter((cell) => {
      const near = Math.abs((cell.x0 + cell.x1) / 2 - centre) < reach || (cell.x0 < centre && cell.x1 > centre);
      return near && cell.page === last.page && cell.y - last.y < 5 * last.height && cell.y > last.y;
    });
    if (under.some((cell) => labelled.has(cell))) return [];
    if (under.length > 0) return under.map(whole);
  }
  return [];
}

function crosses(label: Label, cell: Cell, sheet: Sheet): boolean {
  const middle = sheet.middles.get(cell.page);
  return middle !== undefined && (label.cells[0] as Cell).x0 < middle && cell.x0 >= middle;
}

function whole(cell: Cell): Part {
  return { cell, text: cell.text, also: cell.also };
}
