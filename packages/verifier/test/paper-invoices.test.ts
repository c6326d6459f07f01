import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askForm, type Print } from './korean-pages.ts';

const pitch = 0.3;

/** Heads and digits of an amount set one a column, the ones at the right end of `columns` that begin at `x`. */
function columned(x: number, heads: string, amount: number): Print[] {
  const digits = String(amount);
  const start = x + (heads.length - digits.length) * pitch;
  return [
    ...[...heads].map((sign, i): Print => [sign, x + i * pitch, 9]),
    ...[...digits].map((digit, i): Print => [digit, start + i * pitch, 10]),
  ];
}

/** A paper invoice: the parties' heads down the left of their blocks, supply and tax one digit a column. */
function invoice(supply: number, tax: number, [left, right] = ['공급자', '공급받는자'] as [string, string]): Print[] {
  const down = (word: string, x: number): Print[] =>
    [...word].map((sign, i): Print => [sign, x, 3 + (i * 3) / (word.length - 1)]);
  return [
    ['세금계산서', 4, 1],
    ...down(left, 0.4),
    ['등록번호', 1, 3],
    ['110-81-41272', 2.5, 3],
    ['상호', 1, 5],
    ['온새식품', 2.2, 5],
    ...down(right, 5),
    ['등록번호', 5.5, 3],
    ['123-45-67891', 7, 3],
    ['상호', 5.5, 5],
    ['두레무역', 6.5, 5],
    ['작성', 0.5, 8],
    ['2024-03-05', 0.4, 10],
    ['공급가액', 3.2, 8],
    ['세액', 7, 8],
    ...columned(2.6, '백십억천백십만천백십일', supply),
    ...columned(6, '십억천백십만천백십일', tax),
    ['합계금액', 1, 14],
    [(supply + tax).toLocaleString('en-US'), 1, 16],
  ];
}

const claimsOf = (supply: number, tax: number): Record<string, string> => ({
  business_number: '110-81-41272',
  company: '온새식품',
  date: '2024-03-05',
  total: String(supply + tax),
  supply_amount: String(supply),
  tax_amount: String(tax),
  buyer_business_number: '123-45-67891',
});

test('digits that stand one a column are one amount, of any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 99_999_999 }), (supply) => {
      const tax = Math.floor(supply / 10);
      const { verdict, of } = askForm('tax_invoice', claimsOf(supply, tax), invoice(supply, tax));
      assert.deepEqual(
        [verdict, of('supply_amount').reasons, of('tax_amount').reasons],
        ['verified', ['exact', 'adds_up'], ['exact', 'adds_up']],
      );
      for (const other of [supply + 1, supply * 10, Math.floor(supply / 10)]) {
        const forged = { ...claimsOf(supply, tax), supply_amount: String(other) };
        assert.equal(askForm('tax_invoice', forged, invoice(supply, tax)).verdict, 'rejected');
      }
    }),
    { numRuns: 100 },
  );
});

test('digits that one box holds together are in their columns too', () => {
  const boxes = invoice(1_250_000, 125_000).filter(([, x, row]) => !(row === 10 && x > 2));
  const page: Print[] = [...boxes, ['1250000', 3.75, 10], ['125000', 7.15, 10]];
  // A letter of these pages is narrower than a column: the boxes are as wide as their columns.
  const wide = page.map((print): Print => {
    const [text, x, row] = print;
    if (row !== 10 || !/^\d+$/.test(text)) return print;
    return [text, x, row, { box: [x / 10, row / 40, (x + pitch * text.length) / 10, row / 40 + 0.016] }];
  });
  const { of } = askForm('tax_invoice', claimsOf(1_250_000, 125_000), wide);
  assert.deepEqual(of('supply_amount').reasons, ['exact', 'adds_up']);
});

test('a digit that was not read leaves no amount', () => {
  const page = invoice(1_250_000, 125_000);
  const gap = page.filter(([text, , row]) => !(row === 10 && text === '5'));
  const { of } = askForm('tax_invoice', claimsOf(1_250_000, 125_000), gap);
  assert.equal(of('supply_amount').finding, 'not_found');
});

test('the head beside a block says whose it is, on whichever side it stands', () => {
  const swapped = invoice(1_250_000, 125_000, ['공급받는자', '공급자']);
  const claims = claimsOf(1_250_000, 125_000);
  const right = {
    ...claims,
    business_number: '123-45-67891',
    company: '두레무역',
    buyer_business_number: '110-81-41272',
  };
  assert.equal(askForm('tax_invoice', right, swapped).verdict, 'verified');
  assert.equal(askForm('tax_invoice', claims, swapped).verdict, 'rejected');
  assert.equal(askForm('tax_invoice', claims, invoice(1_250_000, 125_000)).verdict, 'verified');
});

test('one head that is read tells the other side, and a head read in part tells nothing', () => {
  const claims = claimsOf(1_250_000, 125_000);
  const right = {
    ...claims,
    business_number: '123-45-67891',
    company: '두레무역',
    buyer_business_number: '110-81-41272',
  };
  const swapped = invoice(1_250_000, 125_000, ['공급받는자', '공급자']);
  const without = (x: number): Print[] => swapped.filter(([text, at, row]) => at !== x || row > 7 || text.length > 1);
  for (const x of [0.4, 5]) {
    const { verdict, of } = askForm('tax_invoice', right, without(x));
    const said = Object.keys(right).map((field) => of(field));
    assert.equal(verdict, 'verified', `without ${x}: ${JSON.stringify(said)}`);
  }
  const broken = invoice(1_250_000, 125_000).filter(([text, x]) => !(x === 5 && (text === '받' || text === '는')));
  assert.equal(askForm('tax_invoice', claims, broken).verdict, 'verified');
});

test('an amount whose first digit may be lost neither bears a claim out nor contradicts one, unless the sums do', () => {
  const page = invoice(1_250_000, 125_000);
  const short = page.filter(([text, x, row]) => !(row === 10 && text === '1' && x < 6 && x > 2));
  for (const supply_amount of ['1250000', '250000']) {
    const claims = { ...claimsOf(1_250_000, 125_000), supply_amount };
    const { verdict, of } = askForm('tax_invoice', claims, short, short);
    assert.equal(verdict, 'needs_review', supply_amount);
    assert.ok(of('supply_amount').reasons.includes('digit_in_doubt'));
  }
});
