import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../src/ledger.ts';
import type { RunResult } from '../src/types.ts';
import { farEnd, scene } from './builders.ts';

test('200,000 rows that must not run, standing before the ones that may, are walked past once', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.rows(`insert into public.applications (created_at, attached)
    select timestamptz '2020-01-01' + n * interval '1 s', false from generate_series(1, 200000) n`);
  await at.rows('analyze public.applications');
  const ids = await at.add(45);
  const gate = at.gate(far.work);
  // One tick walks them all, unless the machine is so busy that its 5 s of walking are over before: then the next goes on.
  const walks = [await gate.run()];
  while (walks.at(-1)?.stopped === 'walking' && walks.length < 10) walks.push(await gate.run());
  const first = walks.at(-1) as RunResult;
  assert.equal(first.succeeded, 20, first.message);
  const passed = walks.flatMap(({ skipped }) => Object.values(skipped)).reduce((sum, n) => sum + n, 0);
  assert.ok(passed >= 200_000 && passed < 200_000 + 1_000 * walks.length, `${passed} passed over`);
  assert.deepEqual(
    new Set(first.results.map(({ recordId }) => recordId)),
    new Set(ids.slice(0, 20)),
    'the oldest that may run',
  );
  assert.match(walks.map(({ hint }) => hint).join(), /where clause of tidegate.verify_applications/);
  assert.ok((await at.one<string>('select walked_position from tidegate.gates')) !== null, 'the place is kept');
  // An older record that may run now is found by the one bite from the oldest.
  const [old = ''] = await at
    .rows<{ id: string }>("insert into public.applications (created_at) values ('2019-01-01') returning id")
    .then((rows) => rows.map(({ id }) => id));
  const second = await gate.run();
  assert.equal(second.succeeded, 20);
  assert.ok(second.results.some(({ recordId }) => recordId === old));
  assert.ok(Object.values(second.skipped).reduce((a, b) => a + b, 0) < 1_000, 'not walked past again');
  const third = await gate.run();
  assert.equal(third.succeeded, 6);
  assert.equal(third.stopped, 'drained');
  assert.equal(await at.one('select walked_position from tidegate.gates'), null, 'dropped at the end');
});

test('a retry that is due is taken even where the walk has passed it', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [early = ''] = await at.add(1);
  await at.rows(
    `insert into public.applications (created_at, attached) select clock_timestamp(), false from generate_series(1, 3000)`,
  );
  await at.add(50);
  far.script = ({ recordId, nth }) => (recordId === early && nth === 1 ? { status: 503 } : {});
  const gate = at.gate(far.work);
  const first = await gate.run();
  assert.equal(first.deferred, 1, JSON.stringify(first));
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = await gate.run();
  assert.ok(second.results.some(({ recordId, ok }) => recordId === early && ok));
});

test("a source that raises stops the run as the source's fault, and no record is touched", async (t) => {
  const at = await scene(t);
  await at.add(3);
  await at.rows(`create or replace view tidegate.verify_applications with (security_invoker = true) as
    select a.id as key, a.created_at as position, case when 1 / (a.written) > 0 then 'x' end as skip,
      a.revision::text as revision, jsonb_build_object('company', a.company) as payload
    from public.applications a where a.status = 'pending'`);
  const gate = at.gate(async () => ({ verdict: 'verified' }));
  await assert.rejects(gate.run(), { code: 'source_failed' });
  assert.equal(await at.one('select count(*)::int from tidegate.items'), 0);
  assert.equal(await at.one('select stopped from tidegate.runs'), 'source');
});

test('a missing view is named with the statement that begins it', async (t) => {
  const at = await scene(t);
  await assert.rejects(
    at.gate(async () => ({}), { name: 'no-such-thing' }).run(),
    (error: { code?: string; message?: string; hint?: string }) => {
      assert.equal(error.code, 'source_missing');
      assert.match(`${error.message} ${error.hint}`, /tidegate\.no_such_thing.*create view/s);
      return true;
    },
  );
});

test('positions that no date of JavaScript can hold are walked and shown', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.rows(`insert into public.applications (created_at)
    values ('infinity'), ('-infinity'), ('0044-03-15 BC'), ('294000-01-01'), ('2024-02-29 12:00:00.123456')`);
  const ledger = createLedger({ database: at.pool });
  const gate = at.gate(far.work, { limits: { batchMax: 2 } });
  assert.equal((await gate.run()).succeeded, 2);
  assert.match((await ledger.status('verify-applications'))?.backlog.oldestAt ?? '', /^2024-02-29T12:00:00/);
  assert.equal((await gate.run()).succeeded, 2);
  assert.equal((await ledger.status('verify-applications'))?.backlog.count, 1);
  assert.equal((await gate.run()).succeeded, 1);
});
