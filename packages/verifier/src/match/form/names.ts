/**
 * Claims of companies, people and addresses against a Korean form. A name is the same in every syllable or it is not
 * the same; what is nearly the same is a doubt, for readers mistake strokes and forgers change them.
 */

import { addressText, numbersIn } from '../../normalize/addresses.ts';
import { jamoDistance, jamoOf } from '../../normalize/hangul.ts';
import { bareCompany, barePerson } from '../../normalize/korean-names.ts';
import { fold } from '../../normalize/text.ts';
import type { Claim } from '../../types.ts';
import { addressIn } from '../address.ts';
import { notFound, type Outcome } from '../rows.ts';
import { type Cell, evidenceOfCells, type Sheet } from './sheet.ts';
import { joined, loneCells, type Part, slotsOf } from './slots.ts';

/** A name as it may be meant by a piece of a slot. */
interface Name {
  readonly text: string;
  readonly cells: readonly Cell[];
  readonly confidence: number;
  readonly rival: number;
  readonly sealed: boolean;
}

/**
 * Certainty below which a name must be read twice to match, and above which two looks that agree contradict one. Of one
 * jamo even a certain reader may be wrong twice.
 */
const confidentMin = 0.93;
/** Where another letter is this likely a name must be read twice, and where it is likelier still, once better. */
const rivalMax = 0.15;
const contestedMin = 0.6;
/** Certainty below which a name was not read well enough to be another one. */
const legibleMin = 0.9;
/** Share of a name's jamo that may differ where one name was read badly; more is another name. */
const nearShare = 0.34;
const titles = /영수증|계산서|명세서|매출전표|증명서|등록증|면허증|자격증|증명합니다|전표/;
const legalForm = /주식회사|유한회사|\(주\)|\(유\)|합자회사|법인/;

/** A company in its place; on receipts the shop's name may stand alone at the top. */
export function matchFormCompany(claim: Claim, sheet: Sheet): Outcome {
  const wanted = bareCompany(claim.value);
  if (wanted.length < 2) return notFound('claim_unreadable');
  if (!isWritable(wanted)) return notFound('script_not_read');
  const slots = slotsOf(sheet, claim.field, (text) => bareCompany(text).length >= 2);
  const names = slots.flatMap((slot) => namesOf(slot.parts, bareCompany));
  if (names.length > 0) return judged(wanted, names);
  if (claim.field.alone === true) {
    const lone = loneNames(sheet);
    if (lone.length > 0) return judged(wanted, lone);
  }
  return elsewhere(wanted, sheet, bareCompany);
}

/** A person in his or her place. */
export function matchFormPerson(claim: Claim, sheet: Sheet): Outcome {
  const wanted = barePerson(claim.value);
  if (wanted.length < 2) return notFound('claim_unreadable');
  if (!isWritable(wanted)) return notFound('script_not_read');
  const slots = slotsOf(sheet, claim.field, (text) => barePerson(text).length >= 2);
  const names = slots.flatMap((slot) => namesOf(slot.parts, barePerson));
  return names.length > 0 ? judged(wanted, names) : elsewhere(wanted, sheet, barePerson);
}

/** What the readers of a form can write: a name in other letters is neither borne out nor contradicted by it. */
function isWritable(name: string): boolean {
  return /^[가-힣A-Z0-9&]+$/.test(name);
}

/** An address in its place and on the line below: whole, or for a person. */
export function matchFormAddress(claim: Claim, sheet: Sheet): Outcome {
  const claimed = addressText(claim.value);
  if (claimed.key.length < 4) return notFound('claim_unreadable');
  const [slot] = slotsOf(sheet, claim.field, (text) => text.length >= 4);
  if (slot === undefined) return notFound('no_address_read');
  const below = continued(slot.parts, sheet);
  const cells = [...slot.parts.map(({ cell }) => cell), ...below];
  const texts = [...slot.parts.map(({ text }) => text), ...below.map(({ text }) => text)];
  const at = { found: texts.join(' '), evidence: evidenceOfCells(cells) };
  const how = addressIn(claim.value, texts.join(' '));
  if (how === 'part') return { finding: 'match', reasons: ['name_is_part'], ...at };
  if (how === 'whole') {
    const also = cells.map((cell) => cell.also ?? cell.text).join(' ');
    const twice = numbersIn(claimed).every((number) => also.includes(number));
    return { finding: 'match', reasons: twice ? ['exact'] : ['exact', 'read_once'], ...at };
  }
  return { finding: 'mismatch', reasons: ['address_differs', 'name_in_doubt'], byName: true, ...at };
}

/** The next line of a value, where it begins under it and belongs to no label. */
function continued(parts: readonly Part[], sheet: Sheet): Cell[] {
  const [first] = parts;
  if (first === undefined) return [];
  const lone = new Set(loneCells(sheet));
  const next = sheet.rows[first.cell.row + 1] ?? [];
  return next.filter(
    (cell) => lone.has(cell) && cell.page === first.cell.page && Math.abs(cell.x0 - first.cell.x0) < 3 * cell.height,
  );
}

/** Each piece by itself, and neighbouring pieces joined: seals are boxes too, and long names break in two. */
function namesOf(parts: readonly Part[], bare: (text: string) => string): Name[] {
  const names: Name[] = [];
  const add = (said: string, taken: readonly Part[]): void => {
    const text = bare(said);
    const cells = taken.map(({ cell }) => cell);
    const confidence = Math.min(...cells.map((cell) => cell.confidence));
    const rival = Math.max(...cells.map((cell) => cell.rival));
    if (text.length >= 2) names.push({ text, cells, confidence, rival, sealed: cells.some((cell) => cell.sealed) });
  };
  for (let from = 0; from < parts.length; from += 1) {
    for (let to = from + 1; to <= Math.min(parts.length, from + 3); to += 1) {
      add(joined(parts.slice(from, to)), parts.slice(from, to));
    }
    const { cell, also } = parts[from] as Part;
    if (cell.sealed && also !== null) add(also, [parts[from] as Part]);
  }
  return names;
}

/** What stands alone and has a legal form; else what stands above the first label and is no title. */
function loneNames(sheet: Sheet): Name[] {
  const lone = loneCells(sheet).filter(({ text }) => bareCompany(text).length >= 2 && !titles.test(text));
  const formal = lone.filter(({ text }) => legalForm.test(text) && text.length < 24);
  if (formal.length > 0 && new Set(formal.map(({ text }) => bareCompany(text))).size === 1) return formal.map(nameOf);
  const firstLabel = Math.min(...sheet.labels.map((label) => (label.cells[0] as Cell).row));
  return lone.filter((cell) => cell.row < firstLabel && cell.row < 4).map(nameOf);
}

function nameOf(cell: Cell): Name {
  return { text: bareCompany(cell.text), cells: [cell], confidence: cell.confidence, rival: cell.rival, sealed: false };
}

function judged(wanted: string, names: readonly Name[]): Outcome {
  const exact = names.find(({ text }) => same(text, wanted)) ?? names.find((name) => underSeal(name, wanted));
  if (exact !== undefined) {
    if (exact.rival >= contestedMin) return shown('match', exact, ['name_in_doubt']);
    return shown('match', exact, isSurelyRead(exact) ? ['exact'] : ['exact', 'read_once']);
  }
  // Signs of a seal stand behind a name; how near it is shows in the letters before them.
  const distanceOf = ({ text, sealed }: Name): number =>
    jamoDistance(sealed && text.length > wanted.length ? text.slice(0, wanted.length) : text, wanted);
  const [nearest] = [...names].sort((a, b) => distanceOf(a) - distanceOf(b));
  if (nearest === undefined) return notFound('no_name_read');
  const jamo = Math.max(jamoOf(wanted).length, jamoOf(nearest.text).length);
  const distance = distanceOf(nearest);
  const isNear = distance <= Math.max(1, jamo * nearShare);
  const isConfident = distance > 1 && isSurelyRead(nearest) && nearest.text.length === wanted.length;
  if (isNear && !isConfident) return shown('match', nearest, ['name_in_doubt']);
  if (isNear) return shown('mismatch', nearest, ['letter_differs', 'read_once']);
  const [first] = [...names].sort((a, b) => a.cells.length - b.cells.length || b.text.length - a.text.length);
  const legible = (first as Name).confidence >= legibleMin && (first as Name).rival < contestedMin;
  return {
    ...shown('mismatch', first as Name, legible ? ['other_name'] : ['other_name', 'name_in_doubt']),
    byName: true,
  };
}

function isSurelyRead({ confidence, rival }: Name): boolean {
  return confidence >= confidentMin && rival < rivalMax;
}

/** A seal over the end of a name is read as a syllable or two behind it. Of short names that is no proof. */
function underSeal({ text, sealed }: Name, wanted: string): boolean {
  return sealed && wanted.length >= 3 && text.startsWith(wanted) && text.length <= wanted.length + 2;
}

/** Latin letters and digits may look alike; Hangul may not. */
function same(read: string, wanted: string): boolean {
  return read === wanted || fold(read) === fold(wanted);
}

/** A name that stands whole in another place, or in none that a label gives. */
function elsewhere(wanted: string, sheet: Sheet, bare: (text: string) => string): Outcome {
  const cell = sheet.rows.flat().find(({ text }) => same(bare(text), wanted));
  if (cell === undefined) return notFound('no_name_read');
  return { finding: 'match', found: cell.text, reasons: ['other_role_possible'], evidence: evidenceOfCells([cell]) };
}

function shown(finding: 'match' | 'mismatch', name: Name, reasons: string[]): Outcome {
  return { finding, found: name.text, reasons, evidence: evidenceOfCells(name.cells) };
}
