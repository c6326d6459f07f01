import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountsIn, parseMoney, showMoney } from '../src/normalize/money.ts';

test('an amount is the same number in every usual way of writing it', () => {
  for (const text of ['9.00', '9', 'RM 9.00', 'RM9.00', '9,00', '€9.00', '9.00 EUR'])
    assert.equal(parseMoney(text), 900, text);
  for (const text of ['1,375,000원', '₩1,375,000', '1375000', '1.375.000', 'KRW 1,375,000', '1 375 000']) {
    assert.equal(parseMoney(text), 137_500_000, text);
  }
  assert.equal(parseMoney('1,234.56'), 123_456);
  assert.equal(parseMoney('1.234,56'), 123_456);
  assert.equal(parseMoney('-0.02'), -2);
  assert.equal(parseMoney('(5.00)'), -500);
});

test('what is no amount is no amount, and never a default', () => {
  for (const text of ['', 'RM', 'nine', '1.2.3', '12/03/2019', '1,23,4.5', '9.00.00', 'NaN', '1e5'])
    assert.equal(parseMoney(text), null, text);
});

test('any amount survives being printed with either separator', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999_999 }), fc.constantFrom('en', 'de'), (cents, style) => {
      const plain = showMoney(cents);
      const grouped = (cents / 100).toLocaleString(style, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
      assert.equal(parseMoney(plain), cents);
      assert.equal(parseMoney(grouped), cents);
      const [found, ...more] = amountsIn(`TOTAL RM ${grouped}`, { whole: false });
      assert.equal(found?.cents, cents);
      assert.deepEqual(more, []);
    }),
  );
});

test('letters that a reader puts for digits are free, other digits are not', () => {
  assert.equal(amountsIn('Total RMO.00', { whole: false })[0]?.cents, 0);
  assert.equal(amountsIn('TOTAL l2.5O', { whole: false })[0]?.cents, 1250);
  assert.equal(amountsIn('1 50.00 50.0C', { whole: false })[1]?.cents, 5000);
  assert.equal(amountsIn('39. 90', { whole: false })[0]?.cents, 3990);
});

test('unit prices with three decimals, dates, percentages and telephone numbers are no amounts', () => {
  for (const text of ['9.000', '2.6500', '12.03.18', '6.00%', '03-77318169', 'Ver 1.02.3']) {
    assert.deepEqual(
      amountsIn(text, { whole: false }).map(({ cents }) => cents),
      [],
      text,
    );
  }
});
