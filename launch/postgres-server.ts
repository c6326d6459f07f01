// One PostgreSQL over one data folder: making the folder, starting, finding the one that already runs, stopping. The settings
// here are the whole configuration. Knows no URL and no TIDEGATE_DIR; `embedded.ts` decides what to do with what is found.
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Place, spawnAs } from './postgres-place.ts';
import { commandOf, type Known, know, stopProcess } from './processes.ts';

/** Server settings that differ from PostgreSQL's defaults: by name, as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string>>;

/** A started server process. `ended` is set once it is gone. */
export interface Started {
  readonly process: Known;
  ended: boolean;
}

/** What the pid file says: nothing runs, ours runs, or the file speaks of a process that is not ours. */
export type Found =
  | { readonly state: 'none' | 'stale' }
  | { readonly state: 'running'; readonly process: Known; readonly port: number };

const LOG_BYTES_MAX = 5_000_000;

const SETTINGS: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '64MB',
  huge_pages: 'off',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A failed statement must not carry people's data into the log: neither its text nor the row in its detail.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** Makes the data folder (UTF-8, locale C, SCRAM for everybody), whole or not at all. `synced` false is for tests only. */
export function createData(place: Place, password: string, synced: boolean): void {
  const passwordFile = join(place.folder, '.password');
  for (const name of readdirSync(place.folder)) {
    if (name.startsWith('data.new')) rmSync(join(place.folder, name), { recursive: true, force: true });
  }
  const next = join(place.folder, `data.new-${process.pid}`);
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    chownTo(place, passwordFile);
    const made = spawnSync(
      join(place.binaries, 'initdb'),
      [
        ...['-D', next, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', '--no-instructions', ...(synced ? [] : ['--no-sync'])],
      ],
      { ...spawnAs(place.user), cwd: '/', encoding: 'utf8' },
    );
    if (made.status !== 0)
      throw new Error(`PostgreSQL could not create ${next}: ${made.error?.message ?? lastLines(made.stderr)}`);
    renameSync(next, place.data);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Starts the server on this port, as a process that outlives us, and returns at once: whether it serves shows on connecting. */
export function startServer(place: Place, port: number, settings: PostgresSettings): Started {
  if (existsSync(place.log) && statSync(place.log).size > LOG_BYTES_MAX) truncateSync(place.log);
  const all = { ...SETTINGS, ...settings, port: String(port) };
  const words = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(place.log, 'a', 0o600);
  const options = {
    ...spawnAs(place.user),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log] as ('ignore' | number)[],
  };
  const child = spawn(join(place.binaries, 'postgres'), ['-D', place.data, ...words], options);
  closeSync(log);
  child.unref();
  const known = child.pid === undefined ? null : know(child.pid);
  const started: Started = { process: known ?? { pid: child.pid ?? 0, born: '' }, ended: known === null };
  child.on('error', () => {
    started.ended = true;
  });
  child.on('exit', () => {
    started.ended = true;
  });
  return started;
}

/** Reads the pid file. A running server counts as ours when its command line names our data folder. */
export function findServer(place: Place): Found {
  const file = join(place.data, 'postmaster.pid');
  if (!existsSync(file)) return { state: 'none' };
  const lines = readFileSync(file, 'utf8').split('\n');
  const process = know(Number(lines[0]));
  if (process === null || !commandOf(process.pid).includes(place.data)) return { state: 'stale' };
  return { state: 'running', process, port: Number(lines[3] ?? 0) };
}

/**
 * Makes a stale pid file harmless. Its first line is replaced by a number no process can have and the rest is kept: PostgreSQL
 * reads there which shared memory to look at, and so still refuses to start beside the last children of a killed server.
 */
export function disarmPidFile(place: Place): void {
  const file = join(place.data, 'postmaster.pid');
  const [pid, ...rest] = readFileSync(file, 'utf8').split('\n');
  if (pid === undefined || pid.trim() === '' || rest.length < 2) rmSync(file);
  else writeFileSync(file, [2 ** 31 - 2, ...rest].join('\n'));
}

/** Stops the server: first as an orderly end, then at once, at last by force. False when it still lives. */
export async function stopServer(process: Known): Promise<boolean> {
  return await stopProcess(process, [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ]);
}

/** Gives the superuser a new password while no server runs, by PostgreSQL's single-user mode. */
export function resetPassword(place: Place, password: string): void {
  const done = spawnSync(join(place.binaries, 'postgres'), ['--single', '-D', place.data, 'postgres'], {
    ...spawnAs(place.user),
    cwd: '/',
    encoding: 'utf8',
    input: `alter role postgres password '${password}'\n`,
  });
  if (done.status !== 0) throw new Error(`The database's password could not be renewed: ${lastLines(done.stderr)}`);
}

/** The end of the server's log since this length, for an error message. */
export function logSince(place: Place, bytes: number): string {
  return existsSync(place.log) ? readFileSync(place.log).subarray(bytes).toString('utf8') : '';
}

/** The last lines of a program's complaint, on one line. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ');
}

function chownTo(place: Place, path: string): void {
  if (place.user !== null) chownSync(path, place.user.uid, place.user.gid);
}
