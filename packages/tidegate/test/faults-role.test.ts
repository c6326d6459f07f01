import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronRoute } from '../src/http.ts';
import { farEnd, gateOn, scene } from './builders.ts';
import { policies, TABLES, ticker } from './ticker.ts';

const SECRET = 'a-secret-of-enough-characters';

test('whatever of the engine a role may not see or do is said so with what mends it, and never blamed on the source', async (t) => {
  const missing: Record<string, (role: string) => string> = {
    'a policy on the gates': (role) => `drop policy ${role} on tidegate.gates`,
    'a policy on the runs': (role) => `drop policy ${role} on tidegate.runs`,
    'a policy on the items': (role) => `drop policy ${role} on tidegate.items`,
    'a policy on the attempts': (role) => `drop policy ${role} on tidegate.attempts`,
    'a grant on the gates': (role) => `revoke select on tidegate.gates from ${role}`,
    'a grant on the items': (role) => `revoke insert, update on tidegate.items from ${role}`,
    'a grant on the attempts': (role) => `revoke insert on tidegate.attempts from ${role}`,
    'a grant on the functions': (role) => `revoke execute on all functions in schema tidegate from ${role}`,
    'a grant on the schema': (role) => `revoke usage on schema tidegate from ${role}`,
  };
  for (const [name, statement] of Object.entries(missing)) {
    await t.test(name, async (u) => {
      const at = await scene(u);
      await at.add(3);
      await at.gate(async () => ({ verdict: 'verified' })).run({ limit: 1 });
      const { role, pool } = await ticker(at, u);
      await policies(at, role, TABLES);
      await at.rows(statement(role));
      const gate = gateOn(pool, async () => ({ verdict: 'verified' }));
      await assert.rejects(gate.run(), (error: { code?: string; hint?: string; message: string }) => {
        assert.equal(error.code, 'privileges', error.message);
        assert.match(error.hint ?? '', /tidegate (check|init)/);
        return true;
      });
      // What the first run leased may still be its own.
      await at.add(2);
      process.env.CRON_SECRET = SECRET;
      const headers = { authorization: `Bearer ${SECRET}` };
      const response = await cronRoute(gate).GET(new Request('http://localhost/x', { headers }));
      assert.equal(response.status, 500);
      const told = (await response.json()) as { error: { code: string; message: string } };
      assert.equal(told.error.code, 'privileges');
      assert.doesNotMatch(told.error.message, new RegExp(`${role}|policy|items|gates`));
      await pool.end();
    });
  }
});

test('a run whose steps are refused from one moment on is closed, gives back what it holds, and says why', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const { role, pool } = await ticker(at, t);
  await policies(at, role, TABLES);
  await at.add(8);
  far.script = async () => {
    if (far.calls.length === 5) await at.rows(`revoke execute on all functions in schema tidegate from ${role}`);
    return { delayMs: 10 };
  };
  const gate = gateOn(pool, far.work, { limits: { concurrencyMax: 2 } });
  await assert.rejects(gate.run(), { code: 'privileges' });
  assert.equal(await at.one('select count(*)::int from tidegate.runs where closed_at is null'), 0);
  assert.equal(await at.one("select tally->'error'->>'code' from tidegate.runs"), 'privileges');
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'leased'"), 0);
  await at.rows(`grant execute on all functions in schema tidegate to ${role}`);
  const rest = await gate.run();
  assert.equal(
    await at.one('select count(*)::int from public.applications where written = 1'),
    8,
    JSON.stringify(rest),
  );
  assert.ok(far.calls.length <= 8 + 2, `${far.calls.length} calls`);
  await pool.end();
});
