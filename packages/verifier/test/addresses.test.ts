import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineKind } from '../src/index.ts';
import { addressIn } from '../src/match/address.ts';
import { matchClaims } from '../src/match/match.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { askForm, type Print } from './korean-pages.ts';
import { pageOf } from './pages.ts';

const shop = defineKind('shop', { fields: { address: { type: 'address', required: true } } });

function findingOn(rows: readonly string[], address: string): string {
  const { claims } = parseClaims(shop, { address });
  const [finding] = matchClaims(claims, { pages: [pageOf(rows)], again: [], locale: 'en-MY' });
  return `${finding?.finding} ${finding?.reasons.join()}`;
}

/** A registration that prints an address in one box, in several, or on two lines. */
function registered(address: string, boxes: readonly string[]): { verdict: string; finding: string } {
  const form: Print[] = [
    ['사업자등록증', 4, 1],
    ['등록번호:110-81-41272', 3, 3],
    ['상호', 1, 5],
    [':주식회사온새식품', 3, 5],
    ['사업장소재지', 1, 9],
    ...boxes.map((text, i): Print => [text, 3 + (i * 6) / boxes.length, 9]),
  ];
  const claims = { business_number: '110-81-41272', company: '온새식품', address };
  const { verdict, of } = askForm('business_registration', claims, form);
  return { verdict, finding: `${of('address').finding} ${of('address').reasons.join()}` };
}

const printed = ['NO. 12, JALAN BESAR 3/4,', 'TAMAN SRI DESA,', '43000 KAJANG, SELANGOR.'];

test('an address matches over its lines, however it is punctuated and shortened', () => {
  for (const address of [
    'No 12, Jalan Besar 3/4, Taman Sri Desa, 43000 Kajang, Selangor',
    '12 Jln Besar 3/4 Tmn Sri Desa 43000 Kajang',
    'Jalan Besar 3/4, Taman Sri Desa',
  ]) {
    assert.equal(findingOn(printed, address), 'match exact', address);
  }
  const dropped = ['NO.12,JALANBESAR3/4,', 'TAMANSRIDESA,', '43000KAJANG,SELANGOR.'];
  assert.equal(findingOn(dropped, '12 Jalan Besar 3/4, Taman Sri Desa, 43000 Kajang'), 'match exact');
});

test('no number of an address may be another, a part of one, or left out between', () => {
  for (const address of [
    'No 1, Jalan Besar 3/4, Taman Sri Desa',
    'No 2, Jalan Besar 3/4, Taman Sri Desa',
    'No 12, Jalan Besar 3, Taman Sri Desa',
    'No 12, Jalan Besar, Taman Sri Desa',
    'No 12, Jalan Besar 4/3, Taman Sri Desa',
    'No 12, Jalan Besar 3/4, Taman Sri Desa, 4300',
    'Taman Sri Desa, 12 Jalan Besar 3/4',
  ]) {
    assert.notEqual(findingOn(printed, address), 'match exact', address);
  }
});

test('a word of an address is no other that holds it', () => {
  assert.equal(addressIn('East Road 5', 'NORTHEAST ROAD 5'), null);
  assert.equal(addressIn('5 East Road', '5 EAST ROADSIDE'), null);
  assert.equal(addressIn('동구 햇살길 12', '서울특별시성동구햇살길12'), null);
  assert.equal(addressIn('성동구 햇살길 12', '서울특별시성동구햇살길12'), 'whole');
});

test('a Korean address matches in any spelling of its province, with or without what stands in brackets', () => {
  for (const [address, boxes] of [
    ['서울 마포구 도담로 12', ['서울특별시마포구도담로12']],
    ['서울특별시 마포구 도담로 12', ['서울시마포구', '도담로12,3층']],
    ['경기도 수원시 팔달구 도담로 12-3', ['경기수원시팔달구', '도담로12-3(도담동)']],
    ['전북특별자치도 전주시 완산구 도담로 7, 2층', ['전라북도전주시완산구도담로7,2층']],
    ['마포구 도담로 12', ['서울특별시마포구도담로12']],
  ] as const) {
    assert.equal(registered(address, boxes).verdict, 'verified', `${address} on ${boxes.join(' ')}`);
  }
});

test('a lot is not its neighbour, and a road not the lane that leaves it', () => {
  for (const [address, box] of [
    ['춘천시 햇살길 12', '춘천시햇살길12-3'],
    ['춘천시 햇살길 12-3', '춘천시햇살길12'],
    ['춘천시 햇살길 12', '춘천시햇살길12번길5'],
    ['춘천시 햇살길 12', '춘천시햇살길125'],
    ['춘천시 햇살길 12', '춘천시햇살길12 5'],
    ['춘천시 햇살길', '춘천시햇살길12'],
    ['춘천시 햇살길 12, 3층', '춘천시햇살길12'],
  ] as const) {
    assert.notEqual(registered(address, [box]).verdict, 'verified', `${address} on ${box}`);
  }
});

const pick = (words: string): fc.Arbitrary<string> => fc.constantFrom(...words.split(' '));
const korean = fc.record({
  province: pick('서울특별시 경기도 강원도 전라남도 부산광역시'),
  city: pick('춘천시 수원시 목포시 달성군'),
  district: pick('팔달구 완산구 동구 성동구 중구'),
  quarter: pick('도담동 가람동 새솔동 동'),
  road: pick('햇살길 도담로 느티나무로 가람대로'),
  number: fc.integer({ min: 1, max: 999 }),
});
type Korean = typeof korean extends fc.Arbitrary<infer T> ? T : never;
const spelt = ({ province, city, district, road, number, quarter }: Korean, space: string): string =>
  [province, city, district, quarter, road, String(number)].join(space);

test('do, si, gu, dong, ro and number all count: the same address matches, one with any of them changed does not', () => {
  fc.assert(
    fc.property(
      korean,
      korean,
      fc.constantFrom(...(['province', 'city', 'district', 'quarter', 'road', 'number'] as const)),
      (own, other, part) => {
        assert.equal(addressIn(spelt(own, ' '), spelt(own, '')), 'whole');
        fc.pre(own[part] !== other[part]);
        const forged = { ...own, [part]: other[part] };
        assert.equal(addressIn(spelt(forged, ' '), spelt(own, '')), null, `${spelt(forged, ' ')} on ${spelt(own, '')}`);
      },
    ),
    { numRuns: 500 },
  );
});

const english = fc.record({
  number: fc.integer({ min: 1, max: 999 }),
  road: pick('MAPLE HARBOUR STATION NORTH NORTHERN'),
  suburb: pick('HILLVIEW RIVERSIDE OAKWOOD'),
  post: fc.integer({ min: 10_000, max: 99_999 }),
});

test('an English address with any part changed is none of this page', () => {
  fc.assert(
    fc.property(
      english,
      english,
      fc.constantFrom(...(['number', 'road', 'suburb', 'post'] as const)),
      (own, other, part) => {
        const lines = (of: typeof own): string[] => [`${of.number} ${of.road} ROAD,`, `${of.suburb} ${of.post}`];
        assert.equal(
          findingOn(['ACME TRADING', ...lines(own), 'TEL 03-7731 8169'], lines(own).join(' ')),
          'match exact',
        );
        fc.pre(own[part] !== other[part]);
        const forged = lines({ ...own, [part]: other[part] }).join(' ');
        assert.notEqual(findingOn(['ACME TRADING', ...lines(own), 'TEL 03-7731 8169'], forged), 'match exact', forged);
      },
    ),
    { numRuns: 300 },
  );
});
