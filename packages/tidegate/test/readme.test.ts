import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { testDatabase } from '../../../test/database.ts';
import { closePool } from '../src/database.ts';
import { migrate } from '../src/migrate.ts';

const ROOT = join(import.meta.dirname, '../../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The README's code blocks in a language, in order. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');
}

test("the README's gate over a foreign table verifies its rows when its route is called", async (t) => {
  // Inside the repository, so that its imports resolve as a workspace's do.
  const app = mkdtempSync(join(ROOT, 'test/readme-'));
  t.after(() => rmSync(app, { recursive: true, force: true }));
  const { url } = await testDatabase({ after });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create table public.applications (id bigint generated always as identity primary key, company text, document text,
    revision bigint not null default 1, verification_status text not null default 'pending', created_at timestamptz not null default now())`);
  await client.query(
    "insert into public.applications (company, document) values ('ACME', 'a.jpg'), ('Borealis', 'b.jpg'), ('No file', null)",
  );
  await migrate({ url });
  const [view = ''] = blocks('sql');
  await client.query(view);
  for (const code of blocks('ts')) {
    const path = /^\/\/ (\S+)/.exec(code)?.[1];
    assert.ok(path, 'each example names its file');
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), code);
  }
  writeFileSync(
    join(app, 'lib/verify-with-ai.ts'),
    "export async function verifyWithAi(payload: { company: string }, _signal: AbortSignal) { return { verdict: payload.company === 'ACME' ? 'verified' : 'rejected' }; }\n",
  );
  Object.assign(process.env, { DATABASE_URL: url, CRON_SECRET: 'a-secret-of-enough-characters' });
  // A framework's own module needs its bundler; the route is the same without `after`.
  const route = join(app, 'app/api/cron/verify-applications/route.ts');
  writeFileSync(
    route,
    readFileSync(route, 'utf8').replace(
      "import { after } from 'next/server';",
      'const after = (work: Promise<unknown>) => void work;',
    ),
  );
  const { GET } = (await import(route)) as { GET: (request: Request) => Promise<Response> };
  const ask = (authorization: string): Promise<Response> =>
    GET(new Request('http://localhost/api/cron/verify-applications', { headers: { authorization } }));
  assert.equal((await ask('Bearer wrong')).status, 401);
  const body = (await (await ask('Bearer a-secret-of-enough-characters')).json()) as {
    message: string;
    skipped: unknown;
  };
  assert.equal(body.message, '2 of 2 records processed: 2 succeeded, 0 failed, 0 deferred');
  assert.deepEqual(body.skipped, { 'no attachment': 1 });
  const { rows } = await client.query('select company, verification_status from public.applications order by id');
  assert.deepEqual(
    rows.map((row) => row.verification_status),
    ['verified', 'rejected', 'pending'],
  );
  await client.end();
  await closePool();
});
