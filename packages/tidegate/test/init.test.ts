import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { testDatabase } from '../../../test/database.ts';
import { check } from '../src/check/check.ts';
import { closePool, openPoolFor } from '../src/database.ts';
import { init, type Written } from '../src/init.ts';
import { migrate, schemaState } from '../src/migrate.ts';
import type { Gate } from '../src/types.ts';
import { folder, tidegate } from './command-line.ts';

const NOW = new Date('2027-01-02T03:04:05Z');
const setting = { gate: 'verify-applications', table: 'public.applications', now: NOW };
const reads = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

async function applications(): Promise<{ url: string; client: pg.Client }> {
  const { url } = await testDatabase({ after });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  after(() => client.end());
  await client.query(
    `create table public.applications (id uuid primary key default gen_random_uuid(), company text not null default 'ACME',
       status text not null default 'pending', created_at timestamptz not null default clock_timestamp())`,
  );
  await client.query("create index on public.applications (created_at, id) where status = 'pending'");
  await client.query('insert into public.applications default values');
  return { url, client };
}

test('init writes all that a gate needs, and a second time says what stands already', () => {
  const root = folder({ after });
  const first = init({ root, ...setting });
  assert.deepEqual(
    first.wrote.filter((path) => !/^tidegate\/migrations\/202611/.test(path)),
    [
      'tidegate/migrations/20270102030405_verify_applications_view.sql',
      'lib/gate.ts',
      'app/api/cron/verify-applications/route.ts',
      'tidegate/schedule_verify_applications.sql',
      'vercel.json',
    ],
  );
  assert.deepEqual(first.stands, []);
  const texts = first.wrote.map((path) => reads(root, path));
  writeFileSync(join(root, 'lib/gate.ts'), `${reads(root, 'lib/gate.ts')}// mine\n`);
  const second = init({ root, ...setting, now: new Date('2027-02-02T00:00:00Z') });
  assert.deepEqual([second.wrote, second.stands], [[], first.wrote]);
  assert.match(reads(root, 'lib/gate.ts'), /\/\/ mine\n$/);
  assert.equal(texts.filter((text, n) => reads(root, first.wrote[n] ?? '') !== text).length, 1);
});

test('what init writes migrates, checks and ticks as it is, under a role that owns nothing', async (t) => {
  const root = folder({ after });
  const { url, client } = await applications();
  const role = `ticker_${randomBytes(4).toString('hex')}`;
  await client.query(`create role ${role} login password 'secret'`);
  await client.query('alter table public.applications enable row level security');
  // The way of somebody who had the engine's schema before.
  await migrate({ url });
  init({ root, ...setting, role });
  const applied = await migrate({ url, folders: [join(root, 'tidegate/migrations')] });
  assert.deepEqual(applied, [
    '20270102030405_verify_applications_view',
    `20270102030406_verify_applications_for_${role}`,
  ]);
  assert.deepEqual(await migrate({ url, folders: [join(root, 'tidegate/migrations')] }), []);
  const ticking = new URL(url);
  [ticking.username, ticking.password] = [role, 'secret'];
  const { findings } = await check({ database: { url: ticking.href, ca: undefined } });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );

  const file = join(root, 'lib/gate.ts');
  const source = join(import.meta.dirname, '../src/index.ts');
  writeFileSync(file, reads(root, 'lib/gate.ts').replace("'tidegate'", JSON.stringify(source)));
  process.env.DATABASE_URL = ticking.href;
  t.after(closePool);
  const { gate } = (await import(pathToFileURL(file).href)) as { gate: Gate };
  const deferred = await gate.run({ trigger: 'cli' });
  assert.equal(deferred.deferred, 1, 'the work is not written yet');
  writeFileSync(
    file,
    reads(root, 'lib/gate.ts')
      .replace(/throw new Defer\(.*\n/, "return { verdict: 'verified' };\n")
      .replace(', Defer', ''),
  );
  await client.query('update tidegate.items set until = clock_timestamp(), span_ms = 0');
  const ran = await tidegate(['run', '--gate', file], { url: ticking.href });
  assert.equal(ran.code, 0, ran.err);
  const checked = await tidegate(['check', '--gate', file, '--json'], { url: ticking.href });
  assert.equal(checked.code, 0, checked.out);
  const { rows } = await client.query('select status from public.applications');
  assert.deepEqual(rows, [{ status: 'verified' }]);
});

test('on a fresh database the written migrations alone bring the schema, and migrate then skips them', async () => {
  const root = folder({ after });
  const { url } = await applications();
  mkdirSync(join(root, 'supabase/migrations'), { recursive: true });
  const role = `ticker_${randomBytes(4).toString('hex')}`;
  const { wrote } = init({ root, ...setting, role });
  const files = wrote.filter((path) => path.startsWith('supabase/migrations/')).sort();
  const pool = openPoolFor(url, { max: 1 });
  // As Supabase's command line does: in the order of their names, knowing nothing of our ledger.
  for (const path of files) await pool.query(reads(root, path));
  assert.equal(await schemaState(pool), 'current');
  const { rows } = await pool.query('select rolcanlogin from pg_roles where rolname = $1', [role]);
  assert.deepEqual(rows, [{ rolcanlogin: false }], 'the role is made, and has no way in yet');
  await pool.end();
  assert.deepEqual(await migrate({ url }), []);
});

test('init follows src/app, keeps vercel.json, gives a second gate a file of its own', () => {
  const root = folder({ after });
  mkdirSync(join(root, 'src/app'), { recursive: true });
  writeFileSync(
    join(root, 'vercel.json'),
    '{\n    "regions": ["icn1"],\n    "crons": [{ "path": "/api/x", "schedule": "0 0 * * *" }]\n}\n',
  );
  init({ root, ...setting });
  const more = init({ root, ...setting, gate: 'verify-cards', table: 'public.Cards' });
  assert.ok(more.wrote.includes('src/lib/verify-cards-gate.ts'));
  assert.ok(more.wrote.includes('src/app/api/cron/verify-cards/route.ts'));
  assert.match(
    reads(root, 'src/app/api/cron/verify-cards/route.ts'),
    /import \{ gate \} from '\.\.\/\.\.\/\.\.\/\.\.\/lib\/verify-cards-gate';/,
  );
  assert.match(reads(root, 'src/app/api/cron/verify-applications/route.ts'), /'\.\.\/\.\.\/\.\.\/\.\.\/lib\/gate'/);
  const [view = ''] = globSync('tidegate/migrations/*verify_cards_view.sql', { cwd: root });
  assert.match(reads(root, view), /from public\."Cards" a/);
  const settings = JSON.parse(reads(root, 'vercel.json')) as { regions: string[]; crons: { path: string }[] };
  assert.deepEqual(settings.regions, ['icn1']);
  assert.deepEqual(
    settings.crons.map(({ path }) => path),
    ['/api/x', '/api/cron/verify-applications', '/api/cron/verify-cards'],
  );
  assert.match(reads(root, 'vercel.json'), /^ {4}"regions"/m);
});

test('the schedule inside the database waits for the answer only, and reads its secret from the vault', () => {
  const root = folder({ after });
  init({ root, ...setting });
  const text = reads(root, 'tidegate/schedule_verify_applications.sql');
  for (const part of [
    /net\.http_post/,
    /timeout_milliseconds := \d+/,
    /'prefer', 'respond-async'/,
    /vault\.decrypted_secrets/,
  ]) {
    assert.match(text, part);
  }
});

test('the command writes into the folder it is run in, and refuses names that are none', async () => {
  const root = folder({ after });
  const { code, out, err } = await tidegate(['init', '--table', 'public.id_cards', '--json'], { cwd: root });
  assert.equal(code, 0, err);
  assert.ok((JSON.parse(out) as Written).wrote.includes('app/api/cron/verify-id-cards/route.ts'));
  assert.match(
    (await tidegate(['init', '--table', 'public.id_cards'], { cwd: root })).out,
    /^stands {2}lib\/gate\.ts$/m,
  );
  for (const words of [
    ['--gate', 'Items!'],
    ['--gate', 'items'],
    ['--table', 'a; drop table b'],
    ['--role', 'x"y'],
  ]) {
    const empty = folder({ after });
    assert.equal((await tidegate(['init', ...words], { cwd: empty })).code, 2);
    assert.equal(existsSync(join(empty, 'vercel.json')), false);
  }
});
