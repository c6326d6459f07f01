// Builds the console when what it is built from has changed: a hash over those files lies beside the build.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { Refusal } from './refusal.ts';
import { ROOT } from './settings.ts';

/** The console's folder. */
export const CONSOLE: string = join(ROOT, 'apps/console');

/** The file that node executes as `next`. */
export const NEXT: string = createRequire(join(CONSOLE, 'package.json')).resolve('next/dist/bin/next');

const MARK = join(CONSOLE, '.next/tidegate-inputs');
const INPUTS = [
  'apps/console/**',
  'packages/*/src/**',
  'packages/*/migrations/**',
  'packages/*/package.json',
  'package-lock.json',
];
const NOT_INPUTS = /(^|\/)(node_modules|\.next|test)(\/|$)|next-env\.d\.ts$|\.tsbuildinfo$/;

/** Builds the console unless it is built from these very files; one process of a checkout at a time. */
export async function ensureConsoleBuilt(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  if (isBuilt()) return;
  await withLock(join(ROOT, 'node_modules/.console-build'), signal, async () => {
    if (isBuilt()) return;
    log('Building the console, which takes up to a minute the first time.');
    await build(hashInputs(), env, signal);
  });
}

function isBuilt(): boolean {
  if (!existsSync(join(CONSOLE, '.next/BUILD_ID')) || !existsSync(MARK)) return false;
  return readFileSync(MARK, 'utf8') === hashInputs();
}

/** Runs `next build` and throws a Refusal with what it printed when it fails. */
async function build(inputs: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const child = spawn(process.execPath, [NEXT, 'build'], {
    cwd: CONSOLE,
    env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-20_000);
    });
  }
  child.on('error', (cause) => {
    printed += cause.message;
    resolve(null);
  });
  child.on('close', resolve);
  const code = await promise;
  signal.throwIfAborted();
  if (code !== 0)
    throw new Refusal(`${printed.trim()}\nThe console could not be built; what "next build" printed stands above.`);
  writeFileSync(MARK, inputs);
}

function hashInputs(): string {
  const hash = createHash('sha256');
  const paths = globSync(INPUTS, { cwd: ROOT, exclude: (path) => NOT_INPUTS.test(path) }).sort();
  for (const path of paths) {
    const file = join(ROOT, path);
    if (NOT_INPUTS.test(path) || !statSync(file).isFile()) continue;
    hash.update(`${path}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
