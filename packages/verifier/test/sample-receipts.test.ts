import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createVerifier } from '../src/index.ts';
import { type SampleLine, sampleLines, samplesFolder } from './samples.ts';

interface Tally {
  accepted: number;
  genuine: number;
  wronglyRejected: string[];
  wronglyVerified: string[];
}

/** Verifies lines with both reading processes and counts what matters. */
async function tallyOf(lines: readonly SampleLine[], folder: string): Promise<Tally> {
  const verifier = createVerifier();
  const tally: Tally = { accepted: 0, genuine: 0, wronglyRejected: [], wronglyVerified: [] };
  try {
    await Promise.all(
      lines.map(async ({ key, kind, locale, claims, attachments, expected }) => {
        const files = attachments.map((path) => ({ bytes: new Uint8Array(readFileSync(join(folder, path))) }));
        const { verdict } = await verifier.verify({ kind, locale, claims, attachments: files });
        if (expected === 'verified') {
          tally.genuine += 1;
          if (verdict === 'verified') tally.accepted += 1;
          if (verdict === 'rejected') tally.wronglyRejected.push(key);
        } else if (verdict === 'verified') tally.wronglyVerified.push(key);
      }),
    );
  } finally {
    await verifier.close();
  }
  return tally;
}

/** All claims about every so-many-th receipt and about each PDF: pictures cost a second each, claims next to nothing. */
function everyReceipt(lines: readonly SampleLine[], step: number): SampleLine[] {
  const files = [...new Set(lines.map(({ attachments }) => attachments[0]))];
  const receipts = files.filter((file, i) => i % step === 0 || file?.endsWith('.pdf'));
  return lines.filter(({ attachments }) => receipts.includes(attachments[0]));
}

test('sample receipts: no forged claim is verified, no true one rejected, most true ones verified', async () => {
  const tally = await tallyOf(everyReceipt(sampleLines(), 6), samplesFolder);
  assert.deepEqual(tally.wronglyVerified, []);
  assert.deepEqual(tally.wronglyRejected, []);
  assert.ok(tally.accepted >= 0.8 * tally.genuine, `${tally.accepted} of ${tally.genuine}`);
});

const scans = join(import.meta.dirname, '../../../../shared/receipts');
const absent = !existsSync(join(scans, 'claims.jsonl')) && 'the scanned receipts are kept apart from the repository';

test('scanned receipts: no forged claim is verified, no true one rejected, most true ones verified', {
  skip: absent,
}, async () => {
  const lines = readFileSync(join(scans, 'claims.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SampleLine);
  const tally = await tallyOf(everyReceipt(lines, 9), scans);
  assert.deepEqual(tally.wronglyVerified, []);
  assert.deepEqual(tally.wronglyRejected, []);
  assert.ok(tally.accepted >= 0.8 * tally.genuine, `${tally.accepted} of ${tally.genuine}`);
});
