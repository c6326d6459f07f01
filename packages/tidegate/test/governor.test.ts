import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStrain } from '../src/strain.ts';
import type { Database } from '../src/types.ts';
import { farEnd, scene } from './builders.ts';

test("the provider's failures halve what is allowed, successes raise it by ones, and the gate remembers", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 503, delayMs: 20 }));
  await at.add(80);
  const limits = { concurrencyMax: 16, shutStreak: 1_000 };
  const gate = at.gate(far.work, { limits });
  await gate.run();
  const low = await at.one<number>('select allowed from tidegate.gates');
  assert.ok(low >= 1 && low <= 8, `allowed ${low}`);
  far.script = () => ({ delayMs: 20 });
  const second = at.gate(far.work, { limits: { ...limits, batchMax: 100 } });
  const before = far.calls.length;
  const running = second.run();
  while (far.calls.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.ok(far.open <= low, 'another instance begins where the gate stands');
  const result = await running;
  assert.equal(result.failed, 0);
  assert.ok(far.openMax <= 16);
  assert.equal(await at.one('select allowed from tidegate.gates'), null, 'back at the cap');
});

test('when the database becomes slow the gate backs off within one run, and comes back by itself', async (t) => {
  const at = await scene(t);
  await at.add(120);
  let slow = false;
  const database: Database = {
    async query(text, values) {
      if (slow && text.includes('step_3')) await new Promise((resolve) => setTimeout(resolve, 250));
      return await at.pool.query(text, values);
    },
  };
  const work = async (): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { verdict: 'verified' };
  };
  const gate = at.gate(work, { database, limits: { concurrencyMax: 8, batchMax: 60 } });
  await gate.run();
  assert.ok((await at.one<number>('select step_ms from tidegate.gates')) > 0, 'what a calm step takes was learned');
  slow = true;
  const backedOff = at.gate(work, { database, limits: { concurrencyMax: 8, batchMax: 20 } });
  const running = backedOff.run();
  await new Promise((resolve) => setTimeout(resolve, 900));
  const low = await at.one<number | null>('select allowed from tidegate.gates');
  assert.ok(low !== null && low < 8, `allowed ${low}`);
  await running;
  slow = false;
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one("select count(*)::int from public.applications where status = 'pending'"), 0);
});

test('a step that stood in line for a connection of its own is strain whatever is known', () => {
  const fresh = createStrain(null);
  fresh.heard(200, true);
  assert.equal(fresh.strained, true);
  fresh.heard(20, true);
  assert.equal(fresh.strained, false, 'a moment is no sign');
});

test('a slow step is strain only against what calm steps take', () => {
  const fresh = createStrain(null);
  fresh.heard(2_000);
  assert.equal(fresh.strained, false, 'nothing is known yet');
  const known = createStrain(10);
  known.heard(100);
  assert.equal(known.strained, false);
  known.heard(200);
  assert.equal(known.strained, true);
  known.heard(12);
  assert.equal(known.strained, false);
});
