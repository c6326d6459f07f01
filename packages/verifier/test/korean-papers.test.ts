import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createVerifier, type Verifier } from '../src/index.ts';
import { type SampleLine, samplesFolder } from './samples.ts';

const folder = join(samplesFolder, 'korean');
let verifier: Verifier;

before(() => {
  verifier = createVerifier();
});
after(() => verifier.close());

/** Verifies all claims about the papers of one condition. */
async function tallyOf(condition: string): Promise<{ accepted: string[]; wrong: string[]; genuine: number }> {
  const lines = readFileSync(join(folder, `${condition}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SampleLine);
  const tally = { accepted: [] as string[], wrong: [] as string[], genuine: 0 };
  await Promise.all(
    lines.map(async ({ key, kind, locale, claims, attachments, expected }) => {
      const files = attachments.map((path) => ({ bytes: new Uint8Array(readFileSync(join(folder, path))) }));
      const { verdict } = await verifier.verify({ kind, locale, claims, attachments: files });
      if (expected === 'verified') {
        tally.genuine += 1;
        if (verdict === 'verified') tally.accepted.push(key);
        if (verdict === 'rejected') tally.wrong.push(`${key} rejected`);
      } else if (verdict === 'verified') tally.wrong.push(`${key} verified`);
    }),
  );
  return tally;
}

for (const [condition, acceptedMin] of [
  ['clean', 4],
  ['scan', 3],
  ['photo', 3],
  ['fax', 1],
] as const) {
  test(`Korean papers, ${condition}: no forged claim is verified, no true one rejected`, async () => {
    const { accepted, wrong, genuine } = await tallyOf(condition);
    assert.deepEqual(wrong, []);
    assert.ok(accepted.length >= acceptedMin, `${accepted.length} of ${genuine} verified`);
  });
}
