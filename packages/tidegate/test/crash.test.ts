import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { endPreviousLife } from '../src/operator.ts';
import { farEnd, type Scene, scene } from './builders.ts';

function worker(
  at: Scene,
  farUrl: string,
  env: Record<string, string> = {},
  args: string[] = ['tick', '4'],
): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), at.url, farUrl, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'error', ...env },
  });
}

/** Waits until `count` attempts are in flight in the child. */
async function leased(child: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  for await (const chunk of child.stdout ?? []) {
    seen += String(chunk)
      .split('\n')
      .filter((line) => line.startsWith('leased ')).length;
    if (seen >= count) return;
  }
}

/** As if `seconds` had passed since the dead run's last sign of life, the gate being awake all along. */
async function silentFor(at: Scene, seconds: number): Promise<void> {
  await at.rows(`update tidegate.runs set touched_at = touched_at - $1 * interval '1 s' where closed_at is null`, [
    seconds,
  ]);
  await at.rows(`update tidegate.gates set awake_since = awake_since - $1 * interval '1 s'`, [seconds]);
}

test('after kill -9 in the middle of a run the drain repeats at most one call per record in flight', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) => ({ delayMs: nth === 1 ? 300 : 0 }));
  await at.add(30);
  const child = worker(at, far.url);
  await leased(child, 6);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const done = await at.one<number>('select count(*)::int from public.applications where written = 1');
  const inFlight = await at.one<number>("select count(*)::int from tidegate.items where state = 'leased'");
  assert.ok(inFlight > 0 && inFlight <= 4);
  const gate = at.gate(far.work);
  // Ticking meanwhile keeps the gate awake; only then does silence count.
  await gate.run();
  await silentFor(at, 20);
  for (let left = 30 - done; left > 0; ) {
    left = await at.one<number>("select count(*)::int from public.applications where status = 'pending'");
    await gate.run();
  }
  assert.equal(
    await at.one('select count(*)::int from public.applications where written = 1'),
    30,
    'nothing lost, nothing twice',
  );
  assert.ok(far.calls.length <= 30 + 4, `${far.calls.length} calls`);
  assert.equal(await at.one("select count(*)::int from tidegate.attempts where outcome = 'lost'"), inFlight);
  assert.equal(await at.one('select count(*)::int from tidegate.items where lost > 0'), 0, 'a settle clears the count');
});

test("a start ends the leases of its own previous life at once, and nobody else's", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) => ({ delayMs: nth === 1 ? 2_000 : 0 }));
  await at.add(8);
  const mine = worker(at, far.url, { TIDEGATE_LAUNCHER: 'mine' }, ['tick', '2']);
  await leased(mine, 2);
  mine.kill('SIGKILL');
  await once(mine, 'exit');
  assert.equal(await endPreviousLife(at.pool, 'somebody else'), 0);
  assert.equal(await endPreviousLife(at.pool, 'mine'), 2);
  const result = await at.gate(far.work).run();
  assert.equal(result.succeeded, 8);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 8);
});

test('a record that kills its process parks itself after three deaths, and takes no neighbour along', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(8);
  const poison = ids[3];
  far.script = ({ recordId }) => ({ delayMs: recordId === poison ? 400 : 60 });
  for (let death = 0; death < 12; death += 1) {
    const child = worker(at, far.url, { TIDEGATE_LAUNCHER: 'mine' }, ['tick', '4']);
    const lines: string[] = [];
    child.stdout?.on('data', (chunk) => {
      lines.push(String(chunk));
      if (lines.join('').includes(`leased ${poison}`)) setTimeout(() => child.kill('SIGKILL'), 20);
    });
    await once(child, 'exit');
    await endPreviousLife(at.pool, 'mine');
    if ((await at.one("select count(*)::int from tidegate.items where state = 'parked'")) === 1) break;
  }
  while ((await at.gate(far.work).run()).processed > 0);
  const parked = await at.rows<{ key: string; lost: number }>(
    "select key, lost from tidegate.items where state = 'parked'",
  );
  assert.deepEqual(parked, [{ key: poison, lost: 3 }]);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 7);
});

test('a frozen worker whose lease was taken over wakes up and writes nothing', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(4);
  far.script = ({ attempt }) => ({
    delayMs: attempt === 1 ? 400 : 0,
    body: { verdict: attempt === 1 ? 'rejected' : 'verified' },
  });
  const child = worker(at, far.url);
  while (far.calls.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGSTOP');
  t.after(() => child.kill('SIGKILL'));
  await at.rows(
    "update tidegate.items set since_at = since_at - interval '2 min', until = until - interval '2 min' where state = 'leased'",
  );
  const gate = at.gate(far.work);
  await gate.run();
  await at.rows("update tidegate.items set until = clock_timestamp(), span_ms = 0 where state = 'waiting'");
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one("select count(*)::int from public.applications where status = 'verified'"), 4);
  child.kill('SIGCONT');
  await once(child, 'exit');
  assert.equal(
    await at.one("select count(*)::int from public.applications where status = 'verified' and written = 1"),
    4,
    'the old answers were dropped',
  );
  assert.equal(far.calls.length, 2 * ids.length);
});

test('a late answer still counts while nobody has leased the item again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 400 }));
  await at.add(1);
  const child = worker(at, far.url);
  await leased(child, 1);
  // The lease ends unnoticed; another run buries it, and nobody takes it before the answer comes.
  await at.rows(
    "update tidegate.items set since_at = since_at - interval '2 min', until = until - interval '2 min' where state = 'leased'",
  );
  await at.rows('update tidegate.gates set paused_at = clock_timestamp()');
  const other = at.gate(far.work);
  await at.rows('update public.applications set submitted = submitted');
  await other.run();
  await at.add(1, { submitted: true });
  await once(child, 'exit');
  const outcomes = await at.rows<{ outcome: string }>('select outcome from tidegate.attempts');
  assert.deepEqual(outcomes, [{ outcome: 'done' }]);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 1);
  assert.equal(far.calls.length, 1, 'paid work is kept');
});
