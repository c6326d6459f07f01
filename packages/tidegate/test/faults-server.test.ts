import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { privatePostgres } from '../../../test/private-postgres.ts';
import { openPoolFor } from '../src/database.ts';
import { cronRoute } from '../src/http.ts';
import { type FarEnd, farEnd, gateOn, type Scene, scene } from './builders.ts';
import { wait } from './by-hand.ts';

const SECRET = 'a-secret-of-enough-characters';
const written = 'select count(*)::int from public.applications where written = 1';
const blamed = 'select count(*)::int from tidegate.items where failures + deferrals + lost > 0';
const server = await privatePostgres({ after });
// This file's databases live on a server of its own.
process.env.TIDEGATE_TEST_DATABASE_URL = server.adminUrl;
process.env.CRON_SECRET = SECRET;

/** The cron endpoint over a pool of the product's own. */
function endpoint(at: Scene, far: FarEnd, url = at.url): () => Promise<Response> {
  const pool = at.own(openPoolFor(url));
  const route = cronRoute(gateOn(pool, far.work, { limits: { concurrencyMax: 3 } }));
  const headers = { authorization: `Bearer ${SECRET}` };
  return () => route.GET(new Request('http://localhost/api/cron/verify-applications', { headers }));
}

async function assertTold503(response: Response): Promise<void> {
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get('retry-after')) > 0);
  assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'database_unavailable');
}

for (const how of ['fast', 'immediate'] as const) {
  test(`PostgreSQL restarted (${how}) in the middle of a run: the run lives on, what was paid is settled, and no call is repeated`, async (t) => {
    const at = await scene(t);
    const far = await farEnd(t);
    await at.add(15);
    const tick = endpoint(at, far);
    let restarted: Promise<void> | undefined;
    far.script = async () => {
      if (far.calls.length === 7) {
        await server.stop(how);
        restarted = wait(500).then(() => server.start());
        const away = await tick();
        await assertTold503(away);
      }
      return { delayMs: 30 };
    };
    const response = await tick();
    await restarted;
    const body = await response.text();
    assert.equal(response.status, 200, body);
    assert.equal(JSON.parse(body).succeeded, 15, body);
    assert.equal(await at.one(written), 15);
    assert.equal(far.calls.length, 15);
    assert.ok(far.openMax <= 3);
    assert.equal(await at.one(blamed), 0);
  });
}

test('a database that has become read-only is 503, nothing is touched, and the run recovers by itself', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(10);
  const tick = endpoint(at, far);
  const readOnly = async (on: boolean): Promise<void> => {
    await at.rows(
      `alter system ${on ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'}`,
    );
    await at.rows('select pg_reload_conf()');
    while ((await at.one<string>('show default_transaction_read_only')) !== (on ? 'on' : 'off')) await wait(20);
  };
  const ledger = `select md5(coalesce(string_agg(t.line, ';' order by t.line), '')) from (
    select 'gate ' || g::text as line from tidegate.gates g union all select 'run ' || r::text from tidegate.runs r
    union all select 'item ' || i::text from tidegate.items i union all select 'attempt ' || a::text from tidegate.attempts a
    union all select 'row ' || a::text from public.applications a) t`;
  /** What the ledger says before and after another tick has met the read-only server, and what that tick was told. */
  const look = async (): Promise<{ before: string; told: Response; later: string }> => {
    await readOnly(true);
    try {
      // Sessions hear of it one after the other.
      let before = '';
      for (let now = await at.one<string>(ledger); now !== before; now = await at.one<string>(ledger)) {
        before = now;
        await wait(300);
      }
      return { before, told: await tick(), later: await at.one<string>(ledger) };
    } finally {
      await readOnly(false);
    }
  };
  const looked = Promise.withResolvers<Awaited<ReturnType<typeof look>>>();
  far.script = async () => {
    if (far.calls.length === 4) await look().then(looked.resolve, looked.reject);
    return { delayMs: 20 };
  };
  const response = await tick();
  const { before, told, later } = await looked.promise;
  await assertTold503(told);
  assert.equal(later, before, 'nothing was touched');
  const body = await response.text();
  assert.equal(response.status, 200, body);
  assert.equal(JSON.parse(body).succeeded, 10, body);
  assert.equal(far.calls.length, 10);
  assert.equal(await at.one(blamed), 0);
});

test('connections to a server that can only be read are dropped: the next ones reach the one that can be written', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(3);
  const tick = endpoint(at, far);
  const name = new URL(at.url).pathname.slice(1);
  // As after a failover: whatever connects now is stuck with the old server, whatever connects later is not.
  await at.rows(`alter database ${name} set default_transaction_read_only = on`);
  await assertTold503(await tick());
  const admin = openPoolFor(server.adminUrl, { max: 1 });
  await admin.query(`alter database ${name} reset default_transaction_read_only`);
  await admin.end();
  const response = await tick();
  assert.equal(response.status, 200, await response.clone().text());
  assert.equal(await at.one(written), 3);
});

test('when every connection is used up the endpoint says 503 with Retry-After, nothing crashes, and the next tick works', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(6);
  await at.rows("create role narrow login bypassrls connection limit 2 password 'tick'");
  await at.rows(`grant usage on schema tidegate to narrow; grant execute on all functions in schema tidegate to narrow;
    grant select, insert, update, delete on all tables in schema tidegate to narrow;
    grant select, update on public.applications to narrow`);
  const url = Object.assign(new URL(at.url), { username: 'narrow', password: 'tick' }).href;
  const others = openPoolFor(url, { max: 2 });
  const held = await Promise.all([others.connect(), others.connect()]);
  const tick = endpoint(at, far, url);
  for (const response of await Promise.all([tick(), tick(), tick()])) await assertTold503(response);
  assert.equal(far.calls.length, 0);
  for (const client of held) client.release();
  await others.end();
  const response = await tick();
  assert.equal(((await response.json()) as { succeeded: number }).succeeded, 6);
  assert.equal(far.calls.length, 6);
});
