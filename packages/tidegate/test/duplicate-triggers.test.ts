import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Gate } from '../src/types.ts';
import { farEnd, gateOn, scene } from './builders.ts';
import { wait } from './by-hand.ts';

test('a hundred ticks at once over 500 records ask each record once and never go over the cap', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 5 }));
  await at.add(500);
  const gates = Array.from({ length: 5 }, () => at.gate(far.work, { limits: { concurrencyMax: 20 } }));
  // Warm connections: on a cold pool even a racy count happens to pass.
  await Promise.all(Array.from({ length: 5 }, () => at.pool.query('select pg_sleep(0.05)')));
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => gates[n % 5]?.run({ trigger: 'cron' })));
  let drained = results.reduce((sum, result) => sum + (result?.succeeded ?? 0), 0);
  while (drained < 500) drained += (await gates[0]?.run({ trigger: 'cron' }))?.succeeded ?? 0;
  assert.equal(far.calls.length, 500, 'one call per record');
  assert.equal(new Set(far.calls.map(({ recordId }) => recordId)).size, 500);
  assert.ok(far.openMax <= 20, `at most 20 in flight, saw ${far.openMax}`);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 500);
  assert.equal(await at.one("select count(*)::int from tidegate.attempts where outcome <> 'done'"), 0);
  assert.ok(results.every((result) => result !== undefined && ['batch', 'busy', 'drained'].includes(result.stopped)));
});

test('two processes share one cap and no record', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 10 }));
  await at.add(200);
  const workers = Array.from({ length: 2 }, () =>
    spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), at.url, far.url, 'drain', '6'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  assert.equal(far.calls.length, 200);
  assert.ok(far.openMax <= 6, `at most 6 in flight, saw ${far.openMax}`);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 200);
});

test('a deploy that changes the cap never adds the two caps up', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 60 }));
  await at.add(60);
  const old = at.gate(far.work, { limits: { concurrencyMax: 8, batchMax: 100 } });
  const young = gateOn(at.another(5), far.work, { limits: { concurrencyMax: 3, batchMax: 100 } });
  const first = old.run();
  await new Promise((resolve) => setTimeout(resolve, 90));
  const lowered = await young.run({ drain: true });
  await first;
  assert.ok(far.openMax <= 8, `saw ${far.openMax}`);
  assert.equal(lowered.failed, 0);
  while ((await young.run()).processed > 0);
  assert.equal(far.calls.length, 60);
  assert.equal(await at.one('select cap from tidegate.gates'), 3);
});

for (const earlier of ['step_1', 'step_2']) {
  test(`during a deploy a program with ${earlier} and one of today share records, cap and figures`, async (t) => {
    const at = await scene(t);
    const far = await farEnd(t, () => ({ delayMs: 10 }));
    await at.add(120);
    const before = at.another(2);
    const query = before.query.bind(before) as (text: string, values: unknown[]) => Promise<unknown>;
    let steps = 0;
    const asBefore = (text: string, values: unknown[]): Promise<unknown> => {
      if (text.includes('step_3')) steps += 1;
      return query(text.replace('step_3', earlier), values);
    };
    Object.assign(before, { query: asBefore });
    const pending = "select count(*)::int from public.applications where status = 'pending'";
    const drain = async (gate: Gate): Promise<void> => {
      while ((await at.one<number>(pending)) > 0) await gate.run({ drain: true });
    };
    // Half of the places each, so that neither finds the other at all of the work.
    const old = drain(gateOn(before, far.work, { limits: { concurrencyMax: 3 } }));
    while (far.calls.length < 6) await wait(2);
    await Promise.all([old, drain(at.gate(far.work, { limits: { concurrencyMax: 6 } }))]);
    assert.ok(steps > 1, `the older program took ${steps} steps`);
    const runs = "select count(distinct run)::int from tidegate.attempts where outcome = 'done'";
    assert.ok((await at.one<number>(runs)) > 1, 'both ended attempts');
    assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 120);
    assert.ok(far.openMax <= 6, `at most 6 in flight, saw ${far.openMax}`);
    const ended = "select count(*)::int from tidegate.attempts where outcome = 'done'";
    assert.equal(await at.one(ended), 120);
    assert.equal(await at.one('select sum(succeeded)::int from tidegate.hours'), 120);
    assert.equal(await at.one("select count(*)::int from tidegate.items where state <> 'done'"), 0);
  });
}
