/**
 * `npm start` from outside, as a person has it: a child process in a folder of its own, read by its output. Knows its
 * files (`secrets.json`, `database-url`, `launcher.json`) and the processes below it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort } from '../launch/ports.ts';
import { findPlace } from '../launch/postgres-place.ts';
import { commandOf, parentOf } from '../launch/processes.ts';

/** A started launcher that has said that it is ready. */
export interface Launched {
  readonly readyMs: number;
  readonly address: string;
  readonly databaseUrl: string;
  /** Calls the cron endpoint and waits for the tick's answer. */
  tick(): Promise<void>;
  /** The console's server process. */
  readonly serverPid: number;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 300_000;

/** A new folder for TIDEGATE_DIR. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
}

/** Deletes the folder and the database that may lie apart from it. */
export function deleteFolder(dir: string): void {
  rmSync(findPlace(dir).folder, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}

/** Runs `npm start` in this copy of the repository and waits until it is ready. Throws with its output when it is not. */
export async function launch(copy: string, dir: string): Promise<Launched> {
  const port = await choosePort();
  const env = { ...process.env, TIDEGATE_DIR: dir, PORT: String(port), SEED: 'samples', CRON_SCHEDULE: 'off' };
  const at = performance.now();
  const child = spawn('npm', ['start'], { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await said(child, /Tidegate is ready at/);
  const readyMs = performance.now() - at;
  const address = `http://127.0.0.1:${port}`;
  const read = (file: string): string => readFileSync(join(dir, file), 'utf8').trim();
  const { CRON_SECRET } = JSON.parse(read('secrets.json')) as { CRON_SECRET: string };
  return {
    readyMs,
    address,
    databaseUrl: read('database-url'),
    serverPid: (JSON.parse(read('launcher.json')) as { server: { pid: number } }).server.pid,
    async tick() {
      const headers = { authorization: `Bearer ${CRON_SECRET}` };
      const answer = await fetch(`${address}/api/cron/verify-records`, { method: 'POST', headers });
      if (!answer.ok) throw new Error(`the tick answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function said(child: ChildProcess, words: RegExp): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  const failed = (how: string): void => reject(new Error(`npm start ${how}:\n${text.slice(-3_000)}`));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (words.test(text)) resolve();
    });
  }
  child.on('close', (code) => failed(`ended with ${code}`));
  child.on('error', (cause) => failed(cause.message));
  const timer = setTimeout(() => failed('was not ready in time'), READY_WITHIN_MS);
  try {
    await promise;
  } catch (cause) {
    child.kill('SIGTERM');
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** Resident memory in MB, now and at its highest; NaN where the system does not tell. */
export function memoryOf(pid: number): { readonly nowMb: number; readonly highestMb: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { nowMb: mb('VmRSS'), highestMb: mb('VmHWM') };
  } catch {
    return { nowMb: Number.NaN, highestMb: Number.NaN };
  }
}

/** The reading processes that this server has started. */
export function readersOf(serverPid: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => parentOf(pid) === serverPid && /read[/\\]child/.test(commandOf(pid)));
}
