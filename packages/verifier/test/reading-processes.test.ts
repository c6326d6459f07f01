import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createVerifier, isVerifierError } from '../src/index.ts';
import { readingProcesses } from '../src/read/limits.ts';
import { createPool } from '../src/read/pool.ts';
import { isRefused } from '../src/read/protocol.ts';
import { openReader } from '../src/read/reader.ts';
import { sampleBytes } from './samples.ts';

const code = (expected: string) => (error: unknown) => isVerifierError(error) && error.code === expected;
const question = (bytes: Uint8Array) => ({ op: 'read', bytes, look: 'first' }) as const;

test('reading processes are as many as cores and memory bear, and at least one', () => {
  const mebi = 1024 * 1024;
  assert.equal(readingProcesses({ cores: 8, availableBytes: 600 * mebi + 3 * 900 * mebi }), 3);
  assert.equal(readingProcesses({ cores: 2, availableBytes: 64_000 * mebi }), 2);
  assert.equal(readingProcesses({ cores: 4, availableBytes: 200 * mebi }), 1);
});

test('importing and making a verifier starts nothing', () => {
  const verifier = createVerifier();
  assert.equal(openReaderPids(), 0);
  return verifier.close();
});

test('a file whose reader is killed is for a person, and the next file is read', async () => {
  const pool = createPool(1);
  try {
    await pool.ask(question(sampleBytes('001')));
    const reading = pool.ask(question(sampleBytes('002')));
    setTimeout(() => process.kill(pool.pids()[0] as number, 'SIGKILL'), 50);
    const answer = await reading;
    assert.ok(isRefused(answer) && answer.refused === 'reader_died');
    const next = await pool.ask(question(sampleBytes('001')));
    assert.ok(!isRefused(next));
  } finally {
    await pool.close();
  }
});

test('where reading cannot start it is the machinery that failed, and no verdict', async () => {
  const pool = createPool(1);
  try {
    const reading = pool.ask(question(sampleBytes('001')));
    process.kill(pool.pids()[0] as number, 'SIGKILL');
    await assert.rejects(reading, code('ocr_unavailable'));
    assert.ok(!isRefused(await pool.ask(question(sampleBytes('001')))));
  } finally {
    await pool.close();
  }
});

test('a file that takes too long is given up, its reader replaced', async () => {
  const pool = createPool(1);
  try {
    await pool.ask(question(sampleBytes('001')));
    const [before] = pool.pids();
    const answer = await pool.ask(question(sampleBytes('002')), { timeoutMs: () => 20 });
    assert.ok(isRefused(answer) && answer.refused === 'out_of_time');
    assert.ok(!isRefused(await pool.ask(question(sampleBytes('001')))));
    assert.notEqual(pool.pids()[0], before);
  } finally {
    await pool.close();
  }
});

test('given up while waiting says busy, given up while reading says aborted', async () => {
  const pool = createPool(1);
  try {
    await pool.ask(question(sampleBytes('001')));
    const [reading, waiting] = [new AbortController(), new AbortController()];
    const first = pool.ask(question(sampleBytes('002')), { signal: reading.signal });
    const second = pool.ask(question(sampleBytes('003')), { signal: waiting.signal });
    waiting.abort();
    await assert.rejects(second, code('ocr_busy'));
    reading.abort();
    await assert.rejects(first, code('aborted'));
    await assert.rejects(pool.ask(question(sampleBytes('001')), { signal: AbortSignal.abort() }), code('ocr_busy'));
  } finally {
    await pool.close();
  }
  await assert.rejects(pool.ask(question(sampleBytes('001'))), code('closed'));
});

test('claims about one receipt read it once', async () => {
  const verifier = createVerifier({ processes: 1 });
  try {
    const request = {
      kind: 'receipt',
      locale: 'en-MY',
      claims: { company: 'x', date: '2018-12-25', total: '1' },
      attachments: [{ bytes: sampleBytes('001') }],
    };
    const first = await verifier.verify(request);
    const again = await verifier.verify(request);
    assert.ok(first.cpuMs > 200, String(first.cpuMs));
    assert.ok(again.cpuMs < first.cpuMs / 4, `${again.cpuMs} of ${first.cpuMs}`);
    assert.deepEqual(again.findings, first.findings);
  } finally {
    await verifier.close();
  }
});

test('a reading process is told no secrets', {
  skip: process.platform !== 'linux' && 'reads /proc, which only Linux has',
}, async () => {
  process.env.TIDEGATE_TEST_SECRET = 'do-not-tell';
  const pool = createPool(1);
  try {
    await pool.ask(question(sampleBytes('001')));
    const environment = readFileSync(`/proc/${pool.pids()[0]}/environ`, 'latin1');
    assert.ok(!environment.includes('do-not-tell'));
  } finally {
    delete process.env.TIDEGATE_TEST_SECRET;
    await pool.close();
  }
});

function openReaderPids(): number {
  const reader = openReader();
  const { length } = reader.pool.pids();
  void reader.close();
  return length;
}
