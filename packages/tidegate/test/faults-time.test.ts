import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { farEnd, type Scene, scene } from './builders.ts';
import { wait } from './by-hand.ts';
import { pass } from './time.ts';

const HOUR_S = 3_600;
const written = 'select count(*)::int from public.applications where written = 1';
const pending = "select count(*)::int from public.applications where status = 'pending'";
const live = "select count(*)::int from tidegate.items where state = 'leased'";
const parked = "select count(*)::int from tidegate.items where state = 'parked'";

/** Everything that two workers of one script have to agree on, records by their place in the source. */
async function ledgerOf(at: Scene): Promise<unknown> {
  return await at.rows(`
    with a as (select id::text as key, row_number() over (order by created_at) as nth, status from public.applications)
    select a.nth::int, a.status, t.attempt, t.outcome, t.blame, t.status as answered, i.state, i.code, i.failures,
      i.deferrals, round(extract(epoch from i.until - i.since_at))::int as waits_s, round(g.wait_ms / 1000.0)::int as gate_waits_s
    from a
    left join tidegate.attempts t on t.key = a.key
    left join tidegate.items i on i.key = a.key
    cross join tidegate.gates g
    order by t.ended_at, a.nth`);
}

test('a worker whose clock is two hours off, either way, leaves the same ledger', async (t) => {
  const ledgers: unknown[] = [];
  for (const offMs of [0, 2 * HOUR_S * 1_000, -2 * HOUR_S * 1_000]) {
    const at = await scene(t);
    const far = await farEnd(t);
    const ids = await at.add(8);
    far.script = ({ recordId }) => {
      const nth = ids.indexOf(recordId);
      if (nth === 2) return { status: 422, body: { error: { code: 'unreadable', message: 'no page' } } };
      if (nth === 4) return { status: 503 };
      if (nth === 6) {
        const headers = { date: new Date().toUTCString(), 'retry-after': new Date(Date.now() + 120_000).toUTCString() };
        return { status: 429, headers };
      }
      return {};
    };
    const here = import.meta.dirname;
    const words = ['--import', join(here, 'clock.ts'), join(here, 'worker.ts'), at.url, far.url, 'tick', '1'];
    const env = { ...process.env, LOG_LEVEL: 'error', CLOCK_OFF_MS: String(offMs) };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    assert.match(stdout, /"stopped":"shut"/);
    ledgers.push([await ledgerOf(at), far.calls.map(({ recordId }) => ids.indexOf(recordId))]);
  }
  assert.equal(JSON.stringify(ledgers[0]).includes('"gate_waits_s":120'), true, JSON.stringify(ledgers[0]));
  assert.deepEqual(ledgers[1], ledgers[0]);
  assert.deepEqual(ledgers[2], ledgers[0]);
});

for (const [name, seconds] of [
  ['ten minutes forward', 600],
  ['an hour back', -HOUR_S],
] as const) {
  test(`a database clock that jumps ${name} while attempts run repeats at most those, and nothing waits for it`, async (t) => {
    const at = await scene(t);
    const far = await farEnd(t);
    await at.add(10);
    const jumped = Promise.withResolvers<void>();
    far.script = async () => {
      if (far.calls.length === 4) {
        await pass(at, seconds);
        jumped.resolve();
      }
      if (far.calls.length <= 4) await wait(300);
      return {};
    };
    const first = at.gate(far.work).run();
    await jumped.promise;
    const gate = at.gate(far.work, { database: at.another(3) });
    const look = async (): Promise<void> => {
      await gate.run();
      assert.ok((await at.one<number>(live)) <= 4);
    };
    for (let n = 0; n < 10; n += 1) await look();
    await first;
    // What was found past its end although nobody watched is left to its own run for 15 s.
    await pass(at, 16);
    for (let n = 0; n < 10 && (await at.one<number>(pending)) > 0; n += 1) await look();
    assert.equal(await at.one(written), 10);
    assert.ok(far.calls.length <= 10 + 4, `${far.calls.length} calls`);
    assert.equal(await at.one(live), 0);
  });
}

test('an outage of the provider for six hours parks nothing, costs about one probe an interval, and ends by itself', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) => (nth % 2 === 0 ? { cut: true } : { status: 503 }));
  await at.add(60);
  const limits = { attemptsMax: 2, deferralsMax: 3, backoffMs: 5_000, backoffMaxMs: 900_000 };
  const gate = at.gate(far.work, { limits });
  assert.equal((await gate.run()).stopped, 'shut');
  const until = far.calls.length;
  assert.ok(until <= 5 + 4, `${until} calls before it shut`);
  for (let minute = 0; minute < 360; minute += 5) {
    await pass(at, 300);
    const result = await gate.run();
    assert.equal(result.failed, 0);
  }
  const probes = far.calls.length - until;
  assert.ok(probes >= 20 && probes <= 6 * 4 + 8, `${probes} probes in six hours`);
  assert.equal(await at.one(parked), 0);
  far.script = () => ({});
  await pass(at, 900);
  for (let n = 0; n < 10 && (await at.one<number>(pending)) > 0; n += 1) {
    await gate.run();
    await pass(at, 60);
  }
  assert.equal(await at.one(written), 60);
});

for (const [backoff, backoffMs, ticksMax] of [
  ['in its backoff', 60_000, 3],
  ['due again at once', 0, 5],
] as const) {
  test(`a fifth of the records always failing, older than all and ${backoff}, does not starve the healthy`, async (t) => {
    const at = await scene(t);
    const far = await farEnd(t);
    const poison = new Set(await at.add(10));
    await at.add(40);
    far.script = ({ recordId }) => (poison.has(recordId) ? { status: 422 } : {});
    const gate = at.gate(far.work, { limits: { backoffMs, backoffMaxMs: backoffMs } });
    let ticks = 0;
    for (; ticks < 20 && (await at.one<number>(written)) < 40; ticks += 1) {
      await gate.run();
      // What backs off here is drawn between nothing and the whole of it.
      if (backoffMs > 0)
        await at.rows(
          "update tidegate.items set until = since_at + interval '1 min', span_ms = 60000 where state = 'waiting'",
        );
    }
    assert.ok(ticks <= ticksMax, `${ticks} ticks for 40 healthy records`);
    for (let n = 0; n < 10 && (await at.one<number>(parked)) < 10; n += 1) {
      await pass(at, 120);
      await gate.run();
    }
    assert.equal(await at.one(parked), 10);
    for (const id of poison) assert.equal(far.countOf(id), 5, 'five attempts, then it is parked');
  });
}

const inTwoMinutes = (): string => new Date(Date.now() + 120_000).toUTCString();
const waits: readonly [string, () => Record<string, string>, number][] = [
  ['5 seconds', () => ({ 'retry-after': '5' }), 5],
  ['120 seconds', () => ({ 'retry-after': '120' }), 120],
  ['a date', () => ({ 'retry-after': inTwoMinutes() }), 120],
  ['milliseconds', () => ({ 'retry-after-ms': '4500' }), 4.5],
  ['thirty years', () => ({ 'retry-after': '1000000000' }), 900],
  ['a number without end', () => ({ 'retry-after': '9'.repeat(60) }), 900],
  ['nothing', () => ({ 'retry-after': '0' }), 0],
  ['less than nothing', () => ({ 'retry-after': '-5' }), 0],
  ['words', () => ({ 'retry-after': 'soon' }), 0],
  ['a power of ten', () => ({ 'retry-after': '1e9' }), 0],
  ['a date long past', () => ({ 'retry-after': 'Thu, 01 Jan 2015 00:00:00 GMT' }), 0],
];

test('a Retry-After in any form is obeyed to its end, and spends nobody’s attempts', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const gate = at.gate(far.work, { limits: { concurrencyMax: 1, shutStreak: 100 } });
  for (const [name, headers, seconds] of waits) {
    await at.add(1);
    far.script = () => ({ status: 429, headers: headers() });
    assert.equal((await gate.run()).deferred, 1, name);
    far.script = () => ({});
    const calls = far.calls.length;
    if (seconds > 0) {
      const waitS = await at.one<number>('select wait_ms / 1000.0::float8 from tidegate.gates');
      assert.ok(Math.abs(waitS - seconds) <= 1, `${name}: ${waitS} s`);
      await gate.run();
      await pass(at, Math.max(0, seconds - 3));
      await gate.run();
      assert.equal(far.calls.length, calls, `${name}: nobody calls before the time`);
      await pass(at, 5);
    }
    await wait(2);
    assert.equal((await gate.run()).succeeded, 1, name);
  }
  assert.equal(await at.one('select count(*)::int from tidegate.items where failures + deferrals > 0'), 0);
});
