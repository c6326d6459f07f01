import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { englishNumber, writtenAmounts } from '../src/normalize/written-english.ts';
import { wonOf, writtenWons } from '../src/normalize/written-won.ts';
import { askForm, type Print } from './korean-pages.ts';
import { findingsOn, plainReceipt, trueClaims } from './pages.ts';

const hangul = { digits: '영일이삼사오육칠팔구', tens: '천백십', groups: '조억만' };
const hanja = { digits: '零一二三四五六七八九', tens: '千百十', groups: '兆億萬' };
const formal = { digits: '零壹貳參四五六七八九', tens: '仟佰拾', groups: '兆億萬' };
type Signs = typeof hangul;

/** A number in the signs of a script; `ones` says 일백 for 백. */
function spellWon(amount: number, { digits, tens, groups }: Signs, ones = true): string {
  if (amount === 0) return digits[0] as string;
  let text = '';
  for (let group = 0, rest = amount; rest > 0; group += 1, rest = Math.floor(rest / 10_000)) {
    const four = String(rest % 10_000).padStart(4, '0');
    const said = [...four].map((digit, i) => {
      if (digit === '0') return '';
      const one = digit === '1' && i < 3 && !ones ? '' : digits[Number(digit)];
      return `${one}${tens[i] ?? ''}`;
    });
    if (rest % 10_000 > 0) text = `${said.join('')}${group === 0 ? '' : groups[3 - group]}${text}`;
  }
  return text;
}

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function spellEnglish(amount: number, and: string): string {
  if (amount < 20) return small[amount] as string;
  if (amount < 100) return `${tens[Math.floor(amount / 10) - 2]}${amount % 10 === 0 ? '' : `-${small[amount % 10]}`}`;
  const [size, name] = (
    [
      [1e12, 'trillion'],
      [1e9, 'billion'],
      [1e6, 'million'],
      [1e3, 'thousand'],
      [100, 'hundred'],
    ] as const
  ).find(([scale]) => amount >= scale) ?? [100, 'hundred'];
  const rest = amount % size;
  const head = `${spellEnglish(Math.floor(amount / size), and)} ${name}`;
  if (rest === 0) return head;
  return `${head} ${size === 100 || rest < 100 ? and : ''}${spellEnglish(rest, and)}`;
}

const amounts = fc.oneof(
  fc.integer({ min: 0, max: 20_000 }),
  fc.integer({ min: 0, max: 1_000_000_000_000 }),
  fc
    .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 8 }))
    .map(([head, zeros]) => head * 10 ** zeros),
);

test('won spelt out in Hangul, hanja or formal hanja are read back as themselves', () => {
  fc.assert(
    fc.property(amounts, fc.constantFrom(hangul, hanja, formal), fc.boolean(), (amount, signs, ones) => {
      const spelt = spellWon(amount, signs, ones);
      assert.equal(wonOf(spelt), amount, spelt);
      if (amount > 0) assert.deepEqual(writtenWons(`합계금액 일금 ${spelt}원정`), [amount], spelt);
    }),
    { numRuns: 2_000 },
  );
  for (const edge of [0, 1, 10, 11, 10_000, 10_001, 100_000_000, 1_000_000_000_000])
    for (const signs of [hangul, hanja, formal]) assert.equal(wonOf(spellWon(edge, signs)), edge);
});

test('an English number spelt out is read back as itself, with and, hyphens and spaces or without', () => {
  fc.assert(
    fc.property(amounts, fc.constantFrom('and ', ''), fc.constantFrom(' ', ''), (amount, and, space) => {
      const spelt = spellEnglish(amount, and);
      assert.equal(englishNumber(spelt.toUpperCase().split(/[\s-]+/)), amount, spelt);
      const row = `Ringgit Malaysia ${spelt} only`.replace(/\s/g, space);
      assert.deepEqual(writtenAmounts([row]), [{ cents: amount * 100, from: 0, to: 1 }], row);
    }),
    { numRuns: 2_000 },
  );
});

test('hundredths are told from wholes', () => {
  for (const [text, cents] of [
    ['one hundred and twenty-three ringgit only', 12_300],
    ['RINGGIT MALAYSIA : ONE HUNDRED TWENTY THREE AND SEN FIFTY ONLY', 12_350],
    ['One hundred ringgit and fifty sen only', 10_050],
    ['US Dollars One Thousand Two Hundred and 50/100 only', 120_050],
    ['FIFTY SEN ONLY', 50],
    ['ONEHUNDREDANDFIFTYFIVEDOLLARSONLY', 15_500],
    ['Amount in words: seventy two', 7_200],
    ['ONE HUNDRED AND FIFLY RINGGIT ONLY', 15_000],
    ['일금 일백삼십칠만오천원정', null],
  ] as const) {
    assert.deepEqual(
      writtenAmounts([text]).map((amount) => amount.cents),
      cents === null ? [] : [cents],
      text,
    );
  }
  assert.deepEqual(writtenAmounts(['RINGGIT MALAYSIA ONE THOUSAND TWO HUNDRED', 'AND THIRTY FOUR ONLY', 'TOTAL']), [
    { cents: 123_400, from: 0, to: 2 },
  ]);
});

test('won in words are told from other words, and mixed figures are read', () => {
  for (const [text, amount] of [
    ['일금 일백삼십칠만오천원정', 1_375_000],
    ['일금삼만원정', 30_000],
    ['금 이천오백원', 2_500],
    ['일금 일억이천만 원', 120_000_000],
    ['금 壹拾萬원整', 100_000],
    ['금 3억 5천만원정', 350_000_000],
    ['일금 2,345만 원정 (₩23,450,000)', 23_450_000],
  ] as const) {
    assert.deepEqual(writtenWons(text), [amount], text);
  }
  for (const text of [
    '이 금액을 청구함',
    '회원',
    '현금 삼만원',
    '오천원권 상품권',
    '금 십백원',
    '일금 만천억원정',
    '123원',
    '구월',
  ])
    assert.deepEqual(writtenWons(text), [], text);
});

test('what is not spelt in the order of a number is none', () => {
  for (const words of [
    'TWENTY TEN',
    'HUNDRED',
    'ONE HUNDRED HUNDRED',
    'ONE THOUSAND TWO MILLION',
    'FIVE SIX',
    'AND ONE',
  ])
    assert.equal(englishNumber(words.split(' ')), null, words);
  for (const text of [
    'PHONE HUNDRED TENDER CENTRE',
    'ITEMS SOLD ONE ONLY',
    'RINGGIT ONE HUNDRED AND FIFTY SEN',
    'SEVEN ELEVEN 24 HOURS',
    'TOTAL RM 100.00',
  ])
    assert.deepEqual(writtenAmounts([text]), [], text);
});

test('a receipt whose words say another sum than its digits is for a person, with a reason of its own', () => {
  const total = trueClaims.total ?? '';
  const [units = '', cents = ''] = total.split('.');
  const words = (units: number): string =>
    `RINGGIT MALAYSIA ${spellEnglish(units, 'and ')} and sen ${spellEnglish(Number(cents), '')} only`;
  const agreed = findingsOn([...plainReceipt, words(Number(units))], trueClaims).total;
  assert.deepEqual([agreed?.finding, agreed?.reasons.includes('in_words')], ['match', true]);
  const other = [...plainReceipt, words(Number(units) + 40)];
  for (const claimed of [total, `${Number(units) + 40}.${cents}`]) {
    const found = findingsOn(other, { ...trueClaims, total: claimed }).total;
    assert.ok(found?.reasons.includes('words_and_digits_differ'), claimed);
  }
});

const invoice: Print[] = [
  ['세금계산서', 4, 1],
  ['등록번호', 1, 3],
  ['110-81-41272', 2.5, 3],
  ['작성일자', 1, 8],
  ['공급가액', 3, 8],
  ['세액', 6, 8],
  ['2024-03-05', 1, 10],
  ['1,250,000', 3, 10],
  ['125,000', 6, 10],
  ['합계금액', 1, 14],
  ['1,375,000', 3, 14],
];
const claims = { business_number: '110-81-41272', date: '2024-03-05', total: '1375000' };

test('an invoice is borne out by the same sum in words and left to a person by another', () => {
  const withWords = (words: string, change: Print[3] = {}): ReturnType<typeof askForm> => {
    const page: Print[] = [
      ...invoice.filter(([text]) => text !== '등록번호'),
      ['사업자등록번호', 1, 3],
      [words, 1, 18, change],
    ];
    return askForm('tax_invoice', claims, page);
  };
  assert.ok(withWords('일금일백삼십칠만오천원정').of('total').reasons.includes('in_words'));
  const hanja = withWords('일금볼백참습월원정', { also: '2음壹百參拾七萬五千윌정' });
  assert.ok(hanja.of('total').reasons.includes('in_words'), 'one reader spells 금 and 원정, the other the hanja');
  for (const words of ['일금일백삼십칠만사천원정', '금壹百貳拾萬원整']) {
    const { of, verdict } = withWords(words);
    assert.ok(of('total').reasons.includes('words_and_digits_differ'), words);
    assert.notEqual(verdict, 'verified');
  }
});
