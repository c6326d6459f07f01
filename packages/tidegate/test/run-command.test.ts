import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { barOf, isDone } from '../src/run-command.ts';
import type { RunResult } from '../src/types.ts';
import { scene } from './builders.ts';
import { CLI, folder, gateFile, tidegate } from './command-line.ts';

const at = await scene({ after });
const dir = folder({ after });
// As create-next-app leaves it: no module type is named.
writeFileSync(join(dir, 'package.json'), '{ "private": true }');
const pending = () => at.one<number>("select count(*)::int from public.applications where status = 'pending'");

beforeEach(async () => {
  await at.rows('truncate public.applications, tidegate.items, tidegate.attempts');
});

test('run drains the source with the gate of a file, beyond one batch, and exits 0', async () => {
  await at.add(45);
  const { code, out, err } = await tidegate(['run', '--gate', gateFile(dir)], { url: at.url });
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^45 of 45 records processed: 45 succeeded, 0 failed, 0 deferred \(drained\)/);
  assert.equal(await pending(), 0);
  assert.equal(await at.one('select trigger from tidegate.runs order by opened_at desc limit 1'), 'cli');
});

test('run --limit stops after so many records and prints its result for machines', async () => {
  await at.add(30);
  const { code, out } = await tidegate(['run', '--gate', gateFile(dir), '--limit', '25', '--json'], { url: at.url });
  assert.equal(code, 0);
  const result = JSON.parse(out) as RunResult;
  assert.deepEqual([result.stopped, result.processed, result.remaining], ['batch', 25, 5]);
});

test('run exits 1 when the gate shuts before the source is drained', async () => {
  await at.add(20);
  const file = gateFile(dir, {
    work: "throw Object.assign(new Error('no'), { answered: true, status: 401, body: null });",
  });
  const { code, out } = await tidegate(['run', '--gate', file, '--json'], { url: at.url });
  assert.equal(code, 1);
  assert.equal((JSON.parse(out) as RunResult).stopped, 'shut');
  await at.rows('update tidegate.gates set shut_at = null, shut_reason = null, shut_code = null, probe_at = null');
});

test('an interrupt stops leasing and gives back what does not end within the grace', async () => {
  await at.add(10);
  const work = `process.stdout.write('begun\\n');
    await new Promise((_, reject) => at.signal.addEventListener('abort', () => reject(at.signal.reason)));`;
  const child = spawn(
    process.execPath,
    [CLI, 'run', '--gate', gateFile(dir, { work, limits: { shutdownGraceMs: 100 } }), '--json'],
    {
      env: { ...process.env, DATABASE_URL: at.url, LOG_LEVEL: 'error' },
    },
  );
  let out = '';
  let interrupted = false;
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  for await (const chunk of child.stdout) {
    out += String(chunk);
    // A second interrupt would end it at once, and need no grace.
    if (/begun/.test(out) && !interrupted) interrupted = child.kill('SIGINT');
  }
  assert.equal(await ended, 1);
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'leased'"), 0);
  assert.equal(await pending(), 10);
  assert.equal((JSON.parse(out.slice(out.indexOf('{'))) as RunResult).stopped, 'stopping');
});

test('a file that is missing, exports no gate or cannot be loaded is exit 2 with a sentence', async () => {
  const none = join(dir, 'none.ts');
  writeFileSync(none, 'export const gate = 1;\n');
  const broken = join(dir, 'broken.ts');
  writeFileSync(broken, "import '@/lib/nowhere';\n");
  for (const [words, sentence] of [
    [['run'], /run wants --gate FILE/],
    [['run', '--gate', 'nowhere.ts'], /there is no file nowhere\.ts/],
    [['run', '--gate', none], /exports no gate/],
    [['run', '--gate', broken], /cannot be loaded: .*\n.*aliases/],
    [['run', '--gate', none, '--limit', '0'], /--limit: expected a whole number from 1/],
  ] as const) {
    const { code, err } = await tidegate(words, { url: at.url });
    assert.equal(code, 2, err);
    assert.match(err, sentence);
  }
});

test('the bar shows how far a run is, and never less than all', () => {
  assert.equal(barOf({ processed: 0, failed: 0, total: 0 }), `[${'-'.repeat(30)}] 0 of 0`);
  assert.equal(
    barOf({ processed: 5, failed: 1, total: 10 }),
    `[${'#'.repeat(15)}${'-'.repeat(15)}] 5 of 10, 1 without success`,
  );
  assert.equal(barOf({ processed: 12, failed: 0, total: 10 }), `[${'#'.repeat(30)}] 12 of 12`);
});

test('drained with records in backoff is not done', () => {
  const result = { stopped: 'drained', remaining: 1, processed: 4 } as RunResult;
  assert.equal(isDone(result, undefined), false);
  assert.equal(isDone({ ...result, remaining: 0 }, undefined), true);
});
