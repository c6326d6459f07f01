/** The tokens of models: a rate over all instances, reserved before the call and trued up after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLimits } from '../src/config.ts';
import { AnswerError } from '../src/errors.ts';
import { farEnd, gateOn, scene } from './builders.ts';

const tokens = (value: unknown): number => (value as { tokens: number }).tokens;
/** Minutes are long here: what fills meanwhile is next to nothing. */
const perMinute = 10_000;

test('tokens are shared by all instances, and a tick does not wait for them', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ body: { verdict: 'verified', tokens: 1_000 } }));
  await at.add(40);
  const limits = { tokensPerMinute: perMinute, reserveTokens: 1_000, batchMax: 20, concurrencyMax: 20 };
  const gates = [at.gate(far.work, { limits, tokens }), gateOn(at.another(3), far.work, { limits, tokens })];
  const both = await Promise.all(gates.map((gate) => gate.run()));
  assert.ok(both.some(({ stopped }) => stopped === 'rate'));
  assert.ok(far.calls.length >= 10 && far.calls.length <= 12, `${far.calls.length} calls`);
  const next = await gates[0]?.run();
  assert.equal(next?.stopped, 'rate');
  assert.match(next?.message ?? '', /10000 tokens a minute are used up/);
  const before = far.calls.length;
  await at.rows("update tidegate.gates set model_tokens_at = model_tokens_at - interval '30 s'");
  await gates[1]?.run();
  const more = far.calls.length - before;
  assert.ok(more >= 5 && more <= 7, `${more} calls after half a minute`);
});

test('what was reserved becomes what was used: a dear answer is a debt, a cheap one gives tokens back', async (t) => {
  const at = await scene(t);
  let used = 25_000;
  const far = await farEnd(t, () => ({ body: { verdict: 'verified', tokens: used } }));
  await at.add(30);
  const limits = { tokensPerMinute: perMinute, reserveTokens: 1_000, batchMax: 1, concurrencyMax: 1 };
  const gate = at.gate(far.work, { limits, tokens });
  assert.equal((await gate.run()).succeeded, 1);
  assert.ok((await at.one<number>('select model_tokens from tidegate.gates')) < -14_000);
  assert.equal((await gate.run()).stopped, 'rate');
  // The debt is paid after a minute and a half; a reserve above a minute's worth begins from a full bucket.
  await at.rows("update tidegate.gates set model_tokens_at = model_tokens_at - interval '10 min'");
  used = 100;
  assert.equal((await gate.run()).succeeded, 1);
  assert.ok((await at.one<number>('select model_tokens from tidegate.gates')) > 9_000);
});

test('a failed attempt whose error says what it spent is counted, in tokens and in money', async (t) => {
  const at = await scene(t);
  await at.add(1);
  const work = async (): Promise<never> => {
    throw Object.assign(new AnswerError(503, null), { tokens: 4_000, costMicros: 700 });
  };
  const limits = { tokensPerMinute: perMinute, reserveTokens: 1_000, dailyBudgetMicros: 1_000_000 };
  assert.equal((await at.gate(work, { limits, tokens }).run()).deferred, 1);
  assert.ok((await at.one<number>('select model_tokens from tidegate.gates')) < 6_500);
  assert.equal(await at.one('select spent_micros::int from tidegate.gates'), 700);
  assert.equal(await at.one('select cost_micros::int from tidegate.attempts'), 700);
});

test('an attempt that is cut counts what its work says on the way out', async (t) => {
  const at = await scene(t);
  await at.add(1);
  const work = async (_: unknown, { signal }: { signal: AbortSignal }): Promise<never> => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    throw Object.assign(new Error('given up'), { tokens: 9_000, costMicros: 900 });
  };
  const limits = { tokensPerMinute: perMinute, attemptTimeoutMs: 200, dailyBudgetMicros: 1_000_000 };
  assert.equal((await at.gate(work, { limits, tokens }).run()).deferred, 1);
  assert.equal(await at.one('select cost_micros::int from tidegate.attempts'), 900);
  assert.ok((await at.one<number>('select model_tokens from tidegate.gates')) < 1_500);
});

test('TOKENS_PER_MINUTE is a whole number', () => {
  assert.equal(readLimits({}, { TOKENS_PER_MINUTE: '90000' }).tokensPerMinute, 90_000);
  assert.equal(readLimits({}, {}).tokensPerMinute, null);
  for (const wrong of ['0', 'many', '1.5']) {
    assert.throws(() => readLimits({}, { TOKENS_PER_MINUTE: wrong }), /TOKENS_PER_MINUTE: expected/);
  }
  assert.throws(() => readLimits({ tokensPerMinute: 0 }, {}), /limits\.tokensPerMinute/);
});
