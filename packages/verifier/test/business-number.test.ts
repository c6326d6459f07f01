import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { businessNumberDigits, isBusinessNumber } from '../src/normalize/business-number.ts';
import { findingsOn, plainReceipt } from './pages.ts';

const valid = ['1108141272', '1234567891', '1111111119'];

test('real business numbers pass their check, hyphens or not', () => {
  for (const digits of valid) assert.ok(isBusinessNumber(digits), digits);
  assert.equal(businessNumberDigits('110-81-41272'), '1108141272');
  assert.equal(businessNumberDigits('110 81 4127'), null);
});

test('every single wrong digit of a business number is refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...valid), fc.nat(9), fc.integer({ min: 1, max: 9 }), (digits, place, change) => {
      const wrong = [...digits];
      wrong[place] = String((Number(wrong[place]) + change) % 10);
      assert.ok(!isBusinessNumber(wrong.join('')));
    }),
  );
});

test('a claimed number that fails its check is no match, whatever is printed', () => {
  const page = [...plainReceipt, 'Business No 110-81-41273'];
  assert.equal(findingsOn(page, { business_number: '110-81-41273' }).business_number?.reasons[0], 'checksum_failed');
});

test("a buyer's number is not the seller's", () => {
  const page = ['Business No 110-81-41272', 'Bill To', 'Business No 123-45-67891'];
  assert.equal(findingsOn(page, { business_number: '110-81-41272' }).business_number?.finding, 'match');
  assert.equal(findingsOn(page, { business_number: '123-45-67891' }).business_number?.finding, 'mismatch');
});
