import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../src/types.ts';
import { farEnd, scene } from './builders.ts';

const isStep = (text: string): boolean => text.includes('tidegate.step_3');
const lost = (): Error => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

test('a step whose answer is lost on the way loses no outcome, repeats no call and leaves no lease behind', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 5 }));
  await at.add(40);
  let steps = 0;
  const database: Database = {
    async query(text, values) {
      const answer = await at.pool.query(text, values);
      steps += isStep(text) ? 1 : 0;
      // It has committed; nobody hears of it.
      if (isStep(text) && steps % 3 === 0) throw lost();
      return answer;
    },
  };
  const gate = at.gate(far.work, { database, limits: { batchMax: 100, concurrencyMax: 6 } });
  const result = await gate.run();
  while ((await gate.run()).processed > 0);
  assert.ok(steps > 6);
  assert.ok(result.processed > 0);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 40);
  assert.equal(far.calls.length, 40, 'what a lost answer leased was given back before any call');
  assert.ok(far.openMax <= 6);
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'leased'"), 0);
  assert.ok((await at.one<number>("select count(*)::int from tidegate.attempts where outcome = 'returned'")) > 0);
});

test('a step that arrives after the next one settles what it brings, and neither gives back nor leases', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 20 }));
  await at.add(30);
  const late: { text: string; values: unknown[] }[] = [];
  let steps = 0;
  const database: Database = {
    async query(text, values) {
      if (isStep(text)) {
        steps += 1;
        // The client gives this one up; the server gets it, but only after later ones.
        if (steps % 4 === 2) {
          late.push({ text, values });
          throw lost();
        }
        const due = steps % 4 === 0 ? late.shift() : undefined;
        const answer = await at.pool.query(text, values);
        if (due !== undefined) {
          const { rows } = await at.pool.query(due.text, due.values);
          assert.equal(rows[0].answer.late, true);
          assert.deepEqual(rows[0].answer.leases, []);
        }
        return answer;
      }
      return await at.pool.query(text, values);
    },
  };
  const gate = at.gate(far.work, { database, limits: { batchMax: 100, concurrencyMax: 5 } });
  await gate.run();
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 30);
  assert.equal(far.calls.length, 30);
  assert.ok(far.openMax <= 5);
});

test('an outage of the database shorter than the lease repeats no call', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 30 }));
  await at.add(12);
  let awayUntil = 0;
  let steps = 0;
  const database: Database = {
    async query(text, values) {
      if (performance.now() < awayUntil)
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      steps += isStep(text) ? 1 : 0;
      if (steps === 2 && awayUntil === 0) awayUntil = performance.now() + 2_000;
      return await at.pool.query(text, values);
    },
  };
  const result = await at.gate(far.work, { database }).run();
  assert.equal(result.succeeded, 12);
  assert.equal(far.calls.length, 12);
});

test("a database that stays away is said so within 10 s, with the run's id, and never as nothing to do", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 30 }));
  await at.add(3);
  let away = true;
  const database: Database = {
    async query(text, values) {
      if (away && isStep(text)) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return await at.pool.query(text, values);
    },
  };
  const startedAt = performance.now();
  await assert.rejects(at.gate(far.work, { database }).run(), (error: { code?: string; runId?: string }) => {
    assert.equal(error.code, 'database_unavailable');
    assert.match(error.runId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
  assert.ok(performance.now() - startedAt < 10_000);
  away = false;
  assert.equal((await at.gate(far.work, { database }).run()).succeeded, 3);
});
