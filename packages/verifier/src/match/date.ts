/**
 * Which date on the page is meant, and whether the claim is it. The order of day and month comes from the record's
 * locale or from what the page shows of its country; where nothing settles it, nobody guesses.
 */

import { type DateOrder, type DateReading, datesIn, parseDate } from '../normalize/dates.ts';
import { oneDigitInDoubt } from '../normalize/text.ts';
import type { Field } from '../types.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';

interface Seen {
  readonly days: readonly string[];
  readonly row: Row;
  readonly from: number;
  readonly to: number;
  readonly sure: boolean;
  /** 2: labelled as this date; 1: stands beside a time; 0: just stands there; -1: labelled as another date. */
  readonly rank: number;
}

const timeOfDay = /\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s?(?:[AP]\.?M)?/i;
const otherDates = [
  'DUE',
  'FALLIG',
  'FÄLLIG',
  'ECHEANCE',
  'VENCIM',
  'EXP',
  'VALID',
  'UNTIL',
  'BIRTH',
  'DELIVER',
  'EFFECTIVE',
  'BESTBEFORE',
  'WARRANTY',
  '유효',
  '생년',
  '만료',
  '납기',
];

/** Compares a claimed date with rows. */
export function matchDate(claim: string, rows: readonly Row[], at: { order: DateOrder; field: Field }): Outcome {
  const order = at.order ?? orderOnPage(rows);
  const claimed = parseDate(claim, order);
  if (claimed.length === 0) return notFound('claim_unreadable');
  const all = datesOn(rows, { order, field: at.field });
  const seen = all.some(({ sure }) => sure) ? all.filter(({ sure }) => sure) : all;
  if (seen.length === 0) return notFound('no_date_read');
  const top = Math.max(...seen.map(({ rank }) => rank));
  const wanted = seen.filter(({ rank }) => rank === top && rank >= 0);
  const same = seen.filter(({ days, rank }) => rank >= 0 && days.some((day) => claimed.includes(day)));
  const [first] = wanted;
  if (first === undefined)
    return same.length > 0 ? answer('match', same, ['other_role_possible']) : notFound('no_date_read');
  const different = new Set(wanted.filter(({ sure }) => sure).map(({ days }) => days.join()));
  if (same.length > 0) {
    const reasons: string[] = [];
    if (claimed.length > 1 || same.every(({ days }) => days.length > 1)) reasons.push('ambiguous_day_month');
    if (!same.some(({ rank }) => rank === top)) reasons.push('value_in_other_role', 'date_ambiguous');
    else if (different.size > 1) reasons.push('date_ambiguous');
    return answer('match', same, reasons.length > 0 ? reasons : ['exact']);
  }
  return answer('mismatch', wanted, doubtsOf(claimed, wanted, different.size));
}

/** Read once, a digit that is easily confused is no proof; nor are two dates of which neither is claimed. */
function doubtsOf(claimed: readonly string[], wanted: readonly Seen[], different: number): string[] {
  const reasons = ['value_differs'];
  if (wanted.some(({ days }) => days.length > 1) || claimed.length > 1) reasons.push('ambiguous_day_month');
  if (different > 1) reasons.push('date_ambiguous');
  const slip = wanted.some((seen) => seen.days.some((day) => claimed.some((claim) => mayBeSlip(seen, { day, claim }))));
  if (slip && wanted.length < 2) reasons.push('digit_in_doubt');
  if (wanted.every(({ sure }) => !sure)) reasons.push('read_once');
  if (wanted.every(({ rank }) => rank === 0) && wanted.length < 2) reasons.push('read_once');
  return reasons;
}

function datesOn(rows: readonly Row[], at: { order: DateOrder; field: Field }): Seen[] {
  const labels = at.field.labels.map((label) => label.toUpperCase().replace(/[^\p{L}]/gu, ''));
  const others = [
    ...otherDates,
    ...(at.field.otherLabels ?? []).map((label) => label.toUpperCase().replace(/[^\p{L}]/gu, '')),
  ];
  return rows.flatMap((row) =>
    plausible(datesIn(row.text, at.order), at.field).map((reading): Seen => {
      const beforeIt = lettersIn(row.text.slice(0, reading.from));
      const rest = row.text.slice(0, reading.from) + row.text.slice(reading.to);
      const other = others.some((word) => beforeIt.includes(word));
      const labelled = labels.some((label) => beforeIt.includes(label)) && !beforeIt.includes('PRINT');
      const rank = other ? -1 : labelled ? 2 : timeOfDay.test(rest) ? 1 : 0;
      return { ...reading, row, rank };
    }),
  );
}

/** Item codes look like dates of far years; only a birth is older than the machines that print receipts. */
function plausible(readings: readonly DateReading[], field: Field): DateReading[] {
  if (field.name.includes('birth')) return [...readings];
  return readings.filter(({ days }) => days.every((day) => day >= '1990' && day < '2050'));
}

function answer(finding: 'match' | 'mismatch', seen: readonly Seen[], reasons: string[]): Outcome {
  const [first] = seen;
  return {
    finding,
    found: first === undefined ? null : first.days.join(' | '),
    reasons,
    evidence: seen.slice(0, 3).map(({ row, from, to }) => evidenceOf(row, from, to)),
  };
}

/** Signs of a country that writes one order, on the page itself; a day above twelve settles it as well. */
export function orderOnPage(rows: readonly Row[]): DateOrder {
  const text = rows.map((row) => row.text).join('\n');
  const shown = new Set<DateOrder>();
  for (const row of rows) {
    for (const { from, to } of datesIn(row.text, null)) {
      const numbers = /^(\d{1,2})\D+(\d{1,2})\D+\d/.exec(row.text.slice(from, to));
      if (numbers === null) continue;
      if (Number(numbers[1]) > 12 && Number(numbers[2]) <= 12) shown.add('dmy');
      if (Number(numbers[2]) > 12 && Number(numbers[1]) <= 12) shown.add('mdy');
    }
  }
  if (shown.size === 1) return [...shown][0] ?? null;
  if (shown.size > 1) return null;
  for (const { order, signs } of countrySigns) if (signs.filter((sign) => sign.test(text)).length >= 2) return order;
  return null;
}

const countrySigns: readonly { order: DateOrder; signs: readonly RegExp[] }[] = [
  {
    order: 'dmy',
    signs: [
      /\bRM\s?\d|\(RM|\bMYR\b/,
      /SDN\.?\s?BHD|S\/B\b/i,
      /\bGST\b|\bSST\b/i,
      /JALAN|\bJLN\b|TAMAN|BANDAR/i,
      /(?:TEL|FAX)\D{0,4}(?:\+?60|0[1-9])\s?-?\d/i,
      /MALAYSIA|SELANGOR|JOHOR|LUMPUR|PENANG|PERAK|SABAH|SARAWAK/i,
    ],
  },
  { order: 'dmy', signs: [/\bPTE\.?\s?LTD/i, /SINGAPORE/i, /S\$/, /\+65/] },
  { order: 'dmy', signs: [/£/, /\bVAT\b/, /\bLTD\b|LIMITED/i, /UNITED KINGDOM|LONDON|\+44/i] },
  { order: 'ymd', signs: [/원|₩/, /[가-힣]{2}/, /사업자|등록번호/] },
];

/** A digit that is easily confused, or a first digit of day or month that was not read at all. */
function mayBeSlip(seen: Seen, at: { day: string; claim: string }): boolean {
  if (oneDigitInDoubt(digits(at.day), digits(at.claim))) return true;
  const numbers: string[] = [...(seen.row.text.slice(seen.from, seen.to).match(/\d+/g) ?? [])];
  const [read, claimed] = [at.day.split('-'), at.claim.split('-')];
  const differing = read.flatMap((part, i) => (part === claimed[i] ? [] : [i]));
  const [only] = differing;
  if (differing.length !== 1 || only === undefined || only === 0) return false;
  const part = read[only] ?? '';
  return part.startsWith('0') && part[1] === claimed[only]?.[1] && numbers.includes(part.slice(1));
}

function digits(day: string): string {
  return day.replace(/\D/g, '');
}

function lettersIn(text: string): string {
  return text
    .toUpperCase()
    .replace(/(?<=[A-Z])0|0(?=[A-Z])/g, 'O')
    .replace(/[^\p{L}]/gu, '');
}
