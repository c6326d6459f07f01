import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { createVerifier, type Turn, type Verdict, type Verifier } from '../src/index.ts';
import { type SampleLine, sampleBytes, sampleLines, samplesFolder } from './samples.ts';

let verifier: Verifier;
before(() => {
  verifier = createVerifier({ processes: 2 });
});
after(() => verifier.close());

const line = sampleLines().find(({ variant, attachments }) => variant === 'true' && attachments[0]?.includes('001.'));

async function verdictOn(bytes: Uint8Array): Promise<Verdict> {
  assert.ok(line !== undefined);
  return await verifier.verify({ kind: line.kind, locale: line.locale, claims: line.claims, attachments: [{ bytes }] });
}

test('a receipt lying on either side or on its head is turned upright and read', async () => {
  for (const [turn, back] of [
    [90, 270],
    [180, 180],
    [270, 90],
  ] as [number, Turn][]) {
    const bytes = new Uint8Array(await sharp(sampleBytes('001')).rotate(turn).jpeg({ quality: 90 }).toBuffer());
    const verdict = await verdictOn(bytes);
    assert.equal(verdict.pages[0]?.turned, back, `turned by ${turn}`);
    assert.equal(verdict.verdict, 'verified', `turned by ${turn}: ${verdict.reasons.join()}`);
  }
});

test('the orientation a camera notes is obeyed', async () => {
  const lying = await sharp(sampleBytes('001'))
    .rotate(270)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
  const verdict = await verdictOn(new Uint8Array(lying));
  assert.equal(verdict.pages[0]?.turned, 0);
  assert.equal(verdict.verdict, 'verified');
});

test('an orientation that lies is found out by what the page says', async () => {
  for (const orientation of [3, 6]) {
    const lying = await sharp(sampleBytes('001')).withMetadata({ orientation }).jpeg({ quality: 90 }).toBuffer();
    const verdict = await verdictOn(new Uint8Array(lying));
    assert.equal(verdict.pages[0]?.turned, orientation === 3 ? 180 : 270);
    assert.equal(verdict.verdict, 'verified', `${orientation}: ${verdict.reasons.join()}`);
  }
});

test('boxes are fractions of the upright page, and the page has its upright size', async () => {
  const bytes = new Uint8Array(await sharp(sampleBytes('001')).rotate(90).jpeg({ quality: 90 }).toBuffer());
  const [upright, turned] = [await verdictOn(sampleBytes('001')), await verdictOn(bytes)];
  assert.deepEqual(
    [turned.pages[0]?.width, turned.pages[0]?.height],
    [upright.pages[0]?.width, upright.pages[0]?.height],
  );
  const box = (verdict: Verdict) => verdict.findings.find(({ field }) => field === 'total')?.evidence[0]?.box ?? [];
  box(upright).forEach((value, i) => {
    assert.ok(Math.abs(value - (box(turned)[i] ?? 9)) < 0.03, `${box(upright)} ${box(turned)}`);
  });
});

test('a Korean page that lies otherwise is the same page, letter for letter, in both looks', async () => {
  const folder = join(samplesFolder, 'korean');
  const lines = readFileSync(join(folder, 'clean.jsonl'), 'utf8').trim().split('\n');
  // Claims that the first look does not bear out, so that there is a second; the card is enlarged for both.
  const asked = lines
    .map((text) => JSON.parse(text) as SampleLine)
    .filter(({ key }) =>
      /^clean-(?:id_card-1-name-person-other|business_registration-1-company-company-other)$/.test(key),
    );
  assert.equal(asked.length, 2);
  for (const { kind, locale, claims, attachments } of asked) {
    const upright = await sharp(join(folder, attachments[0] as string))
      .png()
      .toBuffer();
    const seen = [];
    for (const turn of [0, 90, 180, 270]) {
      const bytes = turn === 0 ? upright : await sharp(upright).rotate(turn).png().toBuffer();
      const { verdict, findings, pages } = await verifier.verify({
        kind,
        locale,
        claims,
        attachments: [{ bytes: new Uint8Array(bytes) }],
      });
      assert.equal(pages[0]?.turned, (360 - turn) % 360);
      seen.push({ verdict, findings });
    }
    for (const turned of seen.slice(1)) assert.deepEqual(turned, seen[0]);
  }
});
