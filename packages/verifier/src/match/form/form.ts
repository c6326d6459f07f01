/**
 * Claims against a Korean form: which comparator a field goes to. The door of this folder; knows nothing of looks or
 * verdicts.
 */

import { hangulShare } from '../../normalize/hangul.ts';
import type { Claim, Field, Page } from '../../types.ts';
import { matchPhone } from '../phone.ts';
import { type Outcome, type Row, rowsOf } from '../rows.ts';
import { matchTotal } from '../total.ts';
import { matchFormDate, matchFormIdentifier, matchFormMoney, matchFormNumber } from './figures.ts';
import { matchFormAddress, matchFormCompany, matchFormPerson } from './names.ts';
import { type Sheet, sheetOf } from './sheet.ts';

/** Letters of Hangul from which on a page is a Korean one, and their share of all letters. */
const hangulMin = 12;
const shareMin = 0.3;

/** Pages of one attachment as a form, or null where they are not in Hangul. */
export function formOf(pages: readonly Page[], fields: readonly Field[]): Sheet | null {
  const text = pages.flatMap((page) => page.lines.flatMap((line) => line.words.map((word) => word.text))).join('');
  if ((text.match(/[가-힣]/g)?.length ?? 0) < hangulMin || hangulShare(text) < shareMin) return null;
  return sheetOf(
    pages,
    fields.flatMap((field) => field.labels).filter((label) => /^[가-힣]+$/.test(label)),
  );
}

/** Compares one claim with a form; `fields` are all of its kind, for sums that must add up. */
export function matchOnForm(
  claim: Claim,
  sheet: Sheet,
  at: { fields: readonly Field[]; rows: readonly Row[]; inWords: ReadonlySet<number> },
): Outcome {
  switch (claim.field.type) {
    case 'company':
      return matchFormCompany(claim, sheet);
    case 'person':
      return matchFormPerson(claim, sheet);
    case 'date':
      return matchFormDate(claim, sheet);
    case 'money':
      return matchSum(claim, sheet, at);
    case 'krBusinessNumber':
      return matchFormNumber(claim, sheet);
    case 'address':
      return matchFormAddress(claim, sheet);
    case 'phone':
      return matchFormPhone(claim, sheet, at.rows);
    case 'identifier':
    case 'documentNumber':
      return matchFormIdentifier(claim, sheet);
  }
}

/** A number of a party stands on its side of the middle; where parties are not told apart it may be the other's. */
function matchFormPhone({ field, value }: Claim, sheet: Sheet, rows: readonly Row[]): Outcome {
  const at = { field, locale: 'ko-KR' };
  if (field.party === undefined) return matchPhone(value, rows, at);
  const isLeft = field.party === 'supplier';
  const own = rows.flatMap((row) => {
    const middle = sheet.middles.get(row.page);
    return middle === undefined ? [row] : sideOf(row, (x) => x * row.page.width < middle === isLeft);
  });
  const outcome = matchPhone(value, own, at);
  return sheet.middles.size > 0 || outcome.finding === 'not_found'
    ? outcome
    : { ...outcome, reasons: [...outcome.reasons, 'other_role_possible'] };
}

/** The words of a row whose left edges are on one side of a page. */
function sideOf(row: Row, isOn: (x: number) => boolean): Row[] {
  const words = row.words.map(({ word }) => word).filter(({ box }) => isOn(box[0]));
  return rowsOf([{ ...row.page, lines: [{ words, box: row.box }] }]).map((part) => ({ ...part, page: row.page }));
}

/** A receipt's total has its own arithmetic, of what was paid; an invoice's is supply and tax. */
function matchSum(claim: Claim, sheet: Sheet, at: Parameters<typeof matchOnForm>[2]): Outcome {
  const invoice = at.fields.some(({ name }) => name === 'supply_amount');
  if (claim.field.name !== 'total' || invoice) return matchFormMoney(claim, sheet, at.fields);
  const paid = matchTotal(claim.value, at.rows, { whole: true, inWords: at.inWords });
  return paid.finding === 'not_found' ? matchFormMoney(claim, sheet, at.fields) : paid;
}
