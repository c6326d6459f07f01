import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_PGBOUNCER, pgbouncer } from '../../../test/pgbouncer.ts';
import { farEnd, gateOn, poolOn, scene } from './builders.ts';
import { wait } from './by-hand.ts';
import { policies, TABLES, ticker } from './ticker.ts';

test('a role with grants and policies ticks like the owner', async (t) => {
  const at = await scene(t);
  const { role, pool } = await ticker(at, t);
  await policies(at, role, TABLES);
  await at.add(5);
  const gate = gateOn(pool, async () => ({ verdict: 'verified' }));
  assert.equal((await gate.run()).succeeded, 5);
  assert.equal((await gate.run()).message, 'No records to process');
  await pool.end();
});

test('a role from which row security hides the gate, the runs or the items is told so, never that there is nothing to do', async (t) => {
  for (const hidden of ['gates', 'runs', 'items', 'attempts']) {
    await t.test(hidden, async (u) => {
      const at = await scene(u);
      await at.add(3);
      await at.gate(async () => ({ verdict: 'verified' })).run({ limit: 1 });
      const { role, pool } = await ticker(at, u);
      await policies(
        at,
        role,
        TABLES.filter((table) => table !== hidden),
      );
      await assert.rejects(gateOn(pool, async () => ({ verdict: 'verified' })).run());
      assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 1);
      await pool.end();
    });
  }
});

test('an apply that row security filters parks its record instead of paying for it again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const { role, pool } = await ticker(at, t);
  await policies(at, role, TABLES);
  await at.rows('alter table public.applications enable row level security');
  await at.rows(`create policy reads on public.applications for select to ${role} using (true)`);
  await at.rows(`create policy writes on public.applications for update to ${role} using (company <> 'ACME')`);
  await at.add(2);
  const gate = gateOn(pool, far.work);
  assert.match(JSON.stringify((await gate.run()).results), /apply_wrote_nothing/);
  assert.equal((await gate.run()).processed, 0);
  assert.equal(far.calls.length, 2);
  await pool.end();
});

test('a role that may not write the table shuts the gate at the second record, and the paid answers are applied later', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const { role, pool } = await ticker(at, t);
  await policies(at, role, TABLES);
  await at.rows(`revoke update on public.applications from ${role}`);
  await at.add(4);
  const gate = gateOn(pool, far.work, { limits: { concurrencyMax: 4, probeMs: 20, probeMaxMs: 20 } });
  assert.equal((await gate.run()).stopped, 'shut');
  const paid = far.calls.length;
  await at.rows(`grant update on public.applications to ${role}`);
  await gate.release(
    (await at.rows<{ key: string }>("select key from tidegate.items where state = 'parked'")).map(({ key }) => key),
  );
  for (let n = 0; n < 8; n += 1) {
    await wait(30);
    await gate.run();
  }
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 4);
  assert.equal(far.calls.length, 4, `${paid} were paid for before`);
  await pool.end();
});

test('the whole life of a tick goes through PgBouncer in transaction mode with two server connections', async (t) => {
  const at = await scene(t);
  const bouncer = await pgbouncer(t, at.url, { poolSize: 2 });
  if (bouncer === null) return t.skip(NO_PGBOUNCER);
  const far = await farEnd(t, () => ({ delayMs: 3 }));
  await at.add(80);
  const gates = [0, 1, 2].map(() => {
    const pool = poolOn(bouncer.through(at.url), 4);
    t.after(async () => await pool.end());
    return gateOn(pool, far.work, { limits: { concurrencyMax: 8 } });
  });
  for (let n = 0; n < 6; n += 1) await Promise.all(gates.map((gate) => gate.run()));
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 80);
  assert.equal(far.calls.length, 80);
  assert.ok(far.openMax <= 8);
});
