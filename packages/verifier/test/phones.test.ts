import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineKind } from '../src/index.ts';
import { matchClaims } from '../src/match/match.ts';
import { parsePhone, phonesIn, samePhone, showPhone } from '../src/normalize/phones.ts';
import type { Finding } from '../src/types.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { decide, defaultPolicy } from '../src/verdict/policy.ts';
import { formPage, type Print } from './korean-pages.ts';
import { pageOf } from './pages.ts';

const kind = defineKind('card', {
  fields: {
    phone: { type: 'phone', required: true, labels: ['tel', 'phone', '전화', 'mobile'] },
    fax: { type: 'phone', labels: ['fax', '팩스'] },
  },
});

/** Verdict and finding about a number on a page of rows. */
function ask(
  rows: readonly string[],
  claims: Record<string, string>,
  { locale = 'en-MY', form = [] }: { locale?: string | null; form?: readonly Print[] } = {},
): { verdict: string; of: (field: string) => Finding | undefined; reasons: readonly string[] } {
  const page = form.length > 0 ? formPage(form) : pageOf(rows);
  const parsed = parseClaims(kind, claims, locale);
  const findings = matchClaims(parsed.claims, { pages: [page], again: [page], locale, fields: kind.fields });
  const { verdict, reasons } = decide(
    { kind, findings, claimFaults: parsed.faults, pageFaults: [], legible: true },
    defaultPolicy,
  );
  return { verdict, reasons, of: (field) => findings.find((finding) => finding.field === field) };
}

const card = ['ACME TRADING', 'NO 1 JALAN BESAR', 'TEL: 03-7731 8169 FAX: 03-7731 8170', 'DATE 12/03/2018'];

test('a number is the same however it is grouped, with its country or without', () => {
  for (const phone of ['03-77318169', '(03) 7731 8169', '+60 3-7731 8169', '0060377318169', '+60 (0)3 7731.8169']) {
    assert.equal(ask(card, { phone }).verdict, 'verified', phone);
  }
  for (const phone of ['02-123-4567', '+82-2-123-4567', '(02)1234567']) {
    const form: Print[] = [
      ['사업자등록증명', 4, 1],
      ['상호온새식품주식회사', 1, 3],
      ['전화', 1, 5],
      ['02)123-4567', 3, 5],
    ];
    const { verdict } = ask([], { phone }, { locale: 'ko-KR', form });
    assert.equal(verdict, 'verified', phone);
  }
});

test('a fax is no telephone, and a telephone no fax', () => {
  const { verdict, of } = ask(card, { phone: '03-7731 8170' });
  assert.equal(verdict, 'rejected');
  assert.ok(of('phone')?.reasons.includes('value_in_other_role'));
  assert.equal(ask(card, { phone: '03-7731 8169', fax: '03-7731 8169' }).verdict, 'rejected');
  assert.equal(ask(card, { phone: '03-7731 8169', fax: '03-7731 8170' }).verdict, 'verified');
  assert.equal(ask(['FAX: 03-7731 8170'], { phone: '03-7731 8170' }).verdict, 'needs_review');
  assert.equal(ask(['TEL/FAX: 03-7731 8170'], { phone: '03-7731 8170', fax: '0377318170' }).verdict, 'verified');
});

test('another country is another number, and a country that nothing tells is a doubt', () => {
  assert.equal(ask(card, { phone: '+82 3-7731 8169' }).verdict, 'rejected');
  const unknown = ask(card, { phone: '+60 3-7731 8169' }, { locale: null });
  assert.equal(unknown.verdict, 'needs_review');
  assert.ok(unknown.of('phone')?.reasons.includes('country_not_shown'));
  assert.equal(ask(['TEL: +60 3-7731 8169'], { phone: '03-77318169' }, { locale: null }).verdict, 'verified');
});

test('an extension must be the one that is printed', () => {
  const rows = ['TEL: 02-123-4567 (ext. 12)'];
  assert.equal(ask(rows, { phone: '02-123-4567' }).verdict, 'verified');
  assert.equal(ask(rows, { phone: '02-123-4567 x12' }).verdict, 'verified');
  assert.equal(ask(rows, { phone: '02-123-4567 내선 13' }).verdict, 'rejected');
  const missing = ask(['TEL: 02-123-4567'], { phone: '02-123-4567 ext 12' });
  assert.equal(missing.verdict, 'needs_review');
  assert.ok(missing.of('phone')?.reasons.includes('extension_not_shown'));
});

test('further lines of a number are numbers of their own', () => {
  const rows = ['TEL: 02-123-4567~9'];
  for (const last of ['7', '8', '9']) assert.equal(ask(rows, { phone: `02-123-456${last}` }).verdict, 'verified');
  assert.equal(ask(rows, { phone: '02-123-4566' }).verdict, 'rejected');
  assert.equal(ask(['TEL: 03-7731 8169/70'], { phone: '0377318170' }).verdict, 'verified');
});

test('a number without a word before it may be anybody’s', () => {
  assert.equal(ask(['ACME TRADING', '03-7731 8169'], { phone: '03-7731 8169' }).verdict, 'needs_review');
});

test('what is no telephone number is a fault of the claim', () => {
  for (const phone of ['12345', 'call me', '02-123-4567 / 02-765-4321', '1234567890123456']) {
    assert.deepEqual(ask(card, { phone }).reasons, ['phone_unreadable_claim'], phone);
  }
});

const digit = fc.integer({ min: 0, max: 9 });
const national = fc
  .tuple(fc.constantFrom('2', '31', '10', '70'), fc.array(digit, { minLength: 7, maxLength: 8 }))
  .map(([area, rest]) => area + rest.join(''));

test('any number is itself in every way of writing it', () => {
  fc.assert(
    fc.property(national, fc.constantFrom('-', ' ', '.', ''), (number, sign) => {
      const cut = (text: string): string => `${text.slice(0, -8)}${sign}${text.slice(-8, -4)}${sign}${text.slice(-4)}`;
      const ways = [cut(`0${number}`), `+82${sign}${cut(number)}`, `0082 ${number}`, `+82 (0)${number}`];
      const phones = ways.map((text) => parsePhone(text));
      for (const [i, a] of phones.entries()) {
        for (const b of phones) {
          assert.ok(a !== null && b !== null, ways[i]);
          assert.equal(samePhone(a, b, '82'), true, `${ways[i]} ${showPhone(b)}`);
        }
      }
    }),
  );
});

test('a number with any digit changed is never verified', () => {
  fc.assert(
    fc.property(national, fc.nat(), fc.integer({ min: 1, max: 9 }), (number, place, step) => {
      const at = place % number.length;
      const other = number.slice(0, at) + String((Number(number[at]) + step) % 10) + number.slice(at + 1);
      const rows = [`TEL: 0${number} FAX: 02-999-9999`];
      assert.equal(ask(rows, { phone: `0${number}` }, { locale: 'ko-KR' }).verdict, 'verified');
      assert.notEqual(ask(rows, { phone: `0${other}` }, { locale: 'ko-KR' }).verdict, 'verified');
      assert.notEqual(ask(rows, { phone: `+82 ${other}` }, { locale: 'ko-KR' }).verdict, 'verified');
    }),
  );
});

test('a text of digits gives at most the numbers that stand in it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const { phone, from, to } of phonesIn(text)) {
        assert.ok(from < to && to <= text.length);
        assert.ok(phone.national.length >= 5 && phone.national.length <= 15);
      }
    }),
  );
});
