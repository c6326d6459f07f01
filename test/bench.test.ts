// The benches' own arithmetic, and that nobody installs their peers without asking for them. What they measure is no test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { delayOf, idealMs, idsOf } from '../bench/drain/job.ts';
import { median, quantile } from '../bench/statistics.ts';

const ROOT = resolve(import.meta.dirname, '..');

test('a record takes the AI equally long whoever asks, and all together as long as the scenario says', () => {
  const ids = idsOf(1, 5_000);
  assert.equal(new Set(ids).size, 5_000);
  assert.deepEqual(idsOf(11, 12), ids.slice(10, 12), 'a record is known by its number');
  const delays = ids.map((id) => delayOf(id, 400));
  assert.deepEqual(
    delays,
    ids.map((id) => delayOf(id, 400)),
  );
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  assert.ok(Math.abs(mean - 400) < 10, `a mean of ${mean}`);
  assert.ok(median(delays) < mean, 'long delays are rare and short ones are not');
  assert.equal(delayOf(ids[0] as string, 0), 0);
});

test('a perfect scheduler gives the next record to the place that is free first', () => {
  assert.equal(idealMs([4, 1, 1, 1, 1], 2), 4);
  assert.equal(idealMs([1, 1, 1, 1, 4], 2), 6, 'the last long one runs alone');
  assert.equal(idealMs([3], 20), 3);
});

test('quantiles of nothing are no number', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.ok(Number.isNaN(median([])));
});

test('the peers of the benches are pinned exactly, and no workspace', () => {
  const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  const { dependencies } = read('bench/peers/package.json') as { dependencies: Record<string, string> };
  const { packages } = read('bench/peers/package-lock.json') as { packages: Record<string, { version: string }> };
  for (const [name, version] of Object.entries(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.equal(packages[`node_modules/${name}`]?.version, version);
    assert.equal(read('package-lock.json').packages[`node_modules/${name}`], undefined);
  }
});
