import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { farEnd, gateOn, type Scene, scene } from './builders.ts';
import { wait } from './by-hand.ts';
import { pass, silentFor } from './time.ts';

const written = 'select count(*)::int from public.applications where written = 1';
const pending = "select count(*)::int from public.applications where status = 'pending'";
const live = "select count(*)::int from tidegate.items where state = 'leased'";
const parked = "select count(*)::int from tidegate.items where state = 'parked'";

/** A connection of the application's, which ends with the test however that ends. */
async function application(at: Scene): Promise<pg.Client> {
  const client = at.own(new pg.Client({ connectionString: at.url }));
  await client.connect();
  return client;
}

/** Ticks until nothing is pending, what waits being made due. */
async function drain(at: Scene, gate: { run(): Promise<unknown> }): Promise<void> {
  for (let n = 0; n < 20 && (await at.one<number>(pending)) > 0; n += 1) {
    await pass(at, 60);
    await gate.run();
  }
}

test('a table that nobody may even read for longer than the lease leaves what was paid in the items, and a tick meanwhile says 503', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(6);
  const holder = await application(at);
  far.script = async () => {
    if (far.calls.length === 2) {
      await holder.query('begin');
      await holder.query('lock table public.applications in access exclusive mode');
    }
    return {};
  };
  const limits = { attemptTimeoutMs: 2_000, leaseMarginMs: 2_000, runDeadlineMs: 8_000, concurrencyMax: 2 };
  const gate = at.gate(far.work, { limits });
  const first = gate.run();
  while (far.calls.length < 2) await wait(5);
  const meanwhile = gateOn(at.another(2), far.work, { limits }).run();
  const [told, refused] = await Promise.allSettled([first, meanwhile]);
  for (const one of [told, refused])
    assert.equal(one.status === 'rejected' && one.reason.code, 'database_unavailable', JSON.stringify(one));
  assert.equal(await at.one(live), 0);
  assert.equal(await at.one('select count(*)::int from tidegate.items where answer is not null'), 2);
  await holder.query('commit');
  await drain(at, gate);
  assert.equal(await at.one(written), 6);
  assert.equal(far.calls.length, 6, 'no call was repeated');
  assert.equal(await at.one(parked), 0);
});

test('a disk that is full costs no more than the calls in flight, and the gate drains by itself once there is space', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(12);
  await at.rows(`create table public.disk (is_full boolean); insert into public.disk values (false);
    create function public.full_disk() returns trigger language plpgsql as $$
    begin
      if (select is_full from public.disk) then
        raise exception 'could not extend file: No space left on device' using errcode = '53100';
      end if;
      return null;
    end $$`);
  for (const table of ['items', 'attempts'])
    await at.rows(`create trigger full_disk before insert or update on tidegate.${table}
      for each statement execute function public.full_disk()`);
  far.script = async () => {
    if (far.calls.length === 3) await at.rows('update public.disk set is_full = true');
    return {};
  };
  const limits = { concurrencyMax: 3, attemptTimeoutMs: 4_000, leaseMarginMs: 500, runDeadlineMs: 6_000 };
  const gate = at.gate(far.work, { limits });
  await gate.run().catch((error: { code?: string }) => assert.equal(error.code, 'database_unavailable'));
  await gate.run().catch((error: { code?: string }) => assert.equal(error.code, 'database_unavailable'));
  const calls = far.calls.length;
  assert.ok(calls <= 3 + 3, `${calls} calls`);
  await at.rows('update public.disk set is_full = false');
  await silentFor(at, 20);
  await drain(at, gate);
  assert.equal(await at.one(written), 12);
  assert.equal(await at.one(parked), 0);
  assert.ok(far.calls.length <= 12 + 3, `${far.calls.length} calls`);
});

test('a transaction that idles and pins what may be cleaned up does not stop a drain', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(600);
  const idle = await application(at);
  await idle.query('begin isolation level repeatable read');
  await idle.query('select count(*) from tidegate.items');
  const gate = at.gate(far.work, { limits: { concurrencyMax: 20, batchMax: 100 } });
  const result = await gate.run({ drain: true });
  assert.equal(result.succeeded, 600);
  assert.equal(far.calls.length, 600);
  await idle.query('rollback');
  assert.equal(await at.one(written), 600);
});

/** A worker of its own, killed when the test ends. */
function worker(at: Scene, farUrl: string, scope: { after(fn: () => void): void }): ChildProcess {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'worker.ts'), at.url, farUrl, 'tick', '3', '60000'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LOG_LEVEL: 'error' },
    },
  );
  scope.after(() => void child.kill('SIGKILL'));
  return child;
}

test('a worker that thaws beside its successor hangs up its old calls, and overlaps with it for no longer', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(3);
  const never = Promise.withResolvers<void>();
  t.after(() => never.resolve());
  far.script = async ({ nth }) => {
    if (nth === 1) await never.promise;
    return {};
  };
  const child = worker(at, far.url, t);
  while (far.calls.length < 3) await wait(10);
  child.kill('SIGSTOP');
  const gate = at.gate(far.work, { limits: { concurrencyMax: 3, attemptTimeoutMs: 60_000 } });
  await gate.run();
  await silentFor(at, 20);
  for (let n = 0; n < 5 && (await at.one<number>(pending)) > 0; n += 1) await gate.run();
  assert.equal(await at.one(written), 3);
  child.kill('SIGCONT');
  // Nothing was answered: it ends because it was told that these leases are no longer its own.
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.ok(far.openMax <= 3 + 3, `${far.openMax} calls at a time`);
  assert.equal(far.calls.length, 6, 'one more call for each that was frozen');
  assert.equal(await at.one(written), 3);
});
