/** Sessions: what the bearer opens the cookie opens, from our own pages only, and it ends on the server. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { readOperator } from '../lib/session.ts';
import { adminToken, type Call, call, forgetProcess, read, setStage, withEnvironment } from './stage.ts';

const stage = await setStage({ after });
const here = { origin: 'http://console.test' };

beforeEach(async () => {
  await forgetProcess();
  await stage.sql.query('delete from tidegate_console.sessions');
});

async function signIn(headers: Readonly<Record<string, string>> = {}, token: unknown = adminToken): Promise<Response> {
  return await call('session', { method: 'POST', as: null, json: { token }, headers });
}

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

async function asCookie(cookie: string, given: Call = {}, route = 'records'): Promise<number> {
  return (await call(route, { ...given, as: null, headers: { cookie, ...given.headers } })).status;
}

describe('signing in', () => {
  it('answers 204 and a cookie that is not the token', async () => {
    const response = await signIn();
    assert.equal(response.status, 204);
    const [cookie = ''] = response.headers.getSetCookie();
    assert.match(cookie, /^tidegate=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/);
    assert.doesNotMatch(cookie, new RegExp(adminToken));
    const { rows } = await stage.sql.query('select id_hash, operator from tidegate_console.sessions');
    assert.equal(rows.length, 1);
    assert.equal(rows[0].operator, 'admin');
    assert.doesNotMatch(rows[0].id_hash.toString('base64url'), new RegExp(cookieOf(response).slice(9)));
  });

  it('binds the cookie to the host and to TLS where the origin is https', async () => {
    for (const headers of [{ origin: 'https://console.test' }, { 'x-forwarded-proto': 'https' }]) {
      const [cookie = ''] = (await signIn(headers)).headers.getSetCookie();
      assert.match(cookie, /^__Host-tidegate=.*; Path=\/; .*; Secure$/);
      assert.doesNotMatch(cookie, /Domain/i);
    }
  });

  it('answers 401 for everything but the token, and 400 for no JSON', async () => {
    for (const token of ['', 'wrong', null, 1, [adminToken], { token: adminToken }, `${adminToken} `]) {
      const answer = await read(await signIn({}, token));
      assert.deepEqual([answer.status, answer.body.error.code], [401, 'unauthorized']);
    }
  });

  it('slows down whoever guesses, never who knows', async () => {
    let last = 0;
    for (let guess = 0; guess < 30; guess += 1) last = (await signIn({}, `guess-${guess}`)).status;
    assert.equal(last, 429);
    const slowed = await signIn({}, 'again');
    assert.match(slowed.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await signIn()).status, 204);
    assert.equal((await call('records')).status, 200);
  });

  it('answers 500 without an admin token', async () => {
    await withEnvironment({ ADMIN_TOKEN: undefined }, async () => {
      for (const token of ['undefined', '', null]) assert.equal((await signIn({}, token)).status, 500);
    });
  });
});

describe('a session', () => {
  it('opens what the bearer opens', async () => {
    const cookie = cookieOf(await signIn());
    assert.equal(await asCookie(cookie), 200);
    assert.equal(await asCookie(`other=1; ${cookie}; more=2`), 200);
    assert.equal(await asCookie(cookie, { headers: { authorization: 'Bearer wrong' } }), 401);
  });

  it('needs a page of this host for every unsafe method', async () => {
    const cookie = cookieOf(await signIn());
    const pause = { method: 'POST', params: { name: 'nothing' } } as const;
    const foreign = [
      'https://evil.test',
      'null',
      'http://console.test.evil.test',
      'http://console.test:8080',
      'console.test',
      '',
    ];
    for (const origin of foreign) {
      assert.equal(await asCookie(cookie, { ...pause, headers: { origin } }, 'gates/[name]/pause'), 403, origin);
    }
    assert.equal(await asCookie(cookie, pause, 'gates/[name]/pause'), 403);
    assert.equal(await asCookie(cookie, { method: 'DELETE' }, 'session'), 403);
    assert.equal(await asCookie(cookie, { ...pause, headers: here }, 'gates/[name]/pause'), 404);
    const forwarded = { 'x-forwarded-host': 'evil.test', origin: 'http://evil.test' };
    assert.equal(await asCookie(cookie, { ...pause, headers: forwarded }, 'gates/[name]/pause'), 403);
  });

  it('ends on the server when it is signed out', async () => {
    const cookie = cookieOf(await signIn());
    const response = await call('session', { method: 'DELETE', as: null, headers: { cookie, ...here } });
    assert.equal(response.status, 204);
    assert.match(response.headers.getSetCookie().join(), /tidegate=; .*Max-Age=0/);
    assert.equal(await asCookie(cookie), 401);
    assert.equal((await call('session', { method: 'DELETE', as: null, headers: here })).status, 401);
  });

  it('ends after 30 idle minutes and after 12 hours, by the database clock', async () => {
    const cookie = cookieOf(await signIn());
    const age = async (set: string): Promise<void> => {
      await stage.sql.query(`update tidegate_console.sessions set ${set}`);
    };
    await age(`seen_at = now() - interval '29 minutes'`);
    assert.equal(await asCookie(cookie), 200);
    await age(`created_at = now() - interval '11 hours 59 minutes'`);
    assert.equal(await asCookie(cookie), 200, 'being used kept it awake');
    await age(`created_at = now() - interval '12 hours 1 minute'`);
    assert.equal(await asCookie(cookie), 401);
    await age(`created_at = now(), seen_at = now() - interval '31 minutes'`);
    assert.equal(await asCookie(cookie), 401);
  });

  it('ends when the token changes', async () => {
    const cookie = cookieOf(await signIn());
    await withEnvironment({ ADMIN_TOKEN: 'another-token-of-the-operator' }, async () => {
      assert.equal(await asCookie(cookie), 401);
    });
  });

  it('is what pages ask for', async () => {
    const value = cookieOf(await signIn()).slice('tidegate='.length);
    const jar = (values: Record<string, string>) => ({
      get: (name: string) => (values[name] === undefined ? undefined : { value: values[name] }),
    });
    assert.deepEqual(await readOperator(jar({ tidegate: value })), { name: 'admin' });
    assert.equal(await readOperator(jar({ tidegate: 'other' })), null);
    assert.equal(await readOperator(jar({})), null);
  });
});
