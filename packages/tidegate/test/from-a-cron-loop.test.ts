// docs/from-a-cron-loop.md, block by block in its order: SQL goes to the database, files into an app's folder, commands are
// run there, and what the page shows of their output is compared with what they printed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { testDatabase } from '../../../test/database.ts';
import { closePool } from '../src/database.ts';
import { CLI, folder } from './command-line.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/from-a-cron-loop.md'), 'utf8');
const SECRET = 'a-secret-of-enough-characters';

/** One code block: what stands behind its language, and its text. */
interface Block {
  readonly language: string;
  readonly file: string | null;
  readonly text: string;
}

const BLOCKS: readonly Block[] = [...PAGE.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
  ([, language = '', file, text = '']) => ({
    language,
    file: file ?? /^(?:\/\/|--) (\S+\.\w+)\n/.exec(text)?.[1] ?? null,
    text,
  }),
);

const app = folder({ after });
const database = await ownDatabase();
const far = await farEnd();
Object.assign(process.env, { DATABASE_URL: database.url, CRON_SECRET: SECRET, AI_URL: far.url });
const site = await serve();
writeApp();
after(closePool);

test('every block of the page does what the page says, and the way back ends where it began', async () => {
  let said = '';
  for (const [n, block] of BLOCKS.entries()) {
    const { language, file, text } = block;
    if (language === 'sh') said = await shell(text);
    else if (language === 'text') assertSaid(said, text);
    else if (language === 'json' && file === null) assertHolds(JSON.parse(said), JSON.parse(text));
    else if (language === 'json') assert.deepEqual(JSON.parse(read(file ?? '')), JSON.parse(text));
    else if (language === 'ts') write(file ?? '', text);
    else if (language === 'sql' && file === null) await database.client.query(text);
    else if (language === 'sql' && file?.includes('/migrations/')) fillIn(file, text);
    else if (language === 'sql') await schedule(file ?? '', text);
    else assert.fail(`nothing is done with block ${n}: ${language}`);
    await betweenBlocks(block);
  }
  assert.equal(await database.one("select to_regnamespace('tidegate') is null"), true);
  await database.client.query("insert into public.applications (company, document) values ('Late', 'l.jpg')");
  assert.deepEqual(await (await get('/api/cron/verify')).json(), { processed: 12 }, 'the loop works as before');
});

/** What happens in the world between two blocks: rows come in, and the loop and the schedule tick. */
async function betweenBlocks({ file, text }: Block): Promise<void> {
  if (file === 'app/api/cron/verify/route.ts') {
    await database.client.query(
      "insert into public.applications (company, document) select 'Company ' || n, n || '.jpg' from generate_series(1, 12) n",
    );
    far.waitsFor = 12;
    assert.deepEqual(await (await get('/api/cron/verify')).json(), { processed: 12 });
    far.waitsFor = 1;
    assert.equal(far.openMax, 12, 'the loop asks all at once');
    far.openMax = 0;
    await database.client.query(
      "insert into public.applications (company, document) select 'Company ' || n, case when n > 2 then n || '.jpg' end from generate_series(1, 42) n",
    );
  }
  if (text.includes('cron.schedule')) {
    const before = await database.one<number>(WAITING);
    await scheduledTick();
    assert.equal(before - (await database.one<number>(WAITING)), 20);
  }
  if (text.includes('tidegate pause')) {
    assert.ok(far.openMax > 0 && far.openMax <= 4, `the gate asked about ${far.openMax} at a time`);
    assert.equal(far.askedTwice, 0);
  }
}

const WAITING = "select count(*)::int from public.applications where status = 'pending'";

/** A database of a role that is no superuser, as on a provider. */
async function ownDatabase() {
  const { url, name } = await testDatabase({ after });
  const role = `app_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`create role ${role} login password 'secret'`);
  await admin.query(`grant create on database ${name} to ${role}; grant all on schema public to ${role}`);
  await admin.end();
  const own = new URL(url);
  [own.username, own.password] = [role, 'secret'];
  const client = new pg.Client({ connectionString: own.href });
  await client.connect();
  after(() => client.end());
  const one = async <Value>(text: string): Promise<Value> =>
    Object.values((await client.query(text)).rows[0] as Record<string, Value>)[0] as Value;
  return { url: own.href, client, one };
}

/** The AI: a real server that counts what it is asked at a time, and which document it is asked about twice. */
async function farEnd() {
  // It answers nobody before so many have asked.
  const state = { openMax: 0, askedTwice: 0, waitsFor: 1, url: '' };
  const seen = new Set<string>();
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    state.openMax = Math.max(state.openMax, open);
    const body = await bodyOf(request);
    if (seen.has(body)) state.askedTwice += 1;
    seen.add(body);
    do await new Promise((resolve) => setTimeout(resolve, 20));
    while (state.openMax < state.waitsFor);
    open -= 1;
    response.end(JSON.stringify({ verdict: 'verified' }));
  });
  state.url = `http://127.0.0.1:${await listening(server)}/`;
  return state;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The app's routes behind a real address. What a bundler would find is found here by its full name. */
async function serve(): Promise<string> {
  const port = await listening(
    createServer(async (incoming, response) => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const path = join(app, 'app', url.pathname, 'route.ts');
      const source = readFileSync(path, 'utf8');
      const resolved = source
        .replace("import { after } from 'next/server';", 'const after = (work: Promise<unknown>) => void work;')
        .replace("'../../../../lib/gate'", "'../../../../lib/gate.ts'");
      if (resolved !== source) writeFileSync(path, resolved);
      const route = (await import(pathToFileURL(path).href)) as Record<string, (request: Request) => Promise<Response>>;
      const headers = new Headers(incoming.headers as Record<string, string>);
      const answer = await route[incoming.method ?? '']?.(new Request(url, { method: incoming.method ?? '', headers }));
      response.writeHead(answer?.status ?? 405, Object.fromEntries(answer?.headers ?? []));
      response.end(await answer?.text());
    }),
  );
  return `http://127.0.0.1:${port}`;
}

async function get(path: string): Promise<Response> {
  return await fetch(`${site}${path}`, { headers: { authorization: `Bearer ${SECRET}` } });
}

/** The app around the page's files, and the two commands that the page calls. */
function writeApp(): void {
  write('package.json', '{ "name": "app", "private": true, "type": "module" }');
  write(
    'lib/database.ts',
    "import pg from 'pg';\nexport const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true, idleTimeoutMillis: 100 });\n",
  );
  mkdirSync(join(app, 'node_modules'));
  symlinkSync(join(ROOT, 'packages/tidegate'), join(app, 'node_modules/tidegate'));
  for (const name of ['pg', 'zod']) symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
  command('npx', `[ "$1" = tidegate ] || exit 9; shift; exec '${process.execPath}' '${CLI}' "$@"`);
  // Whatever curl this machine has or lacks.
  write(
    'bin/curl.mjs',
    `const words = process.argv.slice(2);
const url = words.pop().replace('http://localhost:3000', ${JSON.stringify(site)});
const header = words[words.indexOf('-H') + 1];
const method = words.includes('-X') ? words[words.indexOf('-X') + 1] : 'GET';
const at = header.indexOf(':');
const response = await fetch(url, { method, headers: { [header.slice(0, at)]: header.slice(at + 1).trim() } });
process.stdout.write(await response.text());
`,
  );
  command('curl', `exec '${process.execPath}' '${join(app, 'bin/curl.mjs')}' "$@"`);
}

function command(name: string, line: string): void {
  write(`bin/${name}`, `#!/bin/sh\n${line}\n`);
  chmodSync(join(app, 'bin', name), 0o755);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(app, path)), { recursive: true });
  writeFileSync(join(app, path), text);
}

function read(path: string): string {
  return readFileSync(join(app, path), 'utf8');
}

/** Runs a block's commands in the app's folder and returns what they printed. */
async function shell(text: string): Promise<string> {
  const PATH = `${join(app, 'bin')}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH, LOG_LEVEL: 'error' };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-ec', text], { cwd: app, env });
  return stdout;
}

/** Compares without white space; `…` stands for anything. */
function assertSaid(said: string, expected: string): void {
  const bare = (text: string): string => text.replace(/\s+/g, '');
  const parts = bare(expected)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const message = `the page says\n${expected}\nand it was\n${said}`;
  assert.match(bare(said), new RegExp(`^${parts.join('[\\s\\S]*?')}$`), message);
}

/** Every field that the page shows is there, texts compared as above. */
function assertHolds(actual: unknown, expected: unknown): void {
  if (typeof expected === 'string') {
    assertSaid(String(actual), expected);
  } else if (typeof expected !== 'object' || expected === null) {
    assert.equal(actual, expected);
  } else {
    if (Array.isArray(expected)) assert.equal((actual as unknown[]).length, expected.length);
    for (const [name, value] of Object.entries(expected)) assertHolds((actual as Record<string, unknown>)[name], value);
  }
}

/** Puts the page's view in place of the one that `init` wrote. */
function fillIn(named: string, text: string): void {
  const [path] = globSync(named.replace('…', '*'), { cwd: app });
  assert.ok(path !== undefined && existsSync(join(app, path)), named);
  const view = text.slice(text.indexOf('create view'));
  // Comments in the one it replaces hold semicolons.
  const [standing = ''] = /^create view [\s\S]*?^where .*;\n/m.exec(read(path)) ?? [];
  write(path, read(path).replace(standing, view.replaceAll('$', '$$$$')));
  assert.ok(read(path).includes(view));
}

/** What the page shows of the schedule is what `init` wrote; the two extensions come with no PostgreSQL from npm. */
async function schedule(path: string, text: string): Promise<void> {
  const [, shown = ''] = /^--.*\n([\s\S]*)$/.exec(text) ?? [];
  assert.ok(read(path).includes(shown), `${path} holds what the page shows`);
  await database.client.query(`
    create schema cron; create table cron.job (jobname text, command text);
    create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as
      'insert into cron.job values (job_name, command) returning 1::bigint';
    create function cron.unschedule(job_name text) returns boolean language sql as
      'delete from cron.job where jobname = job_name returning true';
    create schema net; create table net.request (url text, headers jsonb, body jsonb, timeout_milliseconds int);
    create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}',
      timeout_milliseconds int default 5000) returns bigint language sql as
      'insert into net.request values (url, headers, body, timeout_milliseconds) returning 1::bigint';
    create schema vault; create table vault.secrets (name text, decrypted_secret text);
    create view vault.decrypted_secrets as select * from vault.secrets;
    create function vault.create_secret(secret text, name text) returns boolean language sql as
      'insert into vault.secrets values (name, secret) returning true'`);
  const filled = read(path)
    .replace(/^create extension .*$/gm, '')
    .replace('https://your-app.example', site)
    .replace('the value of CRON_SECRET', SECRET);
  await database.client.query(filled);
}

/** What pg_cron and pg_net do every five minutes. */
async function scheduledTick(): Promise<void> {
  await database.client.query(await database.one<string>('select command from cron.job'));
  const { rows } = await database.client.query('select * from net.request');
  const [request] = rows as [{ url: string; headers: Record<string, string>; timeout_milliseconds: number }];
  assert.equal(rows.length, 1);
  assert.ok(request.timeout_milliseconds >= 10_000);
  const answer = await fetch(request.url, { method: 'POST', headers: request.headers });
  assert.equal(answer.status, 202);
  const place = answer.headers.get('location') ?? '';
  for (let ended = false; !ended; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    ended = ((await (await get(place)).json()) as { endedAt: string | null }).endedAt !== null;
  }
}
