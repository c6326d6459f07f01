import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVerifier, defineKind, isVerifierError, shippedKinds } from '../src/index.ts';
import { matchClaims } from '../src/match/match.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { decide, defaultPolicy } from '../src/verdict/policy.ts';
import { findingsOn, kindOf, pageOf, plainReceipt, trueClaims } from './pages.ts';

const otherReceipt = plainReceipt.map((line) =>
  line
    .replace('MERAH TIMUR TRADING', 'HIJAU LAUT SUPPLIES')
    .replace('07/03/2019', '19/11/2019')
    .replace(/32\.85/g, '84.40')
    .replace('50.00', '101.55'),
);

function verdictOver(
  pages: readonly (readonly string[])[],
  claims: Record<string, string>,
): { verdict: string; reasons: readonly string[] } {
  const kind = kindOf('receipt');
  const parsed = parseClaims(kind, claims);
  const read = pages.map((lines, attachment) => pageOf(lines, attachment));
  const findings = matchClaims(parsed.claims, { pages: read, again: read, locale: 'en-MY' });
  return { ...decide({ kind, findings, claimFaults: parsed.faults, pageFaults: [], legible: true }, defaultPolicy) };
}

test('one attachment that bears out every claim is enough', () => {
  assert.equal(verdictOver([otherReceipt, plainReceipt], trueClaims).verdict, 'verified');
});

test('values picked from different receipts are never verified', () => {
  const { verdict } = verdictOver([plainReceipt, otherReceipt], { ...trueClaims, date: '2019-11-19' });
  assert.equal(verdict, 'needs_review');
});

test('a name in a script that is not read yet is not found, never a mismatch', () => {
  const { company } = findingsOn(plainReceipt, { company: '주식회사 붉은바람' });
  assert.equal(company?.finding, 'not_found');
  assert.deepEqual(company?.reasons, ['script_not_read_yet']);
});

test('a policy can leave every mismatch to a person', () => {
  const kind = kindOf('receipt');
  const { claims } = parseClaims(kind, { ...trueClaims, total: '99.99' });
  const findings = matchClaims(claims, { pages: [pageOf(plainReceipt)], again: [], locale: 'en-MY' });
  const given = { kind, findings, claimFaults: [], pageFaults: [], legible: true };
  assert.equal(decide(given, defaultPolicy).verdict, 'rejected');
  const gentle = decide(given, { ...defaultPolicy, autoReject: false });
  assert.deepEqual(gentle, { verdict: 'needs_review', reasons: ['suggested_reject', 'total_mismatch'] });
});

test('an attachment that could not be read keeps the others from deciding alone', () => {
  const kind = kindOf('receipt');
  const { claims } = parseClaims(kind, trueClaims);
  const findings = matchClaims(claims, { pages: [pageOf(plainReceipt)], again: [], locale: 'en-MY' });
  const decision = decide(
    { kind, findings, claimFaults: [], pageFaults: ['attachment_unreadable'], legible: true },
    defaultPolicy,
  );
  assert.deepEqual(decision, { verdict: 'needs_review', reasons: ['attachment_unreadable'] });
});

test('the shipped kinds know their required fields, and a kind of one’s own needs one', async () => {
  const required = Object.fromEntries(
    shippedKinds.map(({ name, fields }) => [name, fields.filter((field) => field.required).map((field) => field.name)]),
  );
  assert.deepEqual(required, {
    receipt: ['company', 'date', 'total'],
    tax_invoice: ['business_number', 'date', 'total'],
    business_registration: ['business_number', 'company'],
    certificate: ['name'],
    id_card: ['name'],
  });
  assert.throws(
    () => defineKind('ticket', { fields: { seat: { type: 'identifier' } } }),
    (error) => isVerifierError(error) && error.code === 'invalid_kind',
  );
  const ticket = defineKind('ticket', { fields: { seat: { type: 'identifier', required: true, labels: ['seat'] } } });
  const verifier = createVerifier({ kinds: [ticket] });
  const verdict = await verifier.verify({
    kind: 'ticket',
    claims: { row: '5' },
    attachments: [{ bytes: new Uint8Array(1) }],
  });
  assert.deepEqual([...verdict.reasons], ['unknown_field', 'seat_not_claimed']);
  await verifier.close();
});
