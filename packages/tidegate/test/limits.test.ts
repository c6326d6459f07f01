import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLimits } from '../src/config.ts';
import { createLedger } from '../src/ledger.ts';
import { farEnd, gateOn, scene } from './builders.ts';

test("a rate is shared by all instances: a minute's worth at once, then evenly, and a tick does not wait", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(60);
  const limits = { ratePerMinute: 12, batchMax: 20, concurrencyMax: 20 };
  const gates = [at.gate(far.work, { limits }), gateOn(at.another(3), far.work, { limits })];
  const [first, second] = await Promise.all(gates.map((gate) => gate.run()));
  assert.equal((first?.processed ?? 0) + (second?.processed ?? 0), 12);
  assert.ok(first?.stopped === 'rate' || second?.stopped === 'rate');
  // However long this machine took so far.
  await at.rows('update tidegate.gates set tokens = 0, tokens_at = clock_timestamp()');
  const next = await gates[0]?.run();
  assert.equal(next?.stopped, 'rate');
  assert.match(next?.message ?? '', /although 48 wait: the rate is used up: 12 attempts a minute/);
  // Half a minute later there are six more.
  await at.rows("update tidegate.gates set tokens_at = tokens_at - interval '30 s'");
  const later = await gates[1]?.run();
  assert.ok((later?.processed ?? 0) >= 6 && (later?.processed ?? 0) <= 7, `${later?.processed}`);
  const single = await gates[0]?.attempt(
    (await at.one<string>("select id from public.applications where status = 'pending' limit 1")) ?? '',
  );
  assert.equal(single?.code, 'rate');
  assert.ok((single?.retryAfterMs ?? 0) > 0);
});

test("a day's budget is reserved before the call and settled with the real cost, and no call goes over it", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ body: { verdict: 'verified', costMicros: 4_000 }, delayMs: 5 }));
  await at.add(60);
  const limits = { dailyBudgetMicros: 100_000, reserveMicros: 10_000, concurrencyMax: 8, batchMax: 100 };
  const gate = at.gate(far.work, { limits, cost: (value) => (value as { costMicros: number }).costMicros });
  const result = await gate.run();
  assert.equal(result.stopped, 'budget');
  const spent = await at.one<string>('select spent_micros from tidegate.gates');
  assert.equal(Number(spent), far.calls.length * 4_000, 'reservations became costs');
  assert.ok(Number(spent) <= 100_000);
  assert.ok(far.calls.length >= 20, `${far.calls.length} calls`);
  const status = await createLedger({ database: at.pool }).status('verify-applications');
  assert.equal(status?.spentTodayMicros, Number(spent));
  assert.match((await gate.run()).message, /the budget is used up: \$0\.\d+ of \$0\.10 are spent today/);
  // The next day starts from nothing.
  await at.rows('update tidegate.gates set spent_on = spent_on - 1');
  assert.ok((await gate.run()).processed > 0);
});

test('a lost attempt stays spent, one that was given back unspent does not', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(1);
  await at.gate(far.work, { limits: { dailyBudgetMicros: 1_000_000 } }).run();
  await at.rows(
    "update tidegate.items set state = 'leased', run = (select id from tidegate.runs limit 1), since_at = now() - interval '1 h', until = now() - interval '59 min', span_ms = 60000, reserved_micros = 7000, reserved_on = current_date",
  );
  await at.rows("update public.applications set status = 'pending'");
  await at.rows('update tidegate.gates set spent_micros = 7000');
  await at.gate(far.work, { limits: { dailyBudgetMicros: 1_000_000 } }).run();
  assert.equal(await at.one('select spent_micros::int from tidegate.gates'), 7_000);
});

test('a budget of 0 means no spending at all, and free work goes on', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(2);
  assert.equal((await at.gate(far.work, { limits: { dailyBudgetMicros: 0 } }).run()).stopped, 'budget');
  assert.equal((await at.gate(far.work, { limits: { dailyBudgetMicros: 0, reserveMicros: 0 } }).run()).succeeded, 2);
});

test('limits are read from the environment with all problems at once', () => {
  const limits = readLimits(
    {},
    { RATE_PER_MINUTE: '90', DAILY_BUDGET_USD: '12.50', TIME_ZONE: 'Asia/Seoul', BATCH_SIZE: '500' },
  );
  assert.deepEqual(
    [limits.ratePerMinute, limits.dailyBudgetMicros, limits.timeZone, limits.batchMax],
    [90, 12_500_000, 'Asia/Seoul', 100],
  );
  assert.throws(
    () =>
      readLimits(
        {},
        {
          RATE_PER_MINUTE: '0',
          DAILY_BUDGET_USD: '-1',
          TIME_ZONE: 'Mars',
          BATCH_SIZE: 'abc',
          ATTEMPT_TIMEOUT_SECONDS: '300',
        },
      ),
    (error: Error) =>
      ['RATE_PER_MINUTE', 'DAILY_BUDGET_USD', 'TIME_ZONE', 'BATCH_SIZE', 'RUN_DEADLINE_SECONDS'].every((name) =>
        error.message.includes(name),
      ),
  );
});

test('limits given in code are checked as well, all problems at once', () => {
  const wrong = { concurrencyMax: 0, attemptTimeoutMs: 4_000_000, ratePerMinute: 0, shutStreak: Number.NaN };
  assert.throws(
    () => readLimits(wrong, {}),
    (error: Error) =>
      ['concurrencyMax', 'an hour', 'ratePerMinute', 'shutStreak'].every((name) => error.message.includes(name)),
  );
});

test('a summary or a cost that throws does not make a paid answer be bought again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(1);
  const oops = (): never => {
    throw new Error('oops');
  };
  const result = await at.gate(far.work, { summary: oops, cost: oops }).run();
  assert.equal(result.succeeded, 1);
  assert.deepEqual(result.results[0]?.body, { verdict: 'verified' });
  assert.equal(far.calls.length, 1);
});
