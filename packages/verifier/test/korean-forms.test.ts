import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askForm, type Print } from './korean-pages.ts';

const registration: Print[] = [
  ['사업자등록증', 4, 1],
  ['등록번호:110-81-41272', 3, 3],
  ['상', 1, 5],
  ['호', 2, 5],
  [':주식회사온새식품', 3, 5],
  ['성명', 1, 7],
  [':홍가람', 3, 7],
  ['생년월일:1970년01월02일', 6, 7],
  ['개업연월일', 1, 9],
  [':2018년12월25일', 3, 9],
  ['사업장소재지', 1, 11],
  [':강원도춘천시햇살길12', 3, 11],
  ['2021년03월04일', 4, 20],
  ['춘천세무서장', 4, 22],
];
const registered = {
  business_number: '110-81-41272',
  company: '온새식품(주)',
  representative: '홍가람',
  date: '2018. 12. 25.',
};

test('a registration bears its true claims out, labels set apart and legal forms elsewhere', () => {
  assert.equal(askForm('business_registration', registered, registration).verdict, 'verified');
});

test('another date printed on the registration is not the day of opening', () => {
  for (const date of ['2021-03-04', '1970-01-02']) {
    const { verdict, of } = askForm('business_registration', { ...registered, date }, registration);
    assert.equal(of('date').finding, 'mismatch');
    assert.equal(verdict, 'rejected');
  }
});

test('a name that differs in any jamo of any syllable is never verified', () => {
  const syllable = fc.integer({ min: 0, max: 11_171 }).map((code) => String.fromCharCode(0xac00 + code));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 }), syllable, (at, other) => {
      const name = [...'홍가람'].map((sign, i) => (i === at ? other : sign)).join('');
      fc.pre(name !== '홍가람');
      return (
        askForm('business_registration', { ...registered, representative: name }, registration).verdict !== 'verified'
      );
    }),
    { numRuns: 300 },
  );
});

test('a company that differs in any syllable is never verified, whatever its legal form', () => {
  const syllable = fc.integer({ min: 0, max: 11_171 }).map((code) => String.fromCharCode(0xac00 + code));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), syllable, fc.constantFrom('㈜', '주식회사 ', ''), (at, other, form) => {
      const name = [...'온새식품'].map((sign, i) => (i === at ? other : sign)).join('');
      fc.pre(name !== '온새식품');
      return (
        askForm('business_registration', { ...registered, company: form + name }, registration).verdict !== 'verified'
      );
    }),
    { numRuns: 300 },
  );
});

test('a claim of a syllable that the page shows as another goes to a person after one look', () => {
  const { verdict, of } = askForm('business_registration', { ...registered, company: '온빛식품' }, registration);
  assert.equal(verdict, 'needs_review');
  assert.ok(of('company').reasons.includes('read_once'));
});

test('two looks that agree on another syllable contradict the claim, but not on another jamo', () => {
  const ask = (company: string): string =>
    askForm('business_registration', { ...registered, company }, registration, registration).verdict;
  assert.equal(ask('온빛식품'), 'rejected');
  assert.equal(ask('온쌔식품'), 'needs_review');
});

test('a label with one letter misread is still a label where it stands alone', () => {
  const misread = registration.map((print): Print => (print[0] === '성명' ? ['싱명', 1, 7] : print));
  assert.equal(askForm('business_registration', registered, misread).verdict, 'verified');
});

test('a label of two lines stands beside its value', () => {
  const twoLines = registration.filter(([text]) => text !== '상' && text !== '호' && !text.includes('온새'));
  const page: Print[] = [...twoLines, ['상호', 1, 4.7], ['(법인명)', 1, 5.6], ['주식회사온새식품', 3, 5.15]];
  assert.equal(askForm('business_registration', registered, page).verdict, 'verified');
});

const invoice: Print[] = [
  ['세금계산서', 4, 1],
  ['등록번호', 1, 3],
  ['110-81-41272', 2.5, 3],
  ['등록번호', 5.5, 3],
  ['123-45-67891', 7, 3],
  ['상호', 1, 5],
  ['㈜온새식품', 2.2, 5],
  ['성명', 3.6, 5],
  ['홍가람', 4.2, 5],
  ['상호', 5.5, 5],
  ['두레무역', 6.5, 5],
  ['성명', 8, 5],
  ['김솔', 8.8, 5],
  ['작성일자', 1, 8],
  ['공급가액', 3, 8],
  ['세액', 6, 8],
  ['2024-03-05', 1, 10],
  ['1,250,000', 3, 10],
  ['125,000', 6, 10],
  ['합계금액', 1, 14],
  ['현금', 3, 14],
  ['1,375,000', 1, 16],
];
const invoiced = {
  business_number: '1108141272',
  company: '온새식품',
  representative: '홍가람',
  date: '24.03.05',
  total: '1,375,000원',
  supply_amount: '1250000',
  tax_amount: '₩125,000',
  buyer_business_number: '123-45-67891',
  buyer_company: '두레무역',
};

test('an invoice bears out the supplier on the left and the buyer on the right', () => {
  assert.equal(askForm('tax_invoice', invoiced, invoice).verdict, 'verified');
});

test("the other party's number, company or person is no match for a party", () => {
  const swaps: Record<string, string>[] = [
    { business_number: '123-45-67891' },
    { company: '두레무역' },
    { representative: '김솔' },
    { buyer_business_number: '110-81-41272' },
    { buyer_company: '온새식품' },
  ];
  for (const swap of swaps) {
    assert.equal(askForm('tax_invoice', { ...invoiced, ...swap }, invoice).verdict, 'rejected', JSON.stringify(swap));
  }
});

test('the amount of supply is not the total, and amounts that add up contradict another', () => {
  for (const total of ['1,250,000', '125,000', '1,375,500']) {
    const { verdict, of } = askForm('tax_invoice', { ...invoiced, total }, invoice);
    assert.equal(of('total').finding, 'mismatch', total);
    assert.equal(verdict, 'rejected');
  }
});

test('a value never runs over the middle: without a name on its own side there is none', () => {
  const missing = invoice.filter(([text]) => text !== '홍가람');
  assert.notEqual(askForm('tax_invoice', { ...invoiced, representative: '김솔' }, missing).verdict, 'verified');
});

test('two readers that read different digits leave a doubt, and a business number is settled by its check', () => {
  const misread = invoice.map((print): Print => {
    if (print[0] === '110-81-41272') return ['110-81-41277', 2.5, 3, { also: '110-81-41272' }];
    if (print[0] === '2024-03-05') return ['2024-03-05', 1, 10, { also: '2024-03-06' }];
    return print;
  });
  const { of } = askForm('tax_invoice', invoiced, misread);
  assert.deepEqual(of('business_number').reasons, ['exact']);
  assert.ok(of('date').reasons.includes('other_role_possible'));
});

test('a seal behind a name of three syllables does not change it, and two syllables are no proof of three', () => {
  const sealed = invoice.map(
    (print): Print => (print[0] === '홍가람' ? ['홍가람옮', 4.2, 5, { sealed: true }] : print),
  );
  assert.equal(askForm('tax_invoice', invoiced, sealed).verdict, 'verified');
  const short = askForm('tax_invoice', { ...invoiced, representative: '홍가' }, sealed);
  assert.notEqual(short.verdict, 'verified');
});

test('a shop whose name stands above everything is the seller, and a title is not', () => {
  const slip: Print[] = [
    ['온새마트', 4, 1],
    ['영수증', 4, 2],
    ['사업자번호:110-81-41272', 1, 4],
    ['판매일시:2024-03-0512:30', 1, 6],
    ['사과', 1, 8],
    ['12,000', 7, 8],
    ['합계', 1, 10],
    ['12,000', 7, 10],
    ['받은금액', 1, 12],
    ['20,000', 7, 12],
    ['거스름돈', 1, 14],
    ['8,000', 7, 14],
  ];
  const claims = { company: '온새마트', date: '2024-03-05', total: '12000', business_number: '110-81-41272' };
  assert.equal(askForm('receipt', claims, slip).verdict, 'verified');
  assert.notEqual(askForm('receipt', { ...claims, company: '영수증' }, slip).verdict, 'verified');
  assert.equal(askForm('receipt', { ...claims, total: '20000' }, slip).of('total').finding, 'mismatch');
});

test('a company that signs above its head needs no label, and its head is not the employee', () => {
  const signed: Print[] = [
    ['재직증명서', 4, 1],
    ['성명', 1, 3],
    ['홍가람', 2, 3],
    ['입사일', 1, 5],
    ['2018.03.02.', 2, 5],
    ['위와같이재직하고있음을증명합니다', 2, 9],
    ['2024년05월06일', 4, 11],
    ['주식회사온새식품대표이사김솔빛', 3, 13],
  ];
  const claims = { name: '홍가람', company: '(주)온새식품', date: '2018-03-02', issue_date: '2024-05-06' };
  assert.equal(askForm('certificate', claims, signed).verdict, 'verified');
  assert.equal(askForm('certificate', { ...claims, name: '김솔빛' }, signed).of('name').finding, 'mismatch');
  assert.equal(askForm('certificate', { ...claims, date: '2024-05-06' }, signed).of('date').finding, 'mismatch');
});

test('an address matches with every number and word of it, and no number may differ', () => {
  const ask = (address: string) => askForm('business_registration', { ...registered, address }, registration);
  assert.equal(ask('강원도 춘천시 햇살길 12').verdict, 'verified');
  assert.notEqual(ask('강원도 춘천시 햇살길 1').verdict, 'verified');
  assert.notEqual(ask('강원도 춘천시 햇살길 21').verdict, 'verified');
});

test('a name in letters that the readers cannot write goes to a person, and is no wildcard', () => {
  for (const representative of ['洪加藍', '홍가藍', 'ㅎ가람', 'Хонг']) {
    const { verdict, of } = askForm('business_registration', { ...registered, representative }, registration);
    assert.equal(verdict, 'needs_review', representative);
    assert.equal(of('representative').finding, 'not_found');
  }
});

test('every one of the 11,172 syllables can be claimed: rare ones match themselves and nothing near them', () => {
  for (const rare of ['팜켐텀', '쿡쌤찐', '깡숯씽', '뷁햏쀍']) {
    const page = registration.map((print): Print => (print[0].includes('온새') ? [`:주식회사${rare}`, 3, 5] : print));
    assert.equal(askForm('business_registration', { ...registered, company: rare }, page).verdict, 'verified');
    const near = String.fromCharCode(rare.charCodeAt(0) + 1) + rare.slice(1);
    assert.notEqual(askForm('business_registration', { ...registered, company: near }, page).verdict, 'verified');
  }
});

test('an amount that only one of two readers can read contradicts nothing, though both looks say so', () => {
  const misread = invoice.map(
    (print): Print => (print[0] === '1,375,000' ? ['137,00', 1, 16, { also: '375,000' }] : print),
  );
  const ask = (total: string) => askForm('tax_invoice', { ...invoiced, total }, misread, misread);
  assert.equal(ask('1,375,000').verdict, 'needs_review');
  assert.notEqual(ask('375,000').verdict, 'verified');
});

test('a letter of a label that leaning has put into a row of its own is put back', () => {
  const leaning = registration.map((print): Print => (print[0] === '상' ? ['상', 1, 4.8] : print));
  assert.equal(askForm('business_registration', registered, leaning).verdict, 'verified');
});

test('a name in which another letter is nearly as likely must be read twice, or once better', () => {
  const read = (rival: number): Print[] =>
    registration.map((print): Print => (print[0].includes('온새') ? [print[0], print[1], print[2], { rival }] : print));
  const ask = (first: number, second?: number): string =>
    askForm('business_registration', registered, read(first), second === undefined ? [] : read(second)).verdict;
  assert.equal(ask(0.05), 'verified');
  assert.equal(ask(0.2), 'needs_review');
  assert.equal(ask(0.2, 0.2), 'verified');
  assert.equal(ask(0.7, 0.7), 'needs_review');
  assert.equal(ask(0.7, 0.05), 'verified');
});
