import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { farEnd, scene } from './builders.ts';
import { done, runByHand, wait } from './by-hand.ts';

const busy = { outcome: 'deferred', status: 503, blame: 'provider', reached: false, error: 'busy' } as const;

for (const [name, breaks] of [
  ['in one group', false],
  ['one by one, where one of them spoils the group', true],
] as const) {
  test(`failures in a row are told by the order in which they came, not by keys: ${name}`, async (t) => {
    const at = await scene(t);
    const keys = (await at.add(breaks ? 4 : 3)).toSorted();
    if (breaks) await at.rows(`alter table public.applications add check (id <> '${keys[3]}' or written = 0)`);
    const run = await runByHand(at.pool, { concurrencyMax: 10, shutStreak: 50 });
    const streak = 'select streak from tidegate.gates';
    const { leases } = await run.step({ want: 4, keys });
    const lease = (n: number) => leases.find(({ key }) => key === keys[n]) ?? assert.fail('not leased');
    // The last one came with a success, and its key comes first.
    const outcomes = [
      { ...done(lease(2)), ...busy },
      { ...done(lease(1)), ...busy },
      done(lease(0)),
      ...(breaks ? [{ ...done(lease(3)), reached: false }] : []),
    ];
    await run.step({ held: leases, outcomes });
    assert.equal(await at.one(streak), 0, 'a success came last');
    // What those failures taught the governor is not the question here.
    await at.rows('update tidegate.gates set allowed = null');
    const more = (await at.add(3)).toSorted();
    const next = await run.step({ want: 3, keys: more, tried: keys });
    const of = (n: number) => next.leases.find(({ key }) => key === more[n]) ?? assert.fail('not leased');
    await run.step({
      held: next.leases,
      outcomes: [done(of(2)), { ...done(of(1)), ...busy }, { ...done(of(0)), ...busy }],
    });
    assert.equal(await at.one(streak), 2, 'a success came first');
  });
}

test('one record that apply refuses again and again does not shut the gate: that takes three different ones', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(3);
  const [bad = ''] = ids;
  await at.rows(`alter table public.applications add constraint never_these check (written = 0)`);
  const gate = at.gate(far.work, { limits: { concurrencyMax: 1 } });
  for (let n = 0; n < 4; n += 1) {
    assert.equal((await gate.attempt(bad)).code, 'answered', `time ${n + 1}`);
    await gate.release([bad]);
    await wait(5);
  }
  assert.equal(await at.one('select shut_at from tidegate.gates'), null, 'one record is one sign');
  assert.equal((await gate.run()).stopped, 'shut', 'two more records are');
  assert.equal(await at.one('select shut_code from tidegate.gates'), 'apply_broken');
  assert.ok(far.calls.length <= 3);
});

test('a step over many records that others hold locked, one after the other, waits 2 s for all of them together', async (t) => {
  const at = await scene(t);
  const keys = await at.add(30);
  const run = await runByHand(at.pool, { concurrencyMax: 40 });
  const { leases } = await run.step({ want: 30, keys });
  // Each is let go just before its lock would have been waited for too long, so that no single wait ends the group.
  const holders = await Promise.all(
    keys.slice(0, 24).map(async (key) => {
      const client = at.own(new pg.Client({ connectionString: at.url }));
      await client.connect();
      await client.query('begin');
      await client.query('select from public.applications where id = $1 for update', [key]);
      return client;
    }),
  );
  const sentAt = performance.now();
  const answer = run.step({ held: leases, outcomes: leases.map((one) => done(one)) });
  for (const holder of holders) {
    await wait(140);
    await holder.query('commit');
  }
  const { settled } = await answer;
  assert.equal(settled.length, 30);
  assert.ok(settled.every(({ outcome }) => outcome === 'done' || outcome === 'again'));
  const again = leases.filter(({ key }) => settled.some((one) => one.key === key && one.outcome === 'again'));
  assert.ok(again.length > 0, 'it did not wait for every one of them');
  await run.step({ held: again, outcomes: again.map((one) => done(one)) });
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 30);
  assert.ok(performance.now() - sentAt < 10_000);
});
