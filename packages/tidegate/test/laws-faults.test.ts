import assert from 'node:assert/strict';
import { test } from 'node:test';
import { farEnd, scene } from './builders.ts';
import { done, isStep, runByHand, through, wait } from './by-hand.ts';

const open = "select count(*)::int from tidegate.items where state = 'leased'";

test("a schema whose own code throws costs its row an attempt and nobody's process", async (t) => {
  const at = await scene(t);
  await at.add(3);
  const payload = {
    '~standard': {
      validate: (value: unknown) => {
        if ((value as { company: string }).company === 'odd')
          throw new TypeError('cannot read properties of undefined');
        return { value };
      },
    },
  };
  await at.add(1, { company: 'odd' });
  const result = await at.gate(async () => ({ verdict: 'verified' }), { payload }).run();
  assert.deepEqual([result.succeeded, result.failed], [3, 1]);
  assert.match(JSON.stringify(result.results), /payload_invalid.*cannot read properties/);
});

test('whatever a work throws becomes an outcome: objects without a text, numbers, odd statuses, enormous costs', async (t) => {
  const at = await scene(t);
  const ids = await at.add(7);
  const thrown: unknown[] = [
    { message: ['name must be a string', 'total must be positive'] },
    { message: 42 },
    null,
    { answered: true, status: 4.5, message: 'odd' },
    { answered: true, status: 1e12, message: 'odd' },
    Symbol('odd'),
  ];
  const gate = at.gate(
    async ({ key }) => {
      if (ids.indexOf(key) < thrown.length) throw thrown[ids.indexOf(key)];
      return { verdict: 'verified' };
    },
    { cost: () => 1e300, limits: { shutStreak: 100 } },
  );
  const result = await gate.run();
  assert.equal(result.processed, 7);
  assert.equal(result.succeeded, 1);
  assert.equal(await at.one(open), 0);
});

test("a time-out of the work's own making is the provider's trouble and spends no attempt", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 400 }));
  await at.add(1);
  const gate = at.gate(async () => {
    await fetch(far.url, { method: 'POST', body: '{"recordId":"x","attempt":1}', signal: AbortSignal.timeout(30) });
    return {};
  });
  const result = await gate.run();
  assert.deepEqual([result.failed, result.deferred], [0, 1]);
  assert.equal(await at.one('select failures from tidegate.items'), 0);
});

test('an answer nested thousands of levels deep is its own record’s fault and spoils no group', async (t) => {
  const at = await scene(t);
  const ids = await at.add(4);
  const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
  const gate = at.gate(
    async ({ key }) => ({ verdict: 'verified', found: deep([2, 1_000, 5_000, 15_000][ids.indexOf(key)] ?? 1) }),
    {
      limits: { attemptsMax: 1 },
    },
  );
  const result = await gate.run();
  assert.equal(result.processed, 4);
  assert.ok(result.succeeded >= 1);
  assert.equal(await at.one(open), 0);
});

test('a tick answers before its deadline even where an attempt may take nearly as long', async (t) => {
  const at = await scene(t);
  await at.add(2);
  const gate = at.gate(() => new Promise(() => {}), { limits: { attemptTimeoutMs: 9_900, runDeadlineMs: 10_000 } });
  const startedAt = performance.now();
  const result = await gate.run();
  assert.ok(performance.now() - startedAt < 10_000, `answered after ${performance.now() - startedAt} ms`);
  assert.equal(result.deferred, 2);
});

test('a database that swallows questions at the end of a run is said so within 10 s, with the id of the run', async (t) => {
  const at = await scene(t);
  await at.add(1);
  let stepped = false;
  const database = through(at.pool, async (text, send) => {
    if (isStep(text)) stepped = true;
    if (stepped && !isStep(text)) {
      await wait(4_500);
      throw Object.assign(new Error('Query read timeout'), { code: 'ETIMEDOUT' });
    }
    return await send();
  });
  const startedAt = performance.now();
  await assert.rejects(at.gate(async () => ({ verdict: 'verified' }), { database }).run(), {
    code: 'database_unavailable',
  });
  assert.ok(performance.now() - startedAt < 10_500, `${performance.now() - startedAt} ms`);
});

test('a step that is sent twice settles once, and both answers name the same outcome', async (t) => {
  const at = await scene(t);
  const keys = await at.add(3);
  const run = await runByHand(at.pool);
  const { leases } = await run.step({ want: 3, keys });
  const held = leases;
  const outcomes = leases.map((lease) => done(lease));
  const [first, second] = await Promise.all([run.step({ held, outcomes }), run.step({ held, outcomes })]);
  const again = await run.step({ held, outcomes });
  for (const answer of [first, second, again]) {
    assert.deepEqual(new Set(answer?.settled.map(({ outcome }) => outcome)).size <= 1, true);
  }
  assert.ok(again.settled.every(({ outcome, ok }) => outcome === 'done' && ok));
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 3);
  assert.equal(await at.one('select sum(succeeded)::int from tidegate.hours'), 3);
});
