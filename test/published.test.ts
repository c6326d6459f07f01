// What is published, as others get it: the packed tarballs, unpacked where `npm install` would put them into a Next.js app of
// its own, with the README's gate and route.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { writePackages } from '../packages/publish.ts';
import { freePort, testDatabase } from './database.ts';
import { importsOf } from './source.ts';

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);
const NEXT = createRequire(join(ROOT, 'apps/console/package.json')).resolve('next/dist/bin/next');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const SECRET = 'a-secret-of-enough-characters';
const ENV = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', LOG_LEVEL: 'error' } as const;

// Inside the repository, so that next, react, pg and zod are found above it and nothing is fetched.
const app = mkdtempSync(join(ROOT, 'test/.published-'));
after(() => rmSync(app, { recursive: true, force: true }));

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  include: ['app', 'lib'],
};

before(async () => {
  const out = join(app, 'out');
  const folders = writePackages(out);
  // The npm that runs the tests, where one does.
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const words = ['pack', '--offline', '--ignore-scripts', '--pack-destination', out, ...folders];
  await run(command ?? '', [...first, ...words], { cwd: app });
  install(join(out, 'tidegate-0.1.0.tgz'), 'tidegate');
  install(join(out, 'tidegate-verifier-0.1.0.tgz'), '@tidegate/verifier');
  for (const [path, text] of Object.entries(appFiles())) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }
});

/** As npm unpacks a package into an app. */
function install(tarball: string, name: string): void {
  const to = join(app, 'node_modules', name);
  mkdirSync(to, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', to, '--strip-components=1']);
}

/** An app around the README's gate and route. */
function appFiles(): Readonly<Record<string, string>> {
  const nextConfig = { turbopack: { root: ROOT }, typescript: { ignoreBuildErrors: true } };
  return {
    'package.json': JSON.stringify({ name: 'app', private: true }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'next.config.mjs': `export default ${JSON.stringify(nextConfig)};\n`,
    'lib/verify-with-ai.ts': `export async function verifyWithAi(row: { company: string; path: string }, signal: AbortSignal) {
  signal.throwIfAborted();
  return { verdict: row.company === 'ACME' ? 'verified' : 'rejected' };
}
`,
    ...Object.fromEntries(
      readme('ts').map((code) => {
        const path = /^\/\/ (\S+)/.exec(code)?.[1];
        assert.ok(path, 'each example names its file');
        return [path, code];
      }),
    ),
  };
}

/** The README's code blocks in a language, in order. */
function readme(language: string): string[] {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code ?? '');
}

test('a package names everything that its code and its declarations import', () => {
  for (const name of ['tidegate', '@tidegate/verifier']) {
    const home = join(app, 'node_modules', name);
    const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    // The texts that `init` writes have imports of their own.
    const files = globSync('dist/**/*.{js,d.ts}', { cwd: home }).filter((file) => !file.endsWith('init-files.js'));
    assert.ok(files.length > 20);
    const used = files.flatMap((file) => importsOf(readFileSync(join(home, file), 'utf8')).map(({ from }) => from));
    const missing = used
      .filter((from) => !from.startsWith('.') && !from.startsWith('node:') && !builtinModules.includes(from))
      .map((from) => (from.startsWith('@') ? from.split('/').slice(0, 2) : from.split('/').slice(0, 1)).join('/'))
      .filter((from) => !(from in dependencies));
    assert.deepEqual([...new Set(missing)], []);
  }
});

test("its declarations serve the README's app, resolved by Node's way or a bundler's, and an app that checks libraries", async () => {
  await check('tsconfig.json');
  const bundled = { ...TSCONFIG.compilerOptions, module: 'esnext', moduleResolution: 'bundler' };
  writeFileSync(join(app, 'bundled.json'), JSON.stringify({ ...TSCONFIG, compilerOptions: bundled }));
  await check('bundled.json');
  // Whatever is wrong in a declaration is an error here.
  const compilerOptions = { ...TSCONFIG.compilerOptions, skipLibCheck: false };
  writeFileSync(join(app, 'strict.json'), JSON.stringify({ compilerOptions, files: ['strict.ts'] }));
  writeFileSync(
    join(app, 'strict.ts'),
    `import { createGate, openPool, type RunResult } from 'tidegate';
import { cronRoute } from 'tidegate/http';
export const gate = createGate<{ n: number }, { verdict: string }>({
  name: 'strict',
  work: async ({ payload: { n } }) => ({ verdict: String(n) }),
});
export const tick: Promise<RunResult> = gate.run({ limit: 1 });
export const { GET } = cronRoute(gate);
// @ts-expect-error a pool has no such field, and pg's own types say so
openPool().nonsense;
`,
  );
  await check('strict.json');
});

async function check(project: string): Promise<void> {
  await run(process.execPath, [TSC, '-p', join(app, project)]).catch((error: { stdout: string }) =>
    assert.fail(error.stdout),
  );
}

test("the README's gate verifies a row in a Next.js app that has the package from its tarball", async (t) => {
  const { url } = await testDatabase({ after });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  await client.query(`create table public.applications (id bigint generated always as identity primary key, company text,
    document text, revision bigint not null default 1, verification_status text not null default 'pending',
    created_at timestamptz not null default now())`);
  await client.query("insert into public.applications (company, document) values ('ACME', 'a.jpg'), ('No file', null)");
  const env = { ...ENV, DATABASE_URL: url, CRON_SECRET: SECRET };
  const home = join(app, 'node_modules/tidegate');
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { bin: { tidegate: string } };
  const tidegate = async (...words: string[]): Promise<string> =>
    (await run(process.execPath, [join(home, bin.tidegate), ...words], { cwd: app, env })).stdout;
  assert.match(await tidegate('migrate'), /^applied \d+_tidegate$/m);
  await client.query(readme('sql')[0] ?? '');

  await run(process.execPath, [NEXT, 'build'], { cwd: app, env: { ...ENV, DATABASE_URL: '' } }).catch(
    (error: { stdout: string; stderr: string }) => assert.fail(`${error.stdout}${error.stderr}`),
  );
  const port = await freePort();
  const server = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: app,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => ended(server));
  await ready(server);
  const tick = async (secret: string): Promise<Response> =>
    await fetch(`http://127.0.0.1:${port}/api/cron/verify-applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
    });
  assert.equal((await tick('wrong')).status, 401);
  const answer = (await (await tick(SECRET)).json()) as { message: string; skipped: unknown };
  assert.equal(answer.message, '1 of 1 records processed: 1 succeeded, 0 failed, 0 deferred');
  assert.deepEqual(answer.skipped, { 'no attachment': 1 });
  const { rows } = await client.query('select verification_status as status from public.applications order by id');
  assert.deepEqual(rows, [{ status: 'verified' }, { status: 'pending' }]);

  await client.query("insert into public.applications (company, document) values ('Borealis', 'b.jpg')");
  assert.match(await tidegate('run', '--gate', './lib/gate.ts'), /^1 of 1 records processed: 1 succeeded/);
});

/** Waits until Next says that it listens. */
async function ready(server: ChildProcess): Promise<void> {
  let said = '';
  for await (const chunk of server.stdout ?? []) {
    said += String(chunk);
    if (/Ready in/.test(said)) return;
  }
  assert.fail(`the server ended: ${said}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGTERM');
  await exit;
}

test('the packed verifier reads a document in its own process', async () => {
  const receipt = join(ROOT, 'samples/receipts/001.jpg');
  copyFileSync(receipt, join(app, '001.jpg'));
  const claims = { company: 'LUMBIRA JAYA MINIMART SDN BHD', date: '2018-12-25', total: '50.55' };
  const line = { key: '1', kind: 'receipt', claims, attachments: ['001.jpg'] };
  writeFileSync(join(app, 'claims.jsonl'), `${JSON.stringify(line)}\n`);
  const cli = join(app, 'node_modules/@tidegate/verifier/dist/cli.js');
  const { stdout } = await run(process.execPath, [cli, 'verify', join(app, 'claims.jsonl')], { cwd: app });
  const { findings } = JSON.parse(stdout) as { findings: { field: string; finding: string }[] };
  assert.ok(
    findings.some(({ finding }) => finding === 'match'),
    stdout,
  );
});
