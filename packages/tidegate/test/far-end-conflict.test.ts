import assert from 'node:assert/strict';
import { test } from 'node:test';
import { farEnd, scene } from './builders.ts';

test('a far end that says 409 blames nobody: no attempt is spent, the gate stays open, the record comes back', async (t) => {
  const at = await scene(t);
  const body = { error: { code: 'superseded', message: 'That attempt no longer holds the lease.' } };
  const far = await farEnd(t, ({ attempt }) => (attempt <= 12 ? { status: 409, body } : {}));
  await at.add(1);
  // More often than the streak that shuts, the deferrals that park, and the attempts that a row has.
  for (let tick = 1; tick <= 12; tick += 1) {
    const { results, deferred, failed } = await at.gate(far.work).run();
    assert.deepEqual([deferred, failed, results[0]?.status], [1, 0, 409], `tick ${tick}`);
    assert.deepEqual(results[0]?.body, body);
    await at.rows('update tidegate.items set until = clock_timestamp(), span_ms = 0');
  }
  const [item] = await at.rows('select state, failures, deferrals from tidegate.items');
  assert.deepEqual(item, { state: 'waiting', failures: 0, deferrals: 0 });
  assert.equal(await at.one('select shut_at from tidegate.gates'), null);
  assert.equal((await at.gate(far.work).run()).succeeded, 1);
});

test('what a stranger has meanwhile leased again is none of our business, whatever the far end says', async (t) => {
  const at = await scene(t);
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const far = await farEnd(t, async ({ attempt }) => {
    if (attempt > 1) return {};
    asked.resolve();
    await held.promise;
    return { status: 409, body: { error: { code: 'superseded', message: 'gone' } } };
  });
  await at.add(1);
  const first = at.gate(far.work).run();
  await asked.promise;
  // Its lease ends unnoticed; another run buries it, and then takes the record.
  await at.rows(
    "update tidegate.items set since_at = since_at - interval '2 min', until = until - interval '2 min' where state = 'leased'",
  );
  const other = at.gate(far.work);
  await other.run();
  await at.rows("update tidegate.items set until = clock_timestamp(), span_ms = 0 where state = 'waiting'");
  assert.equal((await other.run()).succeeded, 1);
  held.resolve();
  await first;
  assert.equal(
    await at.one("select count(*)::int from public.applications where status = 'verified' and written = 1"),
    1,
  );
});
