// `npm test`: types and lint, then every test on one throw-away PostgreSQL. Words after `--` narrow the files by path
// (`npm test -- engine`), options pass through to node's own runner. Exits with the runner's code.
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { deleteEmbedded, openEmbedded } from '../launch/embedded.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FILES = [
  'packages/*/test/**/*.test.ts',
  'apps/*/test/**/*.test.ts',
  'launch/**/*.test.ts',
  'test/**/*.test.ts',
  'samples/**/*.test.ts',
];
const TEST_TIMEOUT_MS = 180_000;
/** A file whose tests are done but which holds a server or a connection open would wait for ever. */
const SILENCE_MS_MAX = 2 * TEST_TIMEOUT_MS;
/** Speed matters here and safety does not: what this cluster holds is thrown away. */
const TEST_SETTINGS = {
  max_connections: '200',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum_naptime: '10s',
};

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith('-'));
const filters = words.filter((word) => !word.startsWith('-'));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());
process.exitCode = await main();

async function main(): Promise<number> {
  const files = globSync(FILES, { cwd: ROOT, exclude: (path) => path.includes('node_modules') })
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort();
  if (files.length === 0) {
    console.error(`No test file's path contains ${filters.join(' or ')}.`);
    return 2;
  }
  const failedChecks = filters.length === 0 ? await check() : [];
  const code = stopping.signal.aborted ? 130 : await test(files);
  for (const command of failedChecks) console.error(`Failed before the tests: ${command}`);
  return code === 0 && failedChecks.length > 0 ? 1 : code;
}

/** Runs the parts of `npm run check`, all of them, and returns those that failed. */
async function check(): Promise<string[]> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { check: string } };
  const failed: string[] = [];
  for (const command of scripts.check.split(' && ')) {
    if ((await run('/bin/sh', ['-c', command], {})) !== 0) failed.push(command);
  }
  return failed;
}

async function test(files: readonly string[]): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  const database = await openEmbedded({ dir: join(dir, 'database'), settings: TEST_SETTINGS });
  const tap = join(dir, 'tap');
  const watch = watchSilence(tap);
  try {
    const reporters = [
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=tap', `--test-reporter-destination=${tap}`],
    ];
    const code = await run(
      process.execPath,
      ['--test', '--test-concurrency=2', `--test-timeout=${TEST_TIMEOUT_MS}`, ...reporters, ...options, ...files],
      {
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
        TIDEGATE_TEST_DATABASE_URL: database.adminUrl,
        NEXT_TELEMETRY_DISABLED: '1',
      },
    );
    console.log(closingLines(readFileSync(tap, 'utf8')));
    return code;
  } finally {
    clearInterval(watch);
    await database.stop();
    deleteEmbedded(database, dir);
  }
}

/** Stops the runner, which then names the files it waited for, when no test was reported for too long. */
function watchSilence(tap: string): NodeJS.Timeout {
  const begun = Date.now();
  return setInterval(() => {
    const spoke = existsSync(tap) ? statSync(tap).mtimeMs : begun;
    if (Date.now() - Math.max(begun, spoke) < SILENCE_MS_MAX) return;
    console.error(`No test was reported for ${SILENCE_MS_MAX / 60_000} minutes: a file holds something open.`);
    stopping.abort();
  }, 5_000);
}

/** The counts as TAP ends with them (`# tests 12`, `# pass 12`, `# fail 0`), which the spec reporter writes otherwise. */
function closingLines(tap: string): string {
  return tap
    .trimEnd()
    .split('\n')
    .slice(-12)
    .filter((line) => /^# [a-z_]+ [\d.]+$/.test(line))
    .join('\n');
}

/** Runs a command of this repository and returns its exit code; our own stop is passed on to it. */
async function run(command: string, args: readonly string[], env: Record<string, string>): Promise<number> {
  const { promise, resolve: done } = Promise.withResolvers<number>();
  const path = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH: path, ...env } });
  const stop = () => child.kill('SIGTERM');
  stopping.signal.addEventListener('abort', stop);
  child.on('error', (cause) => {
    console.error(`${command} could not be started: ${cause.message}`);
    done(1);
  });
  child.on('exit', (code) => done(code ?? 1));
  const code = await promise;
  stopping.signal.removeEventListener('abort', stop);
  return code;
}
