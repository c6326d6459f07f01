import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, describe, test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { check, type Report } from '../src/check/check.ts';
import { connectionFindings, wayOf } from '../src/check/connection.ts';
import { endpointFindings } from '../src/check/endpoint.ts';
import type { Finding } from '../src/check/finding.ts';
import { type ServerFacts, serverFindings } from '../src/check/server.ts';
import { DEFAULT_LIMITS } from '../src/config.ts';
import { createGate, optionsOf } from '../src/gate.ts';
import type { LoadedGate } from '../src/gate-file.ts';
import { cronRoute } from '../src/http.ts';
import { APPLY, scene } from './builders.ts';
import { folder, gateFile, tidegate } from './command-line.ts';

const at = await scene({ after });
const VIEW = await at.one<string>("select pg_get_viewdef('tidegate.verify_applications'::regclass)");
/** What every test server has: a superuser without time limits. */
const USUAL = ['superuser', 'statement_timeout', 'idle_timeout'];

function loaded(apply: string): LoadedGate {
  const gate = createGate({ name: 'verify-applications', work: async () => null, apply });
  const options = optionsOf(gate);
  assert.ok(options !== undefined);
  return { gate, options };
}

const look = (apply?: string, url = at.url): Promise<Report> =>
  check({ database: { url, ca: undefined }, gate: apply === undefined ? undefined : loaded(apply) });

async function findings(apply?: string, url?: string): Promise<readonly Finding[]> {
  return (await look(apply, url)).findings.filter(({ code }) => !USUAL.includes(code));
}

/** Plants nothing: expects that exactly this is found, runs what mends it, and expects that it is gone. */
async function mended(
  code: string,
  says: RegExp,
  { apply, url }: { apply?: string; url?: string } = {},
): Promise<void> {
  const before = (await look(apply, url)).findings;
  const found = before.find((one) => one.code === code);
  assert.ok(found, `${code} among ${JSON.stringify(before)}`);
  assert.match(found.says, says);
  // Each statement by itself: an index made concurrently stands in no transaction.
  for (const statement of found.mend.startsWith('begin;') ? [found.mend] : found.mend.split(/;\s*\n?/)) {
    if (statement.trim() !== '') await at.rows(statement);
  }
  const left = (await look(apply, url)).findings;
  assert.deepEqual(
    left.filter((one) => one.code === code),
    [],
  );
}

/** The view again, its text changed. */
async function view(change: (text: string) => string = (text) => text, options = 'with (security_invoker = true)') {
  await at.rows('drop view if exists tidegate.verify_applications');
  await at.rows(`create view tidegate.verify_applications ${options} as ${change(VIEW)}`);
}

beforeEach(async () => {
  await at.rows('truncate public.applications, tidegate.items, tidegate.attempts');
  await view();
  await at.add(3);
});

test('a sound gate has no findings, and the limits in force are told', async () => {
  assert.deepEqual(await findings(APPLY), []);
  const report = await look(APPLY);
  assert.equal(report.limits.batchMax, DEFAULT_LIMITS.batchMax);
  assert.equal(report.way, 'direct');
  assert.equal(await at.one("select count(*)::int from public.applications where status = 'pending'"), 3);
});

test('the command prints findings with what mends them, and exits 1 with an error and 0 without', async (t) => {
  const dir = folder({ after: (fn) => t.after(fn) });
  const file = gateFile(dir);
  const sound = await tidegate(['check', '--gate', file], { url: at.url });
  assert.equal(sound.code, 0, sound.err);
  assert.match(sound.out, /batchMax +20\n/);
  assert.match(sound.out, /! \S+ has no statement_timeout.*\n {4}alter role/);
  await view(undefined, '');
  const wrong = await tidegate(['check', '--json'], { url: at.url });
  assert.equal(wrong.code, 1);
  assert.ok((JSON.parse(wrong.out) as Report).findings.some(({ code }) => code === 'security_invoker'));
  assert.equal((await tidegate(['check', '--url', 'nonsense'], { url: at.url })).code, 2);
  assert.equal((await tidegate(['check'], {})).code, 2);
});

describe('of the view', () => {
  test('its absence', async () => {
    await at.rows('drop view tidegate.verify_applications');
    const [found] = await findings(APPLY);
    assert.equal(found?.code, 'view_missing');
    assert.match(found.mend, /^create view tidegate."verify_applications" with \(security_invoker = true\)/);
  });

  test("its owner's rights", async () => {
    await view(undefined, '');
    await mended('security_invoker', /runs with its owner's rights/);
  });

  test('a missing skip', async () => {
    await view((text) => `select s.key, s.position from (${text.replace(/;$/, '')}) s`);
    await mended('columns', /has no column skip/);
    assert.deepEqual(await findings(), []);
  });

  test('columns of other types', async () => {
    await view((text) => text.replace('(revision)::text AS revision', 'revision'));
    await mended('column_types', /revision is of type bigint \(expected text\)/);
    assert.deepEqual(await findings(), []);
  });

  test('a key that is cast', async () => {
    await view((text) => text.replace('id AS key', 'id::text AS key'));
    await mended('key_cast', /is cast .*own column/);
    assert.deepEqual(await findings(APPLY), []);
  });

  test('a key that nothing keeps unique, and finds no index', async () => {
    await at.rows('alter table public.applications drop constraint applications_pkey');
    const codes = (await findings()).map(({ code }) => code);
    assert.deepEqual(codes.sort(), ['key_not_unique', 'lookup_index']);
    await mended('key_not_unique', /Nothing keeps id of public\.applications unique/);
    assert.deepEqual(await findings(), []);
    await at.rows('alter table public.applications add primary key (id)');
  });

  test('a join that multiplies rows', async () => {
    await view((text) => text.replace('FROM applications a', 'FROM applications a cross join (values (1), (2)) v (n)'));
    const found = (await findings()).find(({ code }) => code === 'key_twice');
    assert.match(found?.says ?? '', /more than once: a join multiplies its row/);
    assert.match(found?.mend ?? '', /exists/);
  });

  test('a position that is null, or may be', async () => {
    await at.rows('alter table public.applications alter column created_at drop not null');
    await mended('position_nullable', /may be null one day/);
    await at.rows('alter table public.applications alter column created_at drop not null');
    await at.rows(
      'update public.applications set created_at = null where id = (select id from public.applications limit 1)',
    );
    await mended('position_null', /is null: the walk would never come to it/);
    assert.deepEqual(await findings(), []);
  });

  test('an order by of its own', async () => {
    await view((text) => text.replace(/;$/, ' order by company'));
    await mended('view_sorts', /ends in an order by/);
    assert.deepEqual(await findings(), []);
  });

  test('a walk without an index in its order, be the table small or large', async () => {
    const index = await at.one<string>(
      "select indexrelid::regclass::text from pg_index where indrelid = 'public.applications'::regclass and not indisprimary",
    );
    await at.rows(`drop index ${index}`);
    const small = (await findings()).find(({ code }) => code === 'walk_index');
    assert.equal(small?.severity, 'warning');
    assert.match(small.mend, /\(created_at, id\) where \(status = 'pending'::text\);$/);
    await at.add(12_000);
    await at.rows('analyze public.applications');
    assert.equal((await findings()).find(({ code }) => code === 'walk_index')?.severity, 'error');
    await mended('walk_index', /would sort everything that waits/);
    assert.deepEqual(await findings(APPLY), []);
  });

  test('a window or an aggregate over the table', async () => {
    await view((text) => text.replace("'company', company", "'nth', row_number() over (order by created_at)"));
    const window = (await findings()).find(({ code }) => code === 'whole_table');
    assert.match(window?.says ?? '', /a window function over the table/);
    await view((text) =>
      text.replace(
        'FROM applications a',
        'FROM applications a left join (select status as st, count(*) as n from public.applications group by 1) c on c.st = a.status',
      ),
    );
    const aggregate = (await findings()).find(({ code }) => code === 'whole_table');
    assert.match(aggregate?.says ?? '', /an aggregate/);
  });

  test('a correlated subquery over a large table without an index', async () => {
    await at.rows('create table public.lines (application_id uuid, n int)');
    await at.rows('insert into public.lines select gen_random_uuid(), n from generate_series(1, 12000) n');
    await at.rows('analyze public.lines');
    await view((text) =>
      text.replace('WHERE', 'WHERE exists (select from public.lines l where l.application_id = a.id) is not null and'),
    );
    await view((text) =>
      text.replace(
        /ELSE NULL::text\n +END AS skip/,
        "WHEN (select count(*) from public.lines l where l.application_id = a.id) > 5 then 'many' END AS skip",
      ),
    );
    await mended('joined_index', /reads all of public\.lines for each row/);
    assert.deepEqual(await findings(), []);
  });
});

describe('of apply', () => {
  /** Finds the fault in `apply`, takes the mended text, and expects no finding with it. */
  async function mendedApply(code: string, says: RegExp, apply: string): Promise<void> {
    const found = (await findings(apply)).find((one) => one.code === code);
    assert.match(found?.says ?? code, says);
    assert.deepEqual(await findings(found?.mend), []);
  }
  const without = (condition: string): string => {
    assert.ok(APPLY.includes(condition));
    return APPLY.replace(condition, '');
  };

  test('a missing returning', async () => {
    await mendedApply('apply_returning', /does not end in returning the key/, without('returning s.key'));
  });

  test('what the database refuses', async () => {
    const [found] = await findings(`${APPLY};`);
    assert.equal(found?.code, 'apply_invalid');
    assert.match(found.says, /refuses apply \(42601\)/);
  });

  test('no guard of the old status', async () => {
    await mendedApply('apply_unguarded', /a second time: .* a person's decision/, without("and a.status = 'pending'"));
  });

  test('no comparison of the revision', async () => {
    await mendedApply(
      'apply_ignores_revision',
      /a revision that is not the row's/,
      without('and a.revision::text = s.revision'),
    );
  });

  test('a revision that apply itself changes', async () => {
    const found = await findings(APPLY.replace('written = a.written + 1', 'revision = a.revision + 1'));
    assert.deepEqual(
      found.map(({ code }) => code),
      ['apply_changes_revision'],
    );
    assert.match(found[0]?.says ?? '', /changes the revision of .*rise when people edit the row, and only then/);
    assert.match(found[0]?.mend ?? '', /create trigger content_revision before update/);
  });

  test('a record that still stands in the source, or is never written', async () => {
    const left = await findings(APPLY.replace("status = s.body->>'verdict', ", ''));
    assert.ok(left.some(({ code }) => code === 'left_in_source'));
    const [unwritten] = await findings(APPLY.replace("'pending'", "'submitted'"));
    assert.equal(unwritten?.code, 'apply_wrote_nothing');
    assert.match(unwritten.mend, /a\.status = 'pending'/);
  });

  test('that it could not be tried', async () => {
    await at.rows('truncate public.applications');
    assert.deepEqual(
      (await findings(APPLY)).map(({ code, severity }) => [code, severity]),
      [['apply_untried', 'warning']],
    );
  });

  test('that it raised on what it was tried with', async () => {
    await at.rows("alter table public.applications add constraint known check (status in ('pending', 'approved'))");
    const [found] = await findings(APPLY);
    assert.equal(found?.code, 'apply_raises');
    assert.match(found.says, /23514/);
    await at.rows('alter table public.applications drop constraint known');
  });
});

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
    await mended('statement_timeout', /no statement_timeout/, { url: own.url });
    await mended('idle_timeout', /no idle_in_transaction_session_timeout/, { url: own.url });
    await plant("lock_timeout = '5ms'");
    await mended('lock_timeout', /lock_timeout of 5 ms/, { url: own.url });
    await plant("default_transaction_isolation = 'serializable'");
    await mended('isolation', /begin with isolation serializable/, { url: own.url });
    await plant('default_transaction_read_only = on');
    await mended('read_only', /are read-only/, { url: own.url });
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
    const [found] = await findings(APPLY, url.href);
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
  await own.rows(`create policy narrow on public.applications for select to ${role} using (company = 'none')`);
  await own.rows(`drop policy "${role} reads" on public.applications`);
  const filtered = (await findings(APPLY, url.href)).find(({ code }) => code === 'rows_filtered');
  assert.match(filtered?.says ?? '', /shows ticker_\w+ a part of public\.applications/);
  await own.rows(filtered?.mend ?? '');
  assert.deepEqual(await findings(APPLY, url.href), []);
});

test('a schema that everybody may use', async () => {
  await at.rows('grant usage on schema tidegate to public');
  await mended('exposed', /public may use schema tidegate/);
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
