/** Who is let in: every route is probed without the right token, and admin is never open. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { adminToken, type Call, call, cronSecret, read, setStage, withEnvironment } from './stage.ts';

await setStage({ after });
const id = '00000000-0000-4000-8000-000000000000';
const app = join(import.meta.dirname, '../app/api');
const open = ['health', 'session', '[[...rest]]'];
const routes = globSync('**/route.ts', { cwd: app }).map((file) => dirname(file));
const methods = ['GET', 'POST', 'DELETE'] as const;

async function closedRoutes(): Promise<{ route: string; method: (typeof methods)[number] }[]> {
  const found: { route: string; method: (typeof methods)[number] }[] = [];
  for (const route of routes.filter((name) => !open.includes(name))) {
    const module = (await import(join(app, route, 'route.ts'))) as Record<string, unknown>;
    for (const method of methods) if (method in module) found.push({ route, method });
  }
  return found;
}

const closed = await closedRoutes();
const probes: readonly [string, Call][] = [
  ['no token', { as: null }],
  ['a wrong token', { as: null, headers: { authorization: `Bearer ${adminToken}x` } }],
  ['another scheme', { as: null, headers: { authorization: `Basic ${btoa(`admin:${adminToken}`)}` } }],
  ['the bare token', { as: null, headers: { authorization: adminToken } }],
  ['Bearer undefined', { as: null, headers: { authorization: 'Bearer undefined' } }],
  ['Bearer null', { as: null, headers: { authorization: 'Bearer null' } }],
  ['an empty bearer', { as: null, headers: { authorization: 'Bearer ' } }],
  ['the token in the query', { as: null, query: `?token=${adminToken}&secret=${cronSecret}` }],
  ['platform headers', { as: null, headers: { 'x-vercel-cron': '1', 'x-middleware-subrequest': 'middleware' } }],
  ['an unknown session', { as: null, headers: { cookie: 'tidegate=abc; __Host-tidegate=abc' } }],
  ['the token as a session', { as: null, headers: { cookie: `tidegate=${adminToken}` } }],
];

describe('every route', () => {
  it('is found by this test', () => {
    assert.ok(closed.length >= 17, String(closed.length));
  });

  for (const { route, method } of closed) {
    it(`${method} ${route} answers 401 to everybody else`, async () => {
      for (const [word, probe] of probes) {
        const answer = await read(
          await call(route, { method, params: { id, n: '0', p: '1', name: 'verify-records' }, ...probe }),
        );
        assert.equal(answer.status, 401, word);
        assert.equal(answer.body.error.code, 'unauthorized', word);
        assert.equal(answer.headers.get('cache-control'), 'no-store', word);
      }
    });
  }

  const operators = closed.filter(({ route }) => !route.startsWith('cron/'));
  for (const { route, method } of operators) {
    it(`${method} ${route} answers 500 while there is no admin token worth the name`, async () => {
      for (const [token, code] of [
        [undefined, 'admin_token_missing'],
        ['', 'admin_token_missing'],
        ['   ', 'admin_token_missing'],
        ['short', 'admin_token_weak'],
      ] as const) {
        await withEnvironment({ ADMIN_TOKEN: token, VERCEL: '1' }, async () => {
          for (const bearer of ['undefined', '', token ?? 'undefined', 'null']) {
            const given: Call = { as: null, headers: { authorization: `Bearer ${bearer}` } };
            const params = { id, n: '0', p: '1', name: 'verify-records' };
            const answer = await read(await call(route, { method, params, ...given }));
            assert.equal(answer.status, 500);
            assert.equal(answer.body.error.code, code);
          }
        });
      }
    });
  }

  it('keeps the powers apart: the cron secret opens no admin route, the admin token no cron route', async () => {
    for (const { route, method } of operators) {
      if (route === 'runs/[id]') continue;
      const params = { id, n: '0', p: '1', name: 'verify-records' };
      assert.equal((await call(route, { method, params, as: 'cron' })).status, 401, route);
    }
    assert.equal((await call('cron/verify-records', { method: 'POST', as: 'admin' })).status, 401);
  });
});

describe('the cron endpoint', () => {
  it('answers 500 without a secret, and with a weak one', async () => {
    for (const [secret, code] of [
      [undefined, 'cron_secret_missing'],
      ['', 'cron_secret_missing'],
      ['short', 'cron_secret_weak'],
    ] as const) {
      await withEnvironment({ CRON_SECRET: secret, VERCEL: '1' }, async () => {
        for (const bearer of ['undefined', '', secret ?? '']) {
          const headers = { authorization: `Bearer ${bearer}` };
          const answer = await read(await call('cron/verify-records', { as: null, headers }));
          assert.equal(answer.status, 500);
          assert.equal(answer.body.error.code, code);
        }
      });
    }
  });

  it('takes the previous secret too', async () => {
    await withEnvironment({ CRON_SECRET: 'a-new-secret-of-the-clock', CRON_SECRET_PREVIOUS: cronSecret }, async () => {
      assert.equal((await call('cron/verify-records', { as: 'cron' })).status, 200);
    });
  });

  it('answers HEAD with 405 and OPTIONS with 204, and runs nothing', async () => {
    assert.equal((await call('cron/verify-records', { method: 'HEAD', as: 'cron' })).status, 405);
    assert.equal((await call('cron/verify-records', { method: 'OPTIONS', as: 'cron' })).status, 204);
  });
});

describe('ids that are none', () => {
  const wrong = [
    '',
    'x',
    '1',
    id,
    `${id}'`,
    '../../etc',
    '%00',
    id.replace('0', 'g'),
    `${id} `,
    '00000000000040008000000000000000',
  ];
  for (const [route, method] of [
    ['records/[id]', 'GET'],
    ['records/[id]/attachments/[n]', 'GET'],
    ['records/[id]/attachments/[n]/pages/[p]', 'GET'],
    ['records/[id]/rulings', 'POST'],
    ['records/[id]/release', 'POST'],
    ['runs/[id]', 'GET'],
  ] as const) {
    it(`${method} ${route} answers 404`, async () => {
      for (const id of wrong) {
        const json = method === 'POST' ? { decision: 'verified', note: '' } : undefined;
        const answer = await read(await call(route, { method, params: { id, n: '0', p: '1' }, json }));
        assert.equal(answer.status, 404, id);
        assert.equal(answer.body.error.code, 'not_found');
      }
    });
  }

  it('answers 404 for a gate and a path that are not there', async () => {
    for (const name of ['', 'nothing', "'; drop", '__proto__']) {
      for (const [route, method] of [
        ['gates/[name]', 'GET'],
        ['gates/[name]/pause', 'POST'],
        ['gates/[name]/resume', 'POST'],
        ['gates/[name]/run', 'POST'],
      ] as const) {
        assert.equal((await call(route, { method, params: { name } })).status, 404, `${route} ${name}`);
      }
    }
    assert.equal((await read(await call('[[...rest]]'))).body.error.code, 'not_found');
  });
});

describe('settings that cannot be used', () => {
  it('are told to the log alone', async () => {
    await withEnvironment({ VERCEL: '1', PORT: 'tell-nobody' }, async () => {
      for (const as of ['admin', null] as const) {
        const answer = await read(await call('records', { as }));
        assert.deepEqual([answer.status, answer.body.error.code], [500, 'configuration']);
        assert.doesNotMatch(JSON.stringify(answer.body), /tell-nobody/);
      }
    });
  });
});

describe('bodies', () => {
  it('answer 413 by their announced length, also where nobody would read them', async () => {
    const headers = { 'content-length': String(2 * 1024 * 1024) };
    for (const [route, method] of [
      ['gates/[name]/pause', 'POST'],
      ['records/[id]/release', 'POST'],
      ['gates/[name]/run', 'POST'],
    ] as const) {
      const params = { id, name: 'verify-records' };
      assert.equal((await call(route, { method, params, headers, body: 'x' })).status, 413, route);
    }
    const tick = await call('cron/verify-records', { method: 'POST', as: 'cron', headers, body: 'x' });
    assert.equal(tick.status, 413, 'a tick too');
    const nobody = await call('cron/verify-records', { method: 'POST', as: null, headers, body: 'x' });
    assert.equal(nobody.status, 401);
  });

  for (const route of ['records/[id]/rulings', 'admin/records', 'session']) {
    it(`POST ${route} answers 413 past 1 MiB and 400 for what is no JSON object`, async () => {
      const post = async (body: string): Promise<number> =>
        (await call(route, { method: 'POST', params: { id }, body })).status;
      assert.equal(await post(JSON.stringify({ recordId: 'x'.repeat(1024 * 1024) })), 413);
      for (const body of ['', '{', '[]', 'null', '1', '"x"']) assert.equal(await post(body), 400, body);
    });
  }
});
