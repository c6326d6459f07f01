import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { farEnd, type Scene, scene } from './builders.ts';
import { done, runByHand, wait } from './by-hand.ts';

const live = "select count(*)::int from tidegate.items where state = 'leased'";
const written = 'select count(*)::int from public.applications where written = 1';

/** As if a run had been silent for `seconds`, the gate being awake all along. */
async function silentFor(at: Scene, run: string, seconds: number): Promise<void> {
  await at.rows("update tidegate.runs set touched_at = touched_at - $2 * interval '1 s' where id = $1", [run, seconds]);
  await at.rows("update tidegate.gates set awake_since = awake_since - $1 * interval '1 s'", [seconds]);
}

test('a silent run that wakes while others hold the cap settles what nobody took over, and leases nothing', async (t) => {
  const at = await scene(t);
  const keys = await at.add(12);
  const frozen = await runByHand(at.pool);
  const other = await runByHand(at.pool);
  const { leases } = await frozen.step({ want: 4, keys });
  await silentFor(at, frozen.id, 20);
  const took = await other.step({ want: 4, keys: keys.slice(4), tried: keys.slice(0, 2) });
  assert.equal(took.leases.length, 4);
  assert.equal(await at.one(live), 4);
  const woken = await frozen.step({ want: 4, keys, held: leases, outcomes: leases.map((lease) => done(lease)) });
  assert.equal(await at.one(live), 4, 'the cap holds');
  assert.equal(woken.stop, 'busy');
  const free = leases.filter(({ key }) => !took.leases.some((lease) => lease.key === key)).map(({ key }) => key);
  const kept = woken.settled.filter(({ outcome }) => outcome === 'done').map(({ key }) => key);
  assert.deepEqual(kept.toSorted(), free.toSorted(), 'paid work is kept where nobody has leased again');
  assert.equal(await at.one(written), free.length);
  assert.equal(woken.settled.filter(({ outcome }) => outcome === 'stale').length, 4 - free.length);
});

test('a process that is stopped and goes on beside another never brings the gate over its cap', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) => ({ delayMs: nth === 1 ? 120 : 10 }));
  await at.add(60);
  const path = join(import.meta.dirname, 'worker.ts');
  const workers: ChildProcess[] = [0, 1].map(() =>
    spawn(process.execPath, [path, at.url, far.url, 'drain', '4'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LOG_LEVEL: 'error' },
    }),
  );
  t.after(() => workers.map((worker) => worker.kill('SIGKILL')));
  while (far.calls.length < 8) await wait(5);
  const ends = Promise.all(workers.map((worker) => once(worker, 'exit')));
  let most = 0;
  for (let n = 0; n < 6; n += 1) {
    const worker = workers[n % 2];
    worker?.kill('SIGSTOP');
    await at.rows(`update tidegate.runs set touched_at = touched_at - interval '20 s' where closed_at is null`);
    await at.rows(`update tidegate.gates set awake_since = awake_since - interval '20 s'`);
    for (let look = 0; look < 5; look += 1) {
      most = Math.max(most, await at.one<number>(live));
      await wait(30);
    }
    worker?.kill('SIGCONT');
  }
  await ends;
  const gate = at.gate(far.work);
  while ((await gate.run()).processed > 0);
  // On a slow machine one record may have met three of those silences.
  const parked = await at.rows<{ key: string }>("select key from tidegate.items where state = 'parked'");
  await gate.release(parked.map(({ key }) => key));
  while ((await gate.run()).processed > 0);
  assert.ok(most <= 4, `${most} live leases`);
  assert.equal(await at.one(written), 60);
  assert.equal(await at.one('select count(*)::int from public.applications where written > 1'), 0);
});

test('an attempt that is given up because its loss was recorded does not undo that loss', async (t) => {
  const at = await scene(t);
  const keys = await at.add(1);
  for (let life = 1; life <= 3; life += 1) {
    const frozen = await runByHand(at.pool);
    const other = await runByHand(at.pool);
    const { leases } = await frozen.step({ want: 1, keys });
    assert.equal(leases.length, 1, `life ${life}`);
    await silentFor(at, frozen.id, 20);
    await other.step();
    const outcomes = leases.map((lease) => ({
      ...done(lease, null),
      outcome: 'returned' as const,
      status: 0,
      reached: false,
    }));
    const woken = await frozen.step({ held: leases, outcomes });
    assert.deepEqual(
      woken.settled.map(({ outcome }) => outcome),
      ['stale'],
    );
  }
  assert.deepEqual(await at.rows('select state, lost from tidegate.items'), [{ state: 'parked', lost: 3 }]);
  assert.equal(await at.one("select count(*)::int from tidegate.attempts where outcome = 'lost'"), 3);
});

test('an answer that comes after the third loss has parked its record still counts', async (t) => {
  const at = await scene(t);
  const keys = await at.add(1);
  const run = await runByHand(at.pool);
  const other = await runByHand(at.pool);
  const { leases } = await run.step({ want: 1, keys });
  await at.rows('update tidegate.items set lost = 2');
  await silentFor(at, run.id, 20);
  await other.step();
  assert.equal(await at.one('select state from tidegate.items'), 'parked');
  const late = await run.step({ held: leases, outcomes: leases.map((lease) => done(lease)) });
  assert.deepEqual(
    late.settled.map(({ outcome }) => outcome),
    ['done'],
  );
  assert.deepEqual(await at.rows('select state, lost from tidegate.items'), [{ state: 'done', lost: 0 }]);
});

test('silence is no death until the gate has been awake for 15 s, and an outage of the database is nobody’s', async (t) => {
  const at = await scene(t);
  const keys = await at.add(2);
  const run = await runByHand(at.pool);
  const other = await runByHand(at.pool);
  await run.step({ want: 2, keys });
  await at.rows("update tidegate.runs set touched_at = touched_at - interval '10 min'");
  await at.rows(
    "update tidegate.gates set awake_at = awake_at - interval '9 min', awake_since = awake_since - interval '10 min'",
  );
  await other.step();
  assert.equal(await at.one(live), 2, 'the chain was broken: it begins anew');
  await at.rows("update tidegate.items set since_at = since_at - interval '5 min', until = until - interval '5 min'");
  await other.step({ want: 2, keys });
  assert.deepEqual(
    await at.rows('select distinct state, round(extract(epoch from until - since_at))::int as s from tidegate.items'),
    [{ state: 'waiting', s: 15 }],
  );
  assert.equal(await at.one(live), 0, 'its own run may settle first');
});

test('few suspects at a time: half the cap after one loss, one alone after two', async (t) => {
  const at = await scene(t);
  const keys = await at.add(10);
  const run = await runByHand(at.pool, { concurrencyMax: 8 });
  await at.rows(
    `insert into tidegate.items (gate, key, attempt, state, since_at, until, span_ms, lost)
    select $2, k, 1, 'waiting', clock_timestamp(), clock_timestamp(), 0, case when n <= 6 then 1 else 2 end
    from unnest($1::text[]) with ordinality u (k, n) where n <= 9`,
    [keys, run.opened.gate],
  );
  const { leases } = await run.step({ want: 8, keys });
  const lost = await at.rows(
    "select lost, count(*)::int as n from tidegate.items where state = 'leased' group by lost order by lost",
  );
  assert.deepEqual(lost, [
    { lost: 0, n: 1 },
    { lost: 1, n: 4 },
    { lost: 2, n: 1 },
  ]);
  const more = await run.step({ want: 2, keys, held: leases });
  assert.deepEqual(more.leases, []);
});

test('a tick that finds every place taken answers at once, and attempts a key once however soon it is due again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 500 }));
  const keys = await at.add(3);
  const holder = await runByHand(at.pool, { concurrencyMax: 2 });
  const { leases } = await holder.step({ want: 2, keys });
  const gate = at.gate(far.work, { limits: { concurrencyMax: 2, backoffMs: 0, backoffMaxMs: 0, shutStreak: 1_000 } });
  const busy = await gate.run();
  assert.deepEqual([busy.stopped, busy.processed], ['busy', 0]);
  assert.match(busy.message, /although 3 wait: every place is taken: 2 of 2 places are taken/);
  await holder.step({
    held: leases,
    outcomes: leases.map((lease) => ({ ...done(lease), outcome: 'returned' as const })),
  });
  const tick = await gate.run();
  assert.equal(tick.deferred, 3);
  assert.equal(far.calls.length, 3);
});

test('a record that is known and wants work again is not overtaken by younger ones', async (t) => {
  const at = await scene(t);
  const keys = await at.add(6);
  const [first, second, third, fourth] = keys;
  const run = await runByHand(at.pool);
  const { leases } = await run.step({ want: 1, keys: [second as string] });
  await run.step({ outcomes: leases.map((lease) => done(lease)) });
  await at.rows("update public.applications set status = 'pending', revision = revision + 1 where id = $1", [second]);
  const took = await run.step({ want: 3, keys });
  assert.deepEqual(
    took.leases.map(({ key }) => key),
    [first, second, third],
  );
  const others = await run.step({ want: 1, held: took.leases, keys });
  assert.deepEqual(
    others.leases.map(({ key }) => key),
    [fourth],
    'what somebody holds stands in nobody’s way',
  );
});

test('a cap that is lowered leases nothing until live leases are below it, and each caller’s own cap holds', async (t) => {
  const at = await scene(t);
  const keys = await at.add(20);
  const old = await runByHand(at.pool, { concurrencyMax: 8 });
  const first = await old.step({ want: 8, keys });
  const young = await runByHand(at.pool, { concurrencyMax: 3 });
  assert.equal((await young.step({ want: 3, keys })).stop, 'busy');
  const settled = await old.step({
    want: 5,
    keys,
    held: first.leases,
    outcomes: first.leases.slice(0, 5).map((one) => done(one)),
  });
  assert.deepEqual([settled.leases.length, settled.cap], [0, 3]);
  await runByHand(at.pool, { concurrencyMax: 8 });
  assert.deepEqual((await young.step({ want: 3, keys })).leases, [], 'the smaller of the two');
});
