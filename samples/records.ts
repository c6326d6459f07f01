// The records that a first start puts into an empty database: one for most receipts, chosen so that the first tick of twenty
// shows every kind of outcome, and some PDFs and Korean papers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimsAbout, looseClaims, trueClaims, type Variant } from './claims.ts';
import { claimsAboutPdfs } from './pdfs.ts';
import type { Receipt } from './receipts.ts';
import { writeDate } from './writing.ts';

/** A line of `records.jsonl`. */
export interface SampleRecord {
  readonly kind: string;
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

/** PDFs and Korean papers, by the keys of their labelled claims; the youngest: later ticks come to them. */
const others =
  '005-true-pdf, clean-business_registration-1-true, scan-receipt-1-true, photo-tax_invoice-1-total-money-digit, ' +
  '023-true-loose-pdf, scan-certificate-1-true, clean-id_card-1-true';

/** The records, the youngest first. */
export function sampleRecords(receipts: readonly Receipt[]): SampleRecord[] {
  const ofReceipts = order.split(',').map((entry) => {
    const [number = '', what = ''] = entry.trim().split(' ');
    const receipt = receipts[Number(number) - 1];
    if (receipt === undefined) throw new Error(`No receipt ${number}.`);
    return record(receipt, what, receipts);
  });
  const list = [...otherRecords(receipts), ...ofReceipts];
  return list.map((one, index) => ({ ...one, ageMinutes: ageMinutes(index) }));
}

function otherRecords(receipts: readonly Receipt[]): Omit<SampleRecord, 'ageMinutes'>[] {
  const labelled = new Map(labelledOthers(receipts).map((line) => [line.key, line]));
  return others.split(',').map((entry) => {
    const line = labelled.get(entry.trim());
    if (line === undefined) throw new Error(`No labelled claim ${entry.trim()}.`);
    const { kind, locale, claims, attachments } = line;
    return { kind, ...(locale === undefined ? {} : { locale }), claims, attachments };
  });
}

/** A labelled claim about a PDF or a Korean paper. */
export interface LabelledOther {
  readonly key: string;
  readonly kind: string;
  readonly locale?: string;
  readonly claims: { readonly [field: string]: string };
  readonly attachments: readonly string[];
  readonly expected: 'verified' | 'rejected';
}

/** All labelled claims about them, their files named from the folder of the samples. */
export function labelledOthers(receipts: readonly Receipt[]): LabelledOther[] {
  const readable = receipts.filter((receipt) => receipt.plan.unreadable !== true);
  const papers = ['clean', 'scan', 'photo', 'fax'].flatMap((condition) =>
    readFileSync(join(import.meta.dirname, 'korean', `${condition}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LabelledOther),
  );
  return [
    ...claimsAboutPdfs(readable).map((line) => ({ ...line, claims: { ...line.claims } })),
    ...papers.map((line) => ({ ...line, attachments: line.attachments.map((path) => `korean/${path}`) })),
  ];
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

/** Some minutes apart at first, hours towards the end; 54 records reach back about six days. */
function ageMinutes(index: number): number {
  return 12 + 9 * index + 3 * index * index;
}
