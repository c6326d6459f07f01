import assert from 'node:assert/strict';
import { test } from 'node:test';
import { farEnd, scene } from './builders.ts';
import { done, runByHand, wait } from './by-hand.ts';

const open = "select count(*)::int from tidegate.items where state = 'leased'";
const waitsS = 'select extract(epoch from wait_until - clock_timestamp())::float8 from tidegate.gates';

test('a short Retry-After never shortens a longer one', async (t) => {
  const at = await scene(t);
  const keys = await at.add(3);
  const run = await runByHand(at.pool);
  const { leases } = await run.step({ want: 2, keys });
  const asked = (n: number, retryAfterMs: number) => {
    const lease = leases[n] ?? assert.fail('not leased');
    return { ...done(lease), outcome: 'deferred' as const, status: 429, blame: 'provider' as const, retryAfterMs };
  };
  await run.step({ held: leases, outcomes: [asked(0, 600_000)] });
  await run.step({ held: leases.slice(1), outcomes: [asked(1, 1_000)] });
  const answer = await run.step({ want: 1, keys });
  assert.equal(answer.stop, 'shut');
  assert.deepEqual(answer.leases, []);
  assert.ok((await at.one<number>(waitsS)) > 590);
  // A clock that went back an hour must not keep a new wait from being obeyed.
  await at.rows("update tidegate.gates set wait_until = wait_until + interval '1 h'");
  const next = await run.step({ want: 1, keys });
  assert.equal(next.leases.length, 1, 'a stored time too far ahead is past');
  const late = { ...done(next.leases[0] ?? assert.fail()), outcome: 'deferred' as const, retryAfterMs: 60_000 };
  await run.step({ held: next.leases, outcomes: [late] });
  const s = await at.one<number>(waitsS);
  assert.ok(s > 55 && s <= 60, `${s} s`);
});

test('a clock that goes back while the gate is shut does not keep a good probe from opening it', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 503 }));
  await at.add(8);
  const gate = at.gate(far.work, { limits: { shutStreak: 3, probeMs: 60_000, probeMaxMs: 60_000 } });
  assert.equal((await gate.run()).stopped, 'shut');
  await at.rows(`update tidegate.gates set shut_at = shut_at + interval '1 h', probe_at = probe_at + interval '1 h'`);
  far.script = () => ({});
  assert.equal((await gate.run()).succeeded, 8);
  assert.equal(await at.one('select shut_at from tidegate.gates'), null);
});

test('what was offered beside a probe is taken by the same tick once the probe has opened the gate', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 503 }));
  await at.add(8);
  const gate = at.gate(far.work, { limits: { shutStreak: 2, probeMs: 30, probeMaxMs: 30, concurrencyMax: 2 } });
  while ((await gate.run()).stopped !== 'shut');
  far.script = () => ({});
  await wait(60);
  assert.equal((await gate.run()).succeeded, 8);
});

test('old records on which alone the provider fails keep nobody out: the probe goes to one that has not failed', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const bad = new Set(await at.add(14));
  await at.add(6);
  far.script = ({ recordId }) => (bad.has(recordId) ? { status: 500 } : {});
  const gate = at.gate(far.work, { limits: { shutStreak: 5, probeMs: 10, probeMaxMs: 10, deferralsMax: 1_000 } });
  let good = 0;
  for (let n = 0; n < 400 && good < 6; n += 1) {
    good += (await gate.run()).succeeded;
    await wait(15);
  }
  assert.equal(good, 6, `${far.calls.length} calls`);
});

test('a failure that the gate’s row could not hear at once still counts', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(6);
  const holder = await at.another(1).connect();
  far.script = async () => {
    await holder.query('begin');
    await holder.query('select from tidegate.gates for update');
    setTimeout(() => void holder.query('commit'), 350);
    far.script = () => ({});
    return { status: 401 };
  };
  const result = await at.gate(far.work, { limits: { concurrencyMax: 1 } }).run();
  holder.release();
  assert.equal(result.stopped, 'shut', JSON.stringify(result));
  assert.equal(await at.one(open), 0);
});
