// What the samples promise to those who read them: parseable lists, files that are what they seem, labels that fit. Reads the
// committed files and the data they were made from; opens no browser.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import sharp from 'sharp';
import { claimsAbout, type LabelledClaim, trueClaims } from './claims.ts';
import { claimsAboutPdfs, pdfSamples } from './pdfs.ts';
import { type Receipt, receipts } from './receipts.ts';
import { labelledOthers, missingFile, notAnImage, type SampleRecord, sampleRecords } from './records.ts';

const folder = import.meta.dirname;
const readable = receipts.filter((receipt) => receipt.plan.unreadable !== true);

function linesOf<Line>(name: string): Line[] {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Line => JSON.parse(line));
}

const claims = linesOf<LabelledClaim>('claims.jsonl');
const records = linesOf<SampleRecord>('records.jsonl');

/** The format that the first bytes of a file announce. */
function formatOf(path: string): string {
  const bytes = readFileSync(join(folder, path));
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpg';
  if (bytes.subarray(1, 4).toString('latin1') === 'PNG') return 'png';
  if (bytes.subarray(8, 12).toString('latin1') === 'WEBP') return 'webp';
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'pdf';
  return 'none';
}

/** The receipt that a claim is about. */
function receiptOf(claim: LabelledClaim): Receipt {
  const pdf = pdfSamples.find(({ file }) => claim.attachments.includes(file));
  const receipt = readable.find(({ id, file }) => id === pdf?.id || claim.attachments.includes(file));
  assert.ok(receipt, claim.key);
  return receipt;
}

test('The lists are the ones that the data gives', () => {
  assert.deepEqual(claims, [
    ...readable.flatMap((receipt) => claimsAbout(receipt, readable)),
    ...claimsAboutPdfs(readable),
  ]);
  assert.deepEqual(records, sampleRecords(receipts));
});

test('There are at least thirty receipts, in every format, and together they stay small', () => {
  const claimed = new Set(claims.flatMap((claim) => claim.attachments));
  assert.ok(claimed.size >= 30);
  assert.deepEqual([...new Set([...claimed].map(formatOf))].sort(), ['jpg', 'pdf', 'png', 'webp']);
  const sizes = readdirSync(join(folder, 'receipts')).map((name) => statSync(join(folder, 'receipts', name)).size);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 4_000_000);
});

test('Every attachment of a claim exists and is of the type that its name and its bytes say', () => {
  for (const path of new Set(claims.flatMap((claim) => claim.attachments))) {
    assert.ok(existsSync(join(folder, path)), path);
    assert.equal(formatOf(path), path.split('.').at(-1), path);
  }
});

test('Every receipt decodes to a page with a long side of 1000 to 1400 pixels', async () => {
  for (const { file } of receipts) {
    const { width, height } = await sharp(join(folder, file)).metadata();
    const long = Math.max(width, height);
    assert.ok(long >= 990 && long <= 1410, `${file} is ${long} pixels long`);
  }
});

test('No key of a claim occurs twice', () => {
  assert.equal(new Set(claims.map((claim) => claim.key)).size, claims.length);
});

test('Each receipt has a true claim, one typed loosely, and several forged ones', () => {
  for (const receipt of readable) {
    const about = claims.filter((claim) => claim.attachments.includes(receipt.file));
    const variants = about.map((claim) => claim.variant);
    assert.deepEqual(variants.slice(0, 2), ['true', 'true-loose']);
    assert.ok(about.filter((claim) => claim.expected === 'rejected').length >= 8, receipt.id);
  }
});

test('A forged claim differs from the true one in the named field and in no other', () => {
  for (const claim of claims) {
    assert.equal(claim.expected, claim.field === null ? 'verified' : 'rejected');
    if (claim.field === null) continue;
    const truth = trueClaims(receiptOf(claim));
    const changed = (['company', 'date', 'total'] as const).filter((field) => claim.claims[field] !== truth[field]);
    if (claim.field === 'document') assert.ok(changed.includes('company') && changed.includes('total'), claim.key);
    else assert.deepEqual(changed, [claim.field], claim.key);
  }
});

test('A forged total is far from what is to pay before rounding and after', () => {
  for (const claim of claims) {
    if (claim.field !== 'total') continue;
    const receipt = receiptOf(claim);
    const claimed = Math.round(Number(claim.claims.total) * 100);
    for (const due of [receipt.bill.total, receipt.bill.unrounded]) assert.ok(Math.abs(claimed - due) >= 6, claim.key);
  }
});

test('A forged date is a day of the calendar that has been', () => {
  for (const claim of claims) {
    if (claim.variant === 'true-loose') continue;
    const { date } = claim.claims;
    assert.equal(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10), date, claim.key);
    assert.ok(date < '2026', claim.key);
  }
});

test('The sums on a receipt add up', () => {
  for (const { id, bill, plan } of receipts) {
    const items = bill.items.reduce((sum, item) => sum + item.amount, 0);
    const added = plan.sale.tax?.added === true ? bill.tax : 0;
    assert.equal(bill.total, items - bill.discount + bill.service + added + bill.rounding, id);
    assert.ok(Math.abs(bill.rounding) <= 2, id);
    if (plan.sale.pay === 'cash') assert.equal(bill.cash - bill.change, bill.total, id);
  }
});

/** What a gate would make of a record, as far as the list alone tells. */
function kindOf(record: SampleRecord): string {
  const [file] = record.attachments;
  if (file === undefined) return 'no attachment';
  if (record.submitted === true) return 'submitted';
  if (file === missingFile) return 'missing';
  if (file === notAnImage) return 'no image';
  const other = labelledOthers(receipts).find(
    ({ attachments, claims }) => attachments[0] === file && isDeepStrictEqual(claims, record.claims),
  );
  if (other !== undefined) return other.expected;
  const receipt = receipts.find((one) => one.file === file);
  assert.ok(receipt, file);
  if (receipt.plan.unreadable === true) return 'unreadable';
  if (record.claims.total === undefined) return 'field not claimed';
  if (record.locale === undefined) return 'ambiguous date';
  const about = claimsAbout(receipt, readable).filter(({ claims: each }) =>
    Object.entries(record.claims).every(([field, value]) => each[field as keyof typeof each] === value),
  );
  return about[0]?.expected ?? 'unlabelled';
}

test('The records show every kind of outcome, each file but once', () => {
  const counts = Object.groupBy(records, kindOf);
  const numbers = Object.fromEntries(Object.entries(counts).map(([kind, list]) => [kind, list?.length ?? 0]));
  assert.deepEqual(numbers, {
    verified: 28,
    rejected: 9,
    unreadable: 2,
    'field not claimed': 2,
    'ambiguous date': 2,
    missing: 1,
    'no image': 1,
    'no attachment': 5,
    submitted: 4,
  });
  const files = records.flatMap((record) => record.attachments);
  assert.equal(new Set(files).size, files.length);
});

test('The oldest twenty eligible records show each outcome', () => {
  const eligible = records.filter((record) => record.attachments.length > 0 && record.submitted !== true);
  const kinds = ['verified', 'rejected', 'unreadable', 'field not claimed', 'ambiguous date', 'missing', 'no image'];
  assert.deepEqual(new Set(eligible.slice(-20).map(kindOf)), new Set(kinds));
});

test('A record is older than the one before it', () => {
  const ages = records.map((record) => record.ageMinutes);
  assert.deepEqual(
    ages,
    [...new Set(ages)].sort((a, b) => a - b),
  );
});

test('The missing file is missing, and the file that is no image is text', () => {
  assert.ok(!existsSync(join(folder, missingFile)));
  assert.equal(formatOf(notAnImage), 'none');
});
