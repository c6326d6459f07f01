// The labelled claims: for every readable receipt what is true of it and, one change at a time, what is not. Pure; takes its
// random numbers from streams of its own, so that it needs no picture.
import { drawFrom } from './random.ts';
import { printed, type Receipt } from './receipts.ts';
import { nearCompanyOf } from './shops.ts';
import { addDays, type DateForm, isDate, plainAmount, writeDate, writeMoney } from './writing.ts';

/** The ways in which a claim may differ from the receipt. */
export type Variant =
  | 'true'
  | 'true-loose'
  | 'total-digit'
  | 'total-shift'
  | 'total-other'
  | 'date-day'
  | 'date-month'
  | 'date-year'
  | 'date-swap'
  | 'company-near'
  | 'company-other'
  | 'swap-receipt';

/** The fields of a receipt that is claimed. */
export interface Claims {
  readonly company: string;
  readonly date: string;
  readonly total: string;
}

/** A line of `claims.jsonl`. */
export interface LabelledClaim {
  readonly key: string;
  readonly kind: 'receipt';
  readonly locale: string;
  readonly claims: Claims;
  readonly attachments: readonly string[];
  readonly expected: 'verified' | 'rejected';
  readonly variant: Variant;
  /** The forged field, `document` where all are another receipt's, null where none is. */
  readonly field: 'company' | 'date' | 'total' | 'document' | null;
}

/** All labelled claims about one receipt; `all` are the receipts from which other companies are taken. */
export function claimsAbout(receipt: Receipt, all: readonly Receipt[]): LabelledClaim[] {
  const truth = trueClaims(receipt);
  const draw = drawFrom(`claims ${receipt.id}`);
  const other = draw.pick(
    all.filter(({ company, bill }) => company !== receipt.company && bill.total !== receipt.bill.total),
  );
  const line = (variant: Variant, field: LabelledClaim['field'], claims: Claims): LabelledClaim => ({
    key: `${receipt.id}-${variant}`,
    kind: 'receipt',
    locale: receipt.shop.locale,
    claims,
    attachments: [receipt.file],
    expected: field === null ? 'verified' : 'rejected',
    variant,
    field,
  });
  const total = (variant: Variant, minor: number): LabelledClaim =>
    line(variant, 'total', { ...truth, total: plainAmount(minor) });
  const date = (variant: Variant, iso: string): LabelledClaim => line(variant, 'date', { ...truth, date: iso });

  const swapped = swapDayAndMonth(receipt.plan.date);
  const aside = otherPrintedAmount(receipt);
  return [
    line('true', null, truth),
    line('true-loose', null, looseClaims(receipt)),
    total('total-digit', changeDigit(receipt)),
    total('total-shift', draw.next() < 0.5 ? receipt.bill.total * 10 : Math.round(receipt.bill.total / 10)),
    ...(aside === undefined ? [] : [total('total-other', aside)]),
    date('date-day', addDays(receipt.plan.date, draw.pick([-1, 1]))),
    date('date-month', changeMonth(receipt.plan.date, draw.pick([-1, 1]))),
    date('date-year', changeYear(receipt.plan.date, draw.pick([-1, 1]))),
    ...(swapped === undefined ? [] : [date('date-swap', swapped)]),
    line('company-near', 'company', { ...truth, company: nearCompanyOf(receipt.shop) }),
    line('company-other', 'company', { ...truth, company: other.company }),
    line('swap-receipt', 'document', trueClaims(other)),
  ];
}

/** What is true of a receipt, in the plainest form. */
export function trueClaims(receipt: Receipt): Claims {
  return { company: receipt.company, date: receipt.plan.date, total: plainAmount(receipt.bill.total) };
}

/** The same as a person might type it: no legal form, another case, date and amount in a usual way of the locale. */
export function looseClaims(receipt: Receipt): Claims {
  const { shop, bill, plan } = receipt;
  const draw = drawFrom(`loose ${receipt.id}`);
  const forms: { readonly [locale: string]: readonly DateForm[] } = {
    'en-US': ['m/d/y', 'Mon d, y'],
    'de-DE': ['d.m.y', 'd.m.yy'],
  };
  const form = draw.pick(forms[shop.locale] ?? (['d/m/y', 'd MON y', 'd-m-y', 'd Month y', 'd/m/yy'] as const));
  const bare = shop.name.replace(/[.,]/g, '');
  return {
    company: draw.pick([bare.toLowerCase(), titleCase(bare), bare]),
    date: writeDate(plan.date, form),
    total: draw.pick([writeMoney(bill.total, shop.locale), printed(receipt, bill.total)]),
  };
}

/** Another amount on the same receipt; the receipts take turns between subtotal, cash, change, an item and the tax. */
export function otherPrintedAmount(receipt: Receipt): number | undefined {
  const { others } = receipt;
  return others[Number(receipt.id) % Math.max(1, others.length)]?.amount;
}

/** One digit changed, by at least ten cents, so that rounding to the coin cannot explain it. */
function changeDigit(receipt: Receipt): number {
  const draw = drawFrom(`digit ${receipt.id}`);
  const digits = String(receipt.bill.total).split('');
  const at = draw.int(0, digits.length - 2);
  const before = Number(digits[at]);
  const choices = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].filter((digit) => digit !== before && !(at === 0 && digit === 0));
  return Number(digits.with(at, String(draw.pick(choices))).join(''));
}

/** The same day of the month before or after; where that month is too short, its last day. */
function changeMonth(iso: string, step: number): string {
  const moved = new Date(`${iso.slice(0, 7)}-01T00:00:00Z`);
  moved.setUTCMonth(moved.getUTCMonth() + step);
  const month = moved.toISOString().slice(0, 7);
  let day = Number(iso.slice(8));
  while (!isDate(`${month}-${String(day).padStart(2, '0')}`)) day -= 1;
  return `${month}-${String(day).padStart(2, '0')}`;
}

/** The same day of another year, never one that has not come yet. */
function changeYear(iso: string, step: number): string {
  const year = Number(iso.slice(0, 4)) + (iso >= '2024' ? -1 : step);
  const moved = `${year}${iso.slice(4)}`;
  return isDate(moved) ? moved : `${year}-02-28`;
}

function swapDayAndMonth(iso: string): string | undefined {
  const [year, month, day] = iso.split('-');
  const swapped = `${year}-${day}-${month}`;
  return month !== day && isDate(swapped) ? swapped : undefined;
}

function titleCase(words: string): string {
  return words
    .toLowerCase()
    .replace(/(^|[\s'’-])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}
