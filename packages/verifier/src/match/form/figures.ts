/**
 * Claims of numbers, dates and amounts against a Korean form: a value counts in its own place only. What stands in
 * another place is another value, and what nobody labels is believed only where nothing else could be meant.
 */

import { businessNumberDigits, isBusinessNumber } from '../../normalize/business-number.ts';
import { parseDate } from '../../normalize/dates.ts';
import { parseMoney, showMoney } from '../../normalize/money.ts';
import { skeleton } from '../../normalize/text.ts';
import type { Claim, Field } from '../../types.ts';
import { notFound, type Outcome } from '../rows.ts';
import { evidenceOfCells, type Sheet } from './sheet.ts';
import { isLabelled, loneCells, type Part, type Slot, slotsOf } from './slots.ts';
import { amountsOf, businessNumbersIn, datesInText, datesOf, numbersOf, type Value, wonIn } from './values.ts';

/** A business number by its checksum, in the place of its party. */
export function matchFormNumber(claim: Claim, sheet: Sheet): Outcome {
  const digits = businessNumberDigits(claim.value);
  if (digits === null) return notFound('claim_unreadable');
  if (!isBusinessNumber(digits)) return notFound('checksum_failed');
  const slots = slotsOf(sheet, claim.field, (text) => businessNumbersIn(text).length > 0);
  // The check digit settles what two readers read.
  const values = slots.flatMap((slot) => numbersOf(slot.parts)).map((value) => ({ ...value, contested: false }));
  if (values.length > 0) return decided(digits, values, (number) => number);
  if (isLabelled(sheet, claim.field) && claim.field.party === undefined) {
    const broken = slotsOf(sheet, claim.field, (text) => /\d{3}\D?\d{2}\D?\d{3}/.test(text));
    if (broken.length > 0) return notFound('number_not_legible');
  }
  return loneNumber(digits, claim.field, sheet);
}

/** Without a label only a number in the printed form of business numbers counts, and only the one there is. */
function loneNumber(digits: string, field: Field, sheet: Sheet): Outcome {
  const printed = sheet.rows.flat().flatMap((cell) => {
    const shaped = [cell.text, cell.also ?? ''].filter((text) => /\d{3}-\d{2}-\d{5}/.test(text));
    return [...new Set(shaped.flatMap(businessNumbersIn))].map((value) => ({
      value,
      cells: [cell],
      agreed: false,
      contested: false,
    }));
  });
  const middles = sheet.middles;
  const own = printed.filter(({ cells: [cell] }) => {
    const middle = cell === undefined ? undefined : middles.get(cell.page);
    if (field.party === undefined || middle === undefined || cell === undefined) return true;
    return cell.x0 < middle === (field.party === 'supplier');
  });
  if (own.length === 0) return notFound('no_number_read');
  const outcome = decided(digits, own, (number) => number);
  const settled = new Set(own.map(({ value }) => value)).size === 1 && (field.party === undefined || middles.size > 0);
  return settled ? outcome : withReason(outcome, 'other_role_possible');
}

/** A date in its own place; where its kind lets it stand alone, the one date that no label claims. */
export function matchFormDate(claim: Claim, sheet: Sheet): Outcome {
  const claimed = parseDate(claim.value, 'ymd');
  const [day] = claimed;
  if (day === undefined || claimed.length > 1)
    return notFound(day === undefined ? 'claim_unreadable' : 'ambiguous_day_month');
  const slots = slotsOf(sheet, claim.field, (text) => datesInText(text).length > 0);
  const values = slots.flatMap((slot) => firstOf(slot));
  if (values.length > 0) return decided(day, values, (value) => value);
  if (isLabelled(sheet, claim.field) && claim.field.alone !== true) return notFound('date_not_legible');
  const lone = loneCells(sheet).flatMap((cell) => datesOf([{ cell, text: cell.text, also: cell.also }]));
  if (lone.length === 0) return notFound('no_date_read');
  if (claim.field.alone === true && new Set(lone.map(({ value }) => value)).size <= 2) {
    return decided(day, lone, (value) => value);
  }
  return lone.some(({ value }) => value === day)
    ? withReason(
        decided(day, lone, (value) => value),
        'other_role_possible',
      )
    : notFound('no_date_read');
}

/** A period begins with the date that is asked for. */
function firstOf(slot: Slot): Value<string>[] {
  const all = datesOf(slot.parts);
  const period =
    slot.parts.some(({ text }) => /[~〜-]\s*(?:현재|\d{4})/.test(text)) ||
    slot.label.words.some((word) => word.endsWith('기간'));
  if (!period) return all;
  const primary = slot.parts
    .map((part) => datesInText(part.text)[0] ?? datesInText(part.also ?? '')[0])
    .find((day) => day !== undefined);
  return all.filter(({ value }) => value === primary);
}

/** An amount in its own place; a sum is also held against the other amounts of the form. */
export function matchFormMoney(claim: Claim, sheet: Sheet, fields: readonly Field[]): Outcome {
  const cents = parseMoney(claim.value);
  if (cents === null) return notFound('claim_unreadable');
  const values = amountsIn(sheet, claim.field);
  if (values.length === 0) return notFound('no_amount_read');
  const proven = provenBy(sheet, fields, claim.field.name);
  const sure = values.filter(({ value }) => proven.has(value));
  if (sure.length > 0) {
    const own = sure.find(({ value }) => value === cents);
    if (own !== undefined) return shown('match', own, ['exact', 'adds_up'], showMoney);
    return shown('mismatch', sure[0] as Value<number>, ['value_differs', 'adds_up'], showMoney);
  }
  const whole = values.every(({ cells }) => cells.every((cell) => cell.joined !== true));
  const read = decided(cents, values, showMoney);
  const outcome = whole ? read : withReason(read, 'digit_in_doubt');
  const sums = claim.field.name === 'total' ? sumsOf(sheet, fields) : new Set<number>();
  const disagrees = outcome.finding === 'match' ? sums.size > 0 && !sums.has(cents) : sums.has(cents);
  return disagrees ? withReason(outcome, 'total_ambiguous') : outcome;
}

/** What supply and tax of the form come to, whatever is printed as their total. */
function sumsOf(sheet: Sheet, fields: readonly Field[]): Set<number> {
  const of = (name: string): number[] => {
    const field = fields.find((candidate) => candidate.name === name);
    return field === undefined ? [] : amountsIn(sheet, field).map(({ value }) => value);
  };
  return new Set(of('supply_amount').flatMap((supply) => of('tax_amount').map((tax) => supply + tax)));
}

function amountsIn(sheet: Sheet, field: Field): Value<number>[] {
  return slotsOf(sheet, field, (text) => wonIn(text).length > 0).flatMap((slot) => amountsOf(slot.parts));
}

/** Values of a field for which supply, tax and total of the same form add up, the tax being a tenth. */
function provenBy(sheet: Sheet, fields: readonly Field[], name: string): Set<number> {
  const of = (wanted: string): number[] => {
    const field = fields.find((candidate) => candidate.name === wanted);
    return field === undefined ? [] : amountsIn(sheet, field).map(({ value }) => value);
  };
  const [supplies, taxes, totals] = [of('supply_amount'), of('tax_amount'), of('total')];
  const proven = new Set<number>();
  for (const supply of supplies) {
    for (const tax of taxes) {
      if (!totals.includes(supply + tax) || supply <= 0 || tax < 0) continue;
      proven.add(name === 'total' ? supply + tax : name === 'supply_amount' ? supply : tax);
    }
  }
  return proven;
}

/** The number of a document: the same letters and digits in its place, hyphens aside. */
export function matchFormIdentifier(claim: Claim, sheet: Sheet): Outcome {
  const wanted = skeleton(claim.value);
  if (wanted.length < 3) return notFound('claim_unreadable');
  const bare = (text: string): string => skeleton(text.replace(/^제|호$/g, ''));
  const slots = slotsOf(sheet, claim.field, (text) => /\d{2}/.test(text));
  const values = slots.flatMap((slot) =>
    slot.parts.filter(({ text }) => /\d{2}/.test(text)).flatMap((part) => readings(part, bare)),
  );
  if (values.length > 0) return decided(wanted, values, (value) => value);
  const elsewhere = sheet.rows
    .flat()
    .find((cell) => [cell.text, cell.also ?? ''].some((text) => bare(text) === wanted));
  if (elsewhere === undefined) return notFound('no_number_read');
  return {
    finding: 'match',
    found: elsewhere.text,
    reasons: ['other_role_possible'],
    evidence: evidenceOfCells([elsewhere]),
  };
}

function readings(part: Part, bare: (text: string) => string): Value<string>[] {
  const [first, second] = [bare(part.text), part.also === null ? null : bare(part.also)];
  const both = [...new Set(second === null || second === '' ? [first] : [first, second])];
  return both.map((value) => ({ value, cells: [part.cell], agreed: both.length === 1, contested: both.length > 1 }));
}

/**
 * A claim against the values of its place. One value, whoever read it, matches; where readers or places differ, a
 * match needs both readers and a mismatch is a doubt.
 */
function decided<T extends string | number>(
  claimed: T,
  values: readonly Value<T>[],
  show: (value: T) => string,
): Outcome {
  const agreed = values.filter((value) => value.agreed);
  const distinct = new Set((agreed.length > 0 ? agreed : values).map(({ value }) => value));
  const own =
    values.find(({ value, agreed: sure }) => value === claimed && (sure || agreed.length === 0)) ??
    values.find(({ value }) => value === claimed);
  if (own !== undefined) {
    if (distinct.size === 1 && distinct.has(claimed)) {
      return shown('match', own, own.contested ? ['exact', 'read_once'] : ['exact'], show);
    }
    return shown('match', own, ['other_role_possible'], show);
  }
  const [first] = agreed.length > 0 ? agreed : values;
  if (first === undefined) return notFound('nothing_read');
  const reasons = ['value_differs'];
  if (distinct.size > 1) reasons.push('other_role_possible');
  if (!first.agreed) reasons.push('read_once');
  if (first.contested) reasons.push('digit_in_doubt');
  return shown('mismatch', first, reasons, show);
}

function shown<T>(
  finding: 'match' | 'mismatch',
  value: Value<T>,
  reasons: string[],
  show: (value: T) => string,
): Outcome {
  return { finding, found: show(value.value), reasons, evidence: evidenceOfCells(value.cells) };
}

function withReason(outcome: Outcome, reason: string): Outcome {
  return { ...outcome, reasons: [...new Set([...outcome.reasons, reason])] };
}
