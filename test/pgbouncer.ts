// A real PgBouncer in transaction mode before the test cluster, where the program is installed. Every database of the
// cluster can be reached through it, each over a few connections to the server.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort, type Scope } from './database.ts';

/** Why the tests that need it are passed over. */
export const NO_PGBOUNCER = 'the program pgbouncer is not installed here';

export interface PgBouncer {
  readonly port: number;
  /** This database's URL, through the pooler. */
  through(url: string): string;
  /** Kills it without a word, and with it every connection through it. */
  kill(): Promise<void>;
  /** Starts it again on the same port, and returns once it serves. */
  start(): Promise<void>;
}

/** Starts one before the server of `url`; null where the program is missing. It refuses to run as root, and is `nobody` then. */
export async function pgbouncer(
  scope: Scope,
  url: string,
  { poolSize }: { poolSize: number },
): Promise<PgBouncer | null> {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore', env: { PATH: path } });
  } catch {
    return null;
  }
  const { hostname, port, username, password } = new URL(url);
  const [dir, listens] = [mkdtempSync(join(tmpdir(), 'bouncer-')), await freePort()];
  writeFileSync(join(dir, 'users'), `"${username}" "${password}"\n`, { mode: 0o644 });
  writeFileSync(
    join(dir, 'ini'),
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listens}
unix_socket_dir =
auth_type = trust
auth_file = ${join(dir, 'users')}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 300
`,
    { mode: 0o644 },
  );
  chmodSync(dir, 0o755);
  const through = (database: string): string => Object.assign(new URL(database), { port: String(listens) }).href;
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    child = spawn('pgbouncer', [...asRoot, join(dir, 'ini')], { stdio: 'ignore', env: { PATH: path } });
    for (let n = 0; n < 100; n += 1) {
      if (await answers(through(url))) return;
      await sleep(50);
    }
    throw new Error('pgbouncer did not start');
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  scope.after(async () => {
    await kill();
    rmSync(dir, { recursive: true, force: true });
  });
  await start();
  return { port: listens, through, kill, start };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  const up = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => {});
  return up;
}
