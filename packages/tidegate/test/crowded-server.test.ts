import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { privatePostgres } from '../../../test/private-postgres.ts';
import { scene } from './builders.ts';

const server = await privatePostgres({ after });
// This file's database lives on a server of its own, whose connections it may use up.
process.env.TIDEGATE_TEST_DATABASE_URL = server.adminUrl;

test('when the server has hardly a connection left the gate backs off, and comes back by itself', async (t) => {
  const at = await scene(t);
  await at.add(200);
  const work = async (): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { verdict: 'verified' };
  };
  const gate = at.gate(work, { limits: { concurrencyMax: 8, batchMax: 20 } });
  await gate.run();
  assert.equal(await at.one('select allowed from tidegate.gates'), null, 'all is calm');
  const [used, most] = await Promise.all([
    at.one<number>('select sum(numbackends)::int from pg_stat_database'),
    at.one<number>("select current_setting('max_connections')::int"),
  ]);
  const others = at.another(most);
  const held = await Promise.all(Array.from({ length: most - used - 4 }, () => others.connect()));
  const later = "update tidegate.gates set awake_at = awake_at - interval '6 s'";
  await at.rows(later);
  await gate.run();
  assert.notEqual(await at.one('select crowded_at from tidegate.gates'), null);
  assert.equal(await at.one('select allowed from tidegate.gates'), 4, 'half, and no success raises it meanwhile');
  for (const client of held) client.release(true);
  await at.rows(`${later}, crowded_at = crowded_at - interval '7 s'`);
  await gate.run();
  assert.equal(await at.one('select allowed from tidegate.gates'), null, 'back at the cap');
});
