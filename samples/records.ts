// The records that a first start puts into an empty database: one for most receipts, chosen so that the first ticks show
// every kind of outcome. Each half of the list has some of each, so that a tick of twenty from either end does too.
import { claimsAbout, looseClaims, trueClaims, type Variant } from './claims.ts';
import type { Receipt } from './receipts.ts';
import { writeDate } from './writing.ts';

/** A line of `records.jsonl`. */
export interface SampleRecord {
  readonly kind: 'receipt';
  readonly locale?: string;
  readonly claims: { readonly [field: string]: string };
  readonly attachments: readonly string[];
  /** An answer was bought elsewhere: the gate passes it over. */
  readonly submitted?: true;
  /** How long before the start the record was made, in minutes; rises from line to line. */
  readonly ageMinutes: number;
}

/** A file that the store does not have. */
export const missingFile = 'receipts/missing-on-purpose.jpg';

/** A file that says that it is a picture and is none. */
export const notAnImage = 'receipts/not-an-image.jpg';

/**
 * What stands where in the list: a receipt's number and what is claimed about it. `bare` has no attachment, `submitted` is
 * passed over, `no-total` leaves out a required field, `no-locale` leaves open which number of the printed date is the month,
 * and `no-locale-typed` of the claimed one too.
 */
const order =
  '1 true, 5 loose, 2 true, 13 true, 10 total-digit, 6 bare, 31 true, 4 loose, 41 true, 12 true, 36 submitted, 11 loose, ' +
  '25 company-near, 15 true, 37 no-locale, 9 bare, 8 loose, 24 date-month, 7 true, 18 submitted, 35 true, 26 no-total, ' +
  '1 missing, 2 text, 23 true, 20 bare, 34 loose, 27 true, 16 total-other, 38 no-locale-typed, 39 submitted, 29 true, 14 loose, ' +
  '30 date-day, 33 bare, 42 true, 19 loose, 3 swap-receipt, 17 true, 28 total-shift, 21 submitted, 22 loose, 40 company-other, ' +
  '32 no-total, 12 bare, 9 true, 6 loose';

/** The records, the youngest first. */
export function sampleRecords(receipts: readonly Receipt[]): SampleRecord[] {
  return order.split(',').map((entry, index) => {
    const [number = '', what = ''] = entry.trim().split(' ');
    const receipt = receipts[Number(number) - 1];
    if (receipt === undefined) throw new Error(`No receipt ${number}.`);
    return { ...record(receipt, what, receipts), ageMinutes: ageMinutes(index) };
  });
}

function record(receipt: Receipt, what: string, all: readonly Receipt[]): Omit<SampleRecord, 'ageMinutes'> {
  const base = { kind: 'receipt' as const, locale: receipt.shop.locale, attachments: [receipt.file] };
  const { company, date } = trueClaims(receipt);
  switch (what) {
    case 'true':
      return { ...base, claims: { ...trueClaims(receipt) } };
    case 'loose':
      return { ...base, claims: { ...looseClaims(receipt) } };
    case 'bare':
      return { ...base, claims: { ...looseClaims(receipt) }, attachments: [] };
    case 'submitted':
      return { ...base, claims: { ...trueClaims(receipt) }, submitted: true };
    case 'missing':
      return { ...base, claims: { ...trueClaims(receipt) }, attachments: [missingFile] };
    case 'text':
      return { ...base, claims: { ...trueClaims(receipt) }, attachments: [notAnImage] };
    case 'no-total':
      return { ...base, claims: { company, date } };
    case 'no-locale':
      return { kind: 'receipt', claims: { ...trueClaims(receipt) }, attachments: base.attachments };
    case 'no-locale-typed': {
      const typed = { ...trueClaims(receipt), date: writeDate(date, receipt.plan.form) };
      return { kind: 'receipt', claims: typed, attachments: base.attachments };
    }
    default: {
      const readable = all.filter((each) => each.plan.unreadable !== true);
      const forged = claimsAbout(receipt, readable).find((claim) => claim.variant === (what as Variant));
      if (forged === undefined) throw new Error(`Receipt ${receipt.id} has no claim ${what}.`);
      return { ...base, claims: { ...forged.claims } };
    }
  }
}

/** Some minutes apart at first, hours towards the end; 47 records reach back about five days. */
function ageMinutes(index: number): number {
  return 12 + 9 * index + 3 * index * index;
}
