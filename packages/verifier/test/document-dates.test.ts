import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippedKinds } from '../src/kinds.ts';
import { matchClaims } from '../src/match/match.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { decide, defaultPolicy } from '../src/verdict/policy.ts';
import { formPage } from './korean-pages.ts';

/** A card with three dates, all claimed as they are printed, looked at on a day. */
function card(dates: { birth: string; issue: string; expiry: string }, today: string) {
  const kind = shippedKinds.find(({ name }) => name === 'id_card');
  assert.ok(kind !== undefined);
  const page = formPage([
    ['기술자격증', 4, 1],
    ['성명', 3, 3],
    ['홍가람', 5, 3],
    ['생년월일', 3, 5],
    [dates.birth, 5, 5],
    ['발급일', 3, 7],
    [dates.issue, 5, 7],
    ['만료일', 3, 9],
    [dates.expiry, 5, 9],
  ]);
  const { claims } = parseClaims(
    kind,
    { name: '홍가람', birth_date: dates.birth, issue_date: dates.issue, expiry_date: dates.expiry },
    'ko-KR',
  );
  const findings = matchClaims(claims, { pages: [page], again: [], locale: 'ko-KR', fields: kind.fields, today });
  return decide({ kind, findings, claimFaults: [], pageFaults: [], legible: true }, defaultPolicy);
}

const inForce = { birth: '1980-05-06', issue: '2020-01-02', expiry: '2030-01-02' };

test('a card in force whose dates follow each other is verified, on its last day too', () => {
  assert.equal(card(inForce, '2026-01-01').verdict, 'verified');
  assert.equal(card(inForce, '2030-01-02').verdict, 'verified');
});

test('a card that has expired goes to a person, who is told so', () => {
  const { verdict, reasons } = card(inForce, '2030-01-03');
  assert.equal(verdict, 'needs_review');
  assert.ok(reasons.includes('document_expired'));
});

test('a card issued after today, before its holder was born or after it expires goes to a person', () => {
  assert.ok(card(inForce, '2019-12-31').reasons.includes('issued_in_future'));
  assert.ok(card({ ...inForce, birth: '2021-05-06' }, '2026-01-01').reasons.includes('dates_out_of_order'));
  assert.ok(card({ ...inForce, expiry: '2019-01-02' }, '2018-01-01').reasons.includes('dates_out_of_order'));
});
