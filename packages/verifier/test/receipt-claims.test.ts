import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOn, plainReceipt, trueClaims, verdictOn } from './pages.ts';

const rejected = (claims: Record<string, string>) =>
  assert.equal(verdictOn(plainReceipt, { ...trueClaims, ...claims }), 'rejected', JSON.stringify(claims));

test('a true claim is verified, also as a person types it', () => {
  assert.equal(verdictOn(plainReceipt, trueClaims), 'verified');
  assert.equal(
    verdictOn(plainReceipt, { company: 'merah timur trading', date: '7 Mar 2019', total: 'RM 32.85' }),
    'verified',
  );
});

test('a forged amount is rejected, also when it stands on the receipt in another role', () => {
  for (const total of ['32.95', '3.29', '328.50', '31.00', '50.00', '17.15', '20.00', '11.00']) rejected({ total });
});

test('a forged date is rejected, and one digit that is easily misread goes to a person', () => {
  rejected({ date: '2019-03-09' });
  rejected({ date: '2019-05-07' });
  rejected({ date: '2014-03-07' });
  rejected({ date: '2019-07-03' });
  assert.equal(verdictOn(plainReceipt, { ...trueClaims, date: '2019-08-07' }), 'needs_review');
});

test('a cash total is true before and after it is rounded to the coin', () => {
  const lines = plainReceipt
    .map((line) => line.replace(/^Total .*/, 'Total                             32.86'))
    .concat([]);
  lines.splice(13, 0, 'Rounded Total                     32.85');
  assert.equal(findingsOn(lines, { total: '32.85' }).total?.finding, 'match');
  assert.equal(findingsOn(lines, { total: '32.86' }).total?.finding, 'match');
  assert.equal(findingsOn(lines, { total: '32.90' }).total?.finding, 'mismatch');
});

test('words and arithmetic outweigh a lone misread total', () => {
  const lines = plainReceipt.map((line) => line.replace(/^GST Summary.*/, 'Final Total                       82.85'));
  const { total } = findingsOn(lines, { total: '32.85' });
  assert.equal(total?.finding, 'match');
});

test('day and month are settled by the page where the record names no locale', () => {
  assert.equal(verdictOn(plainReceipt, trueClaims, null), 'verified');
  assert.equal(verdictOn(plainReceipt, { ...trueClaims, date: '2019-07-03' }, null), 'rejected');
});

test('where nothing settles the order of day and month, nobody guesses', () => {
  const lines = [
    'BLUE HARBOUR STORE',
    'Date: 07/03/2019 14:22',
    'KETTLE 20.00',
    'Total 20.00',
    'Cash 20.00',
    'Change 0.00',
  ];
  const claims = { company: 'Blue Harbour Store', total: '20.00' };
  assert.equal(verdictOn(lines, { ...claims, date: '2019-03-07' }, null), 'needs_review');
  assert.equal(verdictOn(lines, { ...claims, date: '2019-07-03' }, null), 'needs_review');
  assert.equal(verdictOn(lines, { ...claims, date: '2019-03-07' }, 'en-GB'), 'verified');
  assert.equal(verdictOn(lines, { ...claims, date: '2019-07-03' }, 'en-US'), 'verified');
});

test('a due date is not the date of purchase', () => {
  const lines = [...plainReceipt, 'Payment Due 21/03/2019'];
  assert.notEqual(verdictOn(lines, { ...trueClaims, date: '2019-03-21' }), 'verified');
  assert.equal(verdictOn(lines, trueClaims), 'verified');
});

test('a total that was not read is not found, never a mismatch', () => {
  const lines = plainReceipt.filter((line) => !/\d\.\d\d$/.test(line));
  assert.equal(findingsOn(lines, { total: '32.85' }).total?.finding, 'not_found');
  assert.equal(verdictOn(lines, trueClaims), 'needs_review');
});

test('a second look fills a gap and never outvotes the first', () => {
  const blurred = plainReceipt.filter((line) => !line.startsWith('Date'));
  assert.equal(findingsOn(blurred, { date: '2019-03-07' }, { again: plainReceipt }).date?.finding, 'match');
  const other = plainReceipt.map((line) => line.replace('07/03/2019', '09/03/2019'));
  const { date } = findingsOn(other, { date: '2019-03-07' }, { again: plainReceipt });
  assert.equal(date?.finding, 'mismatch');
  assert.ok(date?.reasons.includes('looks_disagree'));
});

test('evidence quotes what is printed and boxes it where it stands', () => {
  const { total } = findingsOn(plainReceipt, { total: '32.85' });
  const [evidence] = total?.evidence ?? [];
  assert.equal(evidence?.quote, '32.85');
  assert.equal(evidence?.page, 1);
  const [x0, y0, x1, y1] = evidence?.box ?? [0, 0, 0, 0];
  assert.ok(x0 > 0.5 && x1 <= 1 && x0 < x1, `${x0} ${x1}`);
  assert.ok(y0 < y1 && y0 > 0.6 && y1 < 0.8, `${y0} ${y1}`);
});

test('a receipt number is found beside its label and doubted elsewhere', () => {
  assert.deepEqual(findingsOn(plainReceipt, { receipt_number: 'INV 20431' }).receipt_number?.reasons, ['exact']);
  assert.equal(findingsOn(plainReceipt, { receipt_number: 'INV-20437' }).receipt_number?.finding, 'mismatch');
});
