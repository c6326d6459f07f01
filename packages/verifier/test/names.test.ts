import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameTokens } from '../src/normalize/names.ts';
import { findingsOn, plainReceipt, trueClaims, verdictOn } from './pages.ts';

const withName = (...name: string[]): string[] => [...name, ...plainReceipt.slice(1)];
const company = (lines: readonly string[], claim: string) => findingsOn(lines, { company: claim }).company;

test('legal forms of many countries are no part of a name', () => {
  for (const text of [
    'Acme Sdn Bhd',
    'ACME SDN. BHD.',
    'Acme S/B',
    'acme Pte. Ltd.',
    'ACME Inc.',
    'Acme GmbH',
    '주식회사 ACME',
    '㈜ACME',
    'ACME(주)',
  ]) {
    assert.deepEqual(nameTokens(text), ['ACME'], text);
  }
});

test('a name matches in any case, without spaces, and with the slips of a reader', () => {
  for (const printed of [
    'MERAH TIMUR TRADING SDN BHD',
    'MERAHTIMURTRADINGSDNBHD',
    'Merah Timur Tradlng Sdn. Bhd.',
    'MERAH T1MUR TRAD1NG 5DN BHD (123-X)',
  ]) {
    const finding = company(withName(printed), 'merah timur trading');
    assert.equal(finding?.finding, 'match', printed);
    assert.ok(!finding?.reasons.includes('name_in_doubt'), printed);
  }
  assert.equal(company(withName('MERAH TIMUR', 'TRADING SDN BHD'), 'MERAH TIMUR TRADING SDN BHD')?.finding, 'match');
});

test('one other word makes another company', () => {
  for (const claim of [
    'MERAH BARAT TRADING SDN BHD',
    'MERAH TIMUR HOLDINGS SDN BHD',
    'BIRU TIMUR TRADING',
    'MERAH TIMUR',
  ]) {
    assert.notEqual(verdictOn(plainReceipt, { ...trueClaims, company: claim }), 'verified', claim);
  }
});

test('no foreign name is ever verified', () => {
  const word = fc.stringMatching(/^[A-Z]{4,9}$/);
  fc.assert(
    fc.property(word, word, (one, two) => {
      assert.notEqual(verdictOn(plainReceipt, { ...trueClaims, company: `${one} ${two} SDN BHD` }), 'verified');
    }),
    { numRuns: 60 },
  );
});

test("a buyer's name on the page is not the seller's", () => {
  const lines = [...plainReceipt.slice(0, 6), 'Bill To:', 'HIJAU LAUT SUPPLY SDN BHD', ...plainReceipt.slice(6)];
  assert.notEqual(verdictOn(lines, { ...trueClaims, company: 'HIJAU LAUT SUPPLY SDN BHD' }), 'verified');
  assert.equal(verdictOn(lines, trueClaims), 'verified');
});
