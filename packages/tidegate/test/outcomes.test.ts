import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Defer, Park } from '../src/errors.ts';
import { farEnd, scene } from './builders.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('every kind of answer becomes a result in the shape of the contract, and one failure stops nobody', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(6);
  const replies = [
    {},
    { status: 422, body: { error: { code: 'unreadable', message: 'no page' } } },
    { status: 502, body: { error: { code: 'upstream', message: 'bad gateway' } } },
    { cut: true },
    { status: 500, raw: '<html>oops</html>' },
    { raw: '{"verdict":"maybe"}' },
  ];
  far.script = ({ recordId }) => replies[ids.indexOf(recordId)] ?? {};
  const result = await at.gate(far.work, { limits: { shutStreak: 50 } }).run();
  const by = (n: number) => result.results.find(({ recordId }) => recordId === ids[n]);
  assert.deepEqual(by(0), { recordId: ids[0], ok: true, status: 200, body: { verdict: 'verified' } });
  assert.deepEqual(by(1), {
    recordId: ids[1],
    ok: false,
    status: 422,
    body: { error: { code: 'unreadable', message: 'no page' } },
  });
  assert.deepEqual(by(2), {
    recordId: ids[2],
    ok: false,
    status: 502,
    body: { error: { code: 'upstream', message: 'bad gateway' } },
  });
  assert.equal(by(3)?.status, 0);
  assert.match(by(3)?.error ?? '', /./);
  assert.deepEqual(by(4), { recordId: ids[4], ok: false, status: 500, body: null });
  assert.match(JSON.stringify(by(5)), /"status":502,.*malformed_answer/);
  assert.deepEqual([result.processed, result.succeeded, result.failed, result.deferred], [6, 1, 1, 4]);
  assert.equal(result.remaining, 5, 'what failed comes back');
});

test("a row's own failure spends its attempts, then parks it; release gives it new ones", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 422, body: { error: { code: 'bad', message: 'bad page' } } }));
  const [id = ''] = await at.add(1);
  const gate = at.gate(far.work, { limits: { attemptsMax: 3 } });
  for (let n = 0; n < 6; n += 1) {
    await gate.run();
    await wait(3);
  }
  assert.equal(far.calls.length, 3);
  assert.equal(await at.one('select state from tidegate.items'), 'parked');
  assert.match((await gate.explain(id))?.because ?? '', /parked after attempt 3/);
  await gate.release([id]);
  far.script = () => ({});
  assert.equal((await gate.run()).succeeded, 1);
  assert.deepEqual(
    far.calls.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
    'attempt numbers never restart',
  );
});

test('an outage of the provider shuts the gate, parks nothing, probes one at a time, and opens by itself', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 503 }));
  await at.add(60);
  const gate = at.gate(far.work, { limits: { shutStreak: 5, probeMs: 200, probeMaxMs: 200, attemptsMax: 2 } });
  const first = await gate.run();
  assert.equal(first.stopped, 'shut');
  assert.ok(far.calls.length <= 8, `${far.calls.length} calls before it shut`);
  const before = far.calls.length;
  const since = performance.now();
  for (let n = 0; n < 20; n += 1) {
    await Promise.all([gate.run(), gate.run()]);
    await wait(30);
  }
  const probes = far.calls.length - before;
  const probesMax = 1 + (performance.now() - since) / 200;
  assert.ok(probes >= 2 && probes <= probesMax, `${probes} probes, at most ${probesMax}`);
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'parked'"), 0);
  far.script = () => ({});
  await wait(210);
  const back = await gate.run();
  assert.equal(back.succeeded, 20, 'one probe opened it, and the tick went on');
  assert.equal(await at.one('select shut_at from tidegate.gates'), null);
});

test('an answer of 401 shuts the gate at once and fails no record', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 401 }));
  await at.add(20);
  const result = await at.gate(far.work).run();
  assert.equal(result.stopped, 'shut');
  assert.equal(result.failed, 0);
  assert.ok(far.calls.length <= 4);
  assert.equal(await at.one('select sum(failures)::int from tidegate.items'), 0);
  const again = await at.gate(far.work).run();
  assert.equal(again.processed, 0);
  assert.match(again.message, /although .* wait: the gate is shut/);
});

test('only an attempt leased after the shutting opens the gate', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(4);
  far.script = ({ recordId }) => (recordId === ids[0] ? { status: 403 } : { delayMs: 300 });
  const result = await at.gate(far.work).run();
  assert.equal(result.succeeded, 3);
  assert.equal(result.stopped, 'shut');
  assert.notEqual(await at.one('select shut_at from tidegate.gates'), null);
});

test('a Retry-After is obeyed by the whole gate, and an absurd one is cut', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(10);
  far.script = ({ nth }) => (nth === 1 ? { status: 429, headers: { 'retry-after-ms': '700' } } : {});
  const gate = at.gate(far.work, { limits: { concurrencyMax: 1 } });
  const first = await gate.run();
  assert.equal(first.stopped, 'shut');
  assert.equal(first.deferred, 1);
  const startedAt = performance.now();
  assert.equal((await gate.run()).processed, 0, 'nobody calls before the time');
  far.script = () => ({});
  while ((await gate.run()).processed === 0) await wait(20);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 600, `waited ${tookMs} ms`);
  await at.add(1);
  far.script = () => ({ status: 429, headers: { 'retry-after': '1000000000' } });
  await gate.run();
  const seconds = await at.one<number>(
    'select extract(epoch from wait_until - clock_timestamp())::float8 from tidegate.gates',
  );
  assert.ok(seconds > 800 && seconds <= 900, `${seconds} s`);
  assert.equal(await at.one('select sum(failures + deferrals)::int from tidegate.items'), 0, 'a 429 never counts');
});

test('a record on which alone the provider fails is parked with that reason', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [bad = ''] = await at.add(1);
  far.script = ({ recordId }) => (recordId === bad ? { status: 500 } : {});
  const gate = at.gate(far.work, { limits: { deferralsMax: 3, concurrencyMax: 1, shutStreak: 100 } });
  for (let n = 0; n < 8; n += 1) {
    await at.add(1);
    await gate.run();
    // Each round is later than the last one's success by more than the gate's row records.
    await at.rows('update tidegate.gates set done_at = clock_timestamp()');
    await wait(3);
  }
  const [item] = await at.rows<{ state: string; reason: string }>(
    'select state, reason from tidegate.items where key = $1',
    [bad],
  );
  assert.equal(item?.state, 'parked');
  assert.match(item?.reason ?? '', /the provider fails on this record only/);
});

test('work may park a record or defer it without spending an attempt', async (t) => {
  const at = await scene(t);
  const [parks = '', defers = ''] = await at.add(2);
  const gate = at.gate(async ({ key }) => {
    throw key === parks
      ? new Park('the file is missing', { code: 'attachment_missing' })
      : new Defer(60_000, 'not now');
  });
  const result = await gate.run();
  assert.deepEqual([result.failed, result.deferred], [1, 1]);
  assert.match(JSON.stringify(result.results), /attachment_missing/);
  assert.match((await gate.explain(parks))?.because ?? '', /the file is missing/);
  assert.match((await gate.explain(defers))?.because ?? '', /It waits another (59|60) s/);
  assert.equal(await at.one('select sum(failures)::int from tidegate.items'), 0);
});

test('an attempt that takes too long is cut, and a work that ignores its signal holds nobody up', async (t) => {
  const at = await scene(t);
  await at.add(2);
  const gate = at.gate(() => new Promise(() => {}), { limits: { attemptTimeoutMs: 300 } });
  const startedAt = performance.now();
  const result = await gate.run();
  assert.ok(performance.now() - startedAt < 3_000);
  assert.equal(result.deferred, 2);
  assert.match(result.results[0]?.error ?? '', /no answer within 0.3 s/);
});

test('a tick starts nothing that it cannot finish before its deadline', async (t) => {
  const at = await scene(t);
  await at.add(100);
  const gate = at.gate(() => wait(250).then(() => ({ verdict: 'verified' })), {
    limits: { attemptTimeoutMs: 1_000, runDeadlineMs: 2_000, batchMax: 100, concurrencyMax: 2 },
  });
  const startedAt = performance.now();
  const result = await gate.run();
  assert.ok(performance.now() - startedAt < 2_000);
  assert.equal(result.stopped, 'deadline');
  assert.equal(result.processed, result.succeeded);
});

test('a paused gate says that it is paused, also when all that waits is in backoff', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 422 }));
  await at.add(2);
  const gate = at.gate(far.work, { limits: { backoffMs: 600_000, backoffMaxMs: 600_000 } });
  assert.equal((await gate.run()).failed, 2);
  await gate.pause('month end');
  const paused = await gate.run();
  assert.deepEqual([paused.stopped, paused.processed, paused.remaining], ['paused', 0, 2]);
  assert.equal(paused.message, 'No records started although 2 wait: the gate is paused: month end');
});

test('a paused gate starts nothing and says so; resume ends the pause', async (t) => {
  const at = await scene(t);
  await at.add(3);
  const gate = at.gate(async () => ({ verdict: 'verified' }));
  await gate.pause('month end');
  const paused = await gate.run();
  assert.equal(paused.stopped, 'paused');
  assert.equal(paused.message, 'No records started although 3 wait: the gate is paused: month end');
  await gate.resume();
  assert.equal((await gate.run()).succeeded, 3);
});

test("a payload that does not fit is the row's own failure, without a call", async (t) => {
  const at = await scene(t);
  await at.add(1);
  let calls = 0;
  const payload = {
    '~standard': {
      validate: (value: unknown) =>
        (value as { company?: string }).company === 'X'
          ? { value }
          : { issues: [{ message: 'expected X', path: ['company'] }] },
    },
  };
  const gate = at.gate(
    async () => {
      calls += 1;
      return {};
    },
    { payload },
  );
  const result = await gate.run();
  assert.equal(result.failed, 1);
  assert.match(JSON.stringify(result.results), /payload_invalid.*company: expected X/);
  assert.equal(calls, 0);
});

test('one record on demand goes through the same gate, ignores its backoff, and says why when it cannot', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) => (nth === 1 ? { status: 500 } : {}));
  const [id = ''] = await at.add(1);
  const [skipped = ''] = await at.add(1, { attached: false });
  const gate = at.gate(far.work, { limits: { backoffMs: 60_000, backoffMaxMs: 60_000 } });
  await gate.run();
  assert.equal((await gate.run()).processed, 0, 'in backoff');
  const now = await gate.attempt(id);
  assert.equal(now.code === 'answered' && now.result.ok, true, JSON.stringify(now));
  assert.equal((await gate.attempt('not-a-uuid')).code, 'not_found');
  assert.equal((await gate.attempt('00000000-0000-4000-8000-000000000000')).code, 'not_found');
  assert.equal((await gate.attempt(skipped)).code, 'skipped');
  await gate.pause();
  await at.add(1);
  const [next = ''] = await at
    .rows<{ id: string }>("select id from public.applications where status = 'pending' and attached")
    .then((rows) => rows.map((row) => row.id));
  assert.equal((await gate.attempt(next)).code, 'paused');
});

test('a clock that goes back freezes no lease and no backoff', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(2);
  const gate = at.gate(far.work);
  far.script = () => ({ status: 500 });
  await gate.run();
  // As if these had been written an hour ahead of the clock that now holds.
  await at.rows("update tidegate.items set since_at = since_at + interval '1 h', until = until + interval '1 h'");
  await at.rows(
    "update tidegate.gates set awake_at = awake_at + interval '1 h', awake_since = awake_since + interval '1 h'",
  );
  far.script = () => ({});
  assert.equal((await gate.run()).succeeded, 2);
});

test('without an apply the far end writes, and what it leaves in the source is parked', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [writes = '', forgets = ''] = await at.add(2);
  far.script = async ({ recordId }) => {
    if (recordId === writes)
      await at.rows("update public.applications set status = 'verified' where id = $1", [writes]);
    return {};
  };
  const gate = at.gate(far.work, { apply: undefined as never });
  const result = await gate.run();
  assert.equal(result.succeeded, 2);
  assert.equal((await gate.run()).processed, 0);
  assert.deepEqual(await at.rows("select key, code from tidegate.items where state = 'parked'"), [
    { key: forgets, code: 'left_in_source' },
  ]);
});

test("an error of an AI provider's SDK is blamed by its status, and its Retry-After is heard", async (t) => {
  const at = await scene(t);
  await at.add(3);
  const errors = [
    Object.assign(new Error('Rate limit reached'), { status: 429, headers: new Headers({ 'retry-after': '120' }) }),
    Object.assign(new Error('overloaded'), { statusCode: 529, responseHeaders: { 'retry-after-ms': '700' } }),
    Object.assign(new Error('the image is too large'), { status: 413 }),
  ];
  const gate = at.gate(async () => Promise.reject(errors.pop()), { limits: { concurrencyMax: 1 } });
  const first = await gate.run();
  assert.deepEqual(
    first.results.map(({ status }) => status),
    [413, 529],
    JSON.stringify(first),
  );
  assert.deepEqual([first.failed, first.deferred], [1, 1]);
  assert.equal(first.stopped, 'shut');
  await wait(720);
  assert.equal((await gate.run()).results[0]?.status, 429);
  assert.ok((await at.one<number>('select wait_ms::int from tidegate.gates')) === 120_000);
});

test('200 alone is an answer: any other success of the far end is malformed', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 201 }));
  await at.add(1);
  const result = await at.gate(far.work).run();
  assert.match(JSON.stringify(result.results), /"status":502.*malformed_answer.*status 201/);
});

test('an item whose row a person took out of the source is let go by the next tick', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ status: 503 }));
  await at.add(1);
  const gate = at.gate(far.work);
  await gate.run();
  await at.rows("update public.applications set status = 'rejected'");
  await wait(5);
  await gate.run();
  assert.equal(await at.one('select state from tidegate.items'), 'done');
});
