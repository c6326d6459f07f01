import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { check } from '../src/check/check.ts';
import { connectionFindings, wayOf } from '../src/check/connection.ts';
import { endpointFindings } from '../src/check/endpoint.ts';
import { type ServerFacts, serverFindings } from '../src/check/server.ts';
import { createGate, optionsOf } from '../src/gate.ts';
import { cronRoute } from '../src/http.ts';
import { APPLY, scene } from './builders.ts';
import { findings, mended } from './checking.ts';
import { tidegate } from './command-line.ts';

describe('of the server and the role', () => {
  const FACTS: ServerFacts = {
    version: 180_004,
    encoding: 'UTF8',
    role: 'ticker',
    database: 'app',
    superuser: false,
    isolation: 'read committed',
    readOnly: false,
    statementMs: 10_000,
    lockMs: 0,
    idleMs: 60_000,
  };
  const codes = (facts: Partial<ServerFacts>): readonly string[] =>
    serverFindings({ ...FACTS, ...facts }).map(({ code }) => code);

  test('an old version, another encoding, a superuser', () => {
    assert.deepEqual(codes({}), []);
    assert.deepEqual(codes({ version: 140_010 }), ['version']);
    assert.deepEqual(codes({ encoding: 'SQL_ASCII' }), ['encoding']);
    assert.deepEqual(codes({ superuser: true }), ['superuser']);
    assert.match(serverFindings({ ...FACTS, version: 140_010 })[0]?.says ?? '', /is version 14; the gate needs 15/);
  });

  test('time limits, isolation and read-only sessions, each mended for this role in this database', async () => {
    const own = await scene({ after });
    const [name] = await own.rows<{ name: string }>('select current_database() as name');
    const plant = (setting: string) => own.rows(`alter database "${name?.name}" set ${setting}`);
    await mended(own, 'statement_timeout', /no statement_timeout/);
    await mended(own, 'idle_timeout', /no idle_in_transaction_session_timeout/);
    await plant("lock_timeout = '5ms'");
    await mended(own, 'lock_timeout', /lock_timeout of 5 ms/);
    await plant("default_transaction_isolation = 'serializable'");
    await mended(own, 'isolation', /begin with isolation serializable/);
    await plant('default_transaction_read_only = on');
    await mended(own, 'read_only', /are read-only/);
    assert.deepEqual(codes({ statementMs: 500 }), ['statement_timeout']);
  });

  test('a database without the schema', async () => {
    const { url } = await testDatabase({ after });
    const report = await check({ database: { url, ca: undefined } });
    assert.equal(report.findings.at(-1)?.code, 'schema_outdated');
    assert.equal(report.findings.at(-1)?.mend, 'npx tidegate migrate');
  });

  test('a server that does not answer', async () => {
    const report = await check({ database: { url: 'postgres://u:p@127.0.0.1:1/x', ca: undefined } });
    assert.equal(report.findings[0]?.code, 'database_unavailable');
  });

  test('the way there, by host and port', () => {
    const found = (url: string): readonly string[] =>
      connectionFindings({ url, direct: 'postgres://h/d' }).map(({ code }) => code);
    assert.equal(wayOf('postgres://u:p@aws-0-eu-west-1.pooler.supabase.com:6543/postgres'), 'transaction pooler');
    assert.equal(wayOf('postgres://u:p@127.0.0.1:5432/postgres'), 'direct');
    assert.deepEqual(found('postgres://u:p@aws-0-eu-west-1.pooler.supabase.com:6543/postgres'), []);
    assert.deepEqual(found('postgres://u:p@aws-0-eu-west-1.pooler.supabase.com:5432/postgres'), ['session_pooler']);
    assert.deepEqual(found('postgres://u:p@db.abcdef.supabase.co:5432/postgres'), ['address_family']);
    assert.deepEqual(found('postgres://u:p@db.example.com/app?sslmode=disable'), ['tls']);
    assert.deepEqual(found('postgres://u:p@127.0.0.1/app?sslmode=disable'), []);
    const pooled = 'postgres://u:p@h:6543/d';
    assert.deepEqual(
      connectionFindings({ url: pooled, direct: pooled }).map(({ code }) => code),
      ['direct_url'],
    );
  });
});

test('a role that may nothing is led to all it needs, one finding after the other', async () => {
  const own = await scene({ after });
  const role = `ticker_${randomBytes(4).toString('hex')}`;
  await own.rows(`create role ${role} login password 'secret'`);
  await own.rows('alter table public.applications enable row level security');
  await own.add(2);
  const url = new URL(own.url);
  [url.username, url.password] = [role, 'secret'];
  const seen: string[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    const [found] = await findings(own, { apply: APPLY, url: url.href });
    if (found === undefined) break;
    seen.push(found.code);
    await own.rows(found.mend);
  }
  assert.deepEqual(seen, [
    'schema_usage',
    'table_privileges',
    'function_privileges',
    'policies',
    'view_privilege',
    'table_unreadable',
    'rows_hidden',
    'apply_privilege',
    'apply_hidden',
  ]);
  await own.rows(`drop policy "${role} writes" on public.applications`);
  await own.rows(`create policy few on public.applications for update to ${role} using (company = 'none')`);
  const [silent] = await findings(own, { apply: APPLY, url: url.href });
  assert.match(silent?.says ?? '', /apply writes nothing for .* row security of public\.applications lets .* a part/);
  await own.rows(silent?.mend ?? '');
  assert.deepEqual(await findings(own, { apply: APPLY, url: url.href }), []);
  await own.rows(`create policy narrow on public.applications for select to ${role} using (company = 'none')`);
  await own.rows(`drop policy "${role} reads" on public.applications`);
  const filtered = (await findings(own, { apply: APPLY, url: url.href })).find(({ code }) => code === 'rows_filtered');
  assert.match(filtered?.says ?? '', /shows ticker_\w+ a part of public\.applications/);
  await own.rows(filtered?.mend ?? '');
  assert.deepEqual(await findings(own, { apply: APPLY, url: url.href }), []);
});

test('a schema that everybody may use', async () => {
  const own = await scene({ after });
  await own.rows('grant usage on schema tidegate to public');
  await mended(own, 'exposed', /public may use schema tidegate/);
});

describe('of the endpoint', () => {
  const SECRET = 'a-secret-of-enough-characters';
  type Answer = (method: string) => { status: number; headers?: Record<string, string>; body?: string };

  async function endpoint(answer: Answer): Promise<readonly string[]> {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
      const { status, headers, body } = answer(request.method ?? '');
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = new URL(`http://127.0.0.1:${port}/api/cron/verify-applications`);
    const report = await check({ database: undefined, url });
    server.close();
    for (const one of seen) assert.match(one, /\?dry_run=1 $/, 'without the secret, and opening nothing');
    return report.findings.map(({ code }) => code);
  }
  const refused = { status: 401, body: '{"error":{"code":"unauthorized","message":""}}' };

  test('the route of the library has none', async () => {
    const gate = createGate({ name: 'verify-applications', work: async () => null });
    process.env.CRON_SECRET = SECRET;
    const route = cronRoute(gate);
    const server = createServer((request, response) => {
      const handle = route[request.method as 'GET'];
      void handle(new Request(`http://localhost${request.url}`, { method: request.method ?? 'GET' })).then(
        async (answer) => response.writeHead(answer.status).end(await answer.text()),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, out, err } = await tidegate(['check', '--url', `http://127.0.0.1:${port}/api/cron/x`], {});
    server.close();
    assert.equal(code, 0, out + err);
    assert.match(out, /Nothing found/);
  });

  for (const [code, name, answer] of [
    ['endpoint_open', 'answers without the secret', () => ({ status: 200, body: '{}' })],
    ['endpoint_redirects', 'redirects', () => ({ status: 308, headers: { location: 'https://www.example.com/x' } })],
    ['platform_sign_in', 'has a sign-in page before it', () => ({ status: 401, body: '<!doctype html><html>' })],
    [
      'platform_sign_in',
      'sends to a sign-in',
      () => ({ status: 307, headers: { location: 'https://vercel.com/sso-api?url=x' } }),
    ],
    [
      'cron_secret_missing',
      'has no secret',
      () => ({ status: 500, body: '{"error":{"code":"cron_secret_missing","message":""}}' }),
    ],
    ['endpoint_missing', 'is not there', () => ({ status: 404 })],
    ['endpoint_refuses', 'fails otherwise', () => ({ status: 500 })],
    ['endpoint_head', 'answers HEAD', (method: string) => (method === 'HEAD' ? { status: 401 } : refused)],
  ] as const satisfies readonly (readonly [string, string, Answer])[]) {
    test(`one that ${name}`, async () => assert.deepEqual(await endpoint(answer), [code]));
  }

  test('one that does not answer, or is not encrypted', async () => {
    const away = await endpointFindings(new URL('http://127.0.0.1:1/'));
    assert.equal(away[0]?.code, 'endpoint_unreachable');
    const fetcher: typeof fetch = async (_, init) =>
      init?.method === 'HEAD' ? new Response(null, { status: 405 }) : new Response(refused.body, { status: 401 });
    const plain = await endpointFindings(new URL('http://app.example.com/x'), fetcher);
    assert.deepEqual(
      plain.map(({ code }) => code),
      ['endpoint_plain'],
    );
  });
});

test('a gate with a pool of its own is looked at through it', async () => {
  const own = await scene({ after });
  await own.rows('drop view tidegate.verify_applications');
  const gate = own.gate(async () => null);
  const options = optionsOf(gate);
  assert.ok(options !== undefined);
  const { findings, way } = await check({ database: undefined, gate: { gate, options } });
  assert.equal(way, null);
  assert.ok(findings.some(({ code }) => code === 'view_missing'));
});
