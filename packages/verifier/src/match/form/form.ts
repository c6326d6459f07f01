/**
 * Claims against a Korean form: which comparator a field goes to. The door of this folder; knows nothing of looks or
 * verdicts.
 */

import { hangulShare } from '../../normalize/hangul.ts';
import type { Claim, Field, Page } from '../../types.ts';
import type { Outcome, Row } from '../rows.ts';
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
  at: { fields: readonly Field[]; rows: readonly Row[] },
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
    case 'identifier':
    case 'documentNumber':
      return matchFormIdentifier(claim, sheet);
  }
}

/** A receipt's total has its own arithmetic, of what was paid; an invoice's is supply and tax. */
function matchSum(claim: Claim, sheet: Sheet, at: { fields: readonly Field[]; rows: readonly Row[] }): Outcome {
  const invoice = at.fields.some(({ name }) => name === 'supply_amount');
  if (claim.field.name !== 'total' || invoice) return matchFormMoney(claim, sheet, at.fields);
  const paid = matchTotal(claim.value, at.rows, { whole: true });
  return paid.finding === 'not_found' ? matchFormMoney(claim, sheet, at.fields) : paid;
}
