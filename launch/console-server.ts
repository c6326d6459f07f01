// The console's server as a child process: started by node itself (no npx in between, which would hold 77 MB), in a process
// group of its own so that a Ctrl-C reaches the launcher alone and things end in order.
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONSOLE, NEXT } from './console-build.ts';
import { stopServer } from './lives.ts';
import { type Known, know } from './processes.ts';

/** A running server. `ended` resolves with how it ended, for a sentence. */
export interface ConsoleServer {
  readonly process: Known;
  readonly ended: Promise<string>;
  /** Stops it, with this much grace for what is in flight. */
  stop(graceMs?: number): Promise<void>;
}

const HEALTHY_WITHIN_MS = 60_000;
/** What people wait for at a terminal. */
const GRACE_MS = 5_000;

/** The address that reaches a server listening on this host. */
export function addressOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Starts the server; it is ready when `waitForHealth` says so. */
export function startConsole(host: string, port: number, env: NodeJS.ProcessEnv): ConsoleServer {
  const child = spawn(process.execPath, [NEXT, 'start', '-H', host, '-p', String(port)], {
    cwd: CONSOLE,
    env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    // Next's own banner would repeat the address; the log and every complaint are on standard error.
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  child.on('error', (cause) => resolve(cause.message));
  child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  const known = child.pid === undefined ? null : know(child.pid);
  const server = known ?? { pid: child.pid ?? 0, born: '' };
  return {
    process: server,
    ended: promise,
    stop: (graceMs = GRACE_MS) => (server.pid === 0 ? Promise.resolve() : stopServer(server, graceMs)),
  };
}

/** Waits for `/api/health` to answer 200. Throws when the server ends first or takes longer than a minute. */
export async function waitForHealth(server: ConsoleServer, address: string, signal: AbortSignal): Promise<void> {
  let ended: string | null = null;
  void server.ended.then((how) => {
    ended = how;
  });
  const end = performance.now() + HEALTHY_WITHIN_MS;
  let seen = 'no answer';
  let waitMs = 25;
  while (ended === null) {
    const status = await ask(`${address}/api/health`);
    if (status === 200) return;
    if (status !== null) seen = `status ${status}`;
    signal.throwIfAborted();
    if (performance.now() > end)
      throw new Error(`The server is not healthy after ${HEALTHY_WITHIN_MS / 1000} s (${seen}).`);
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 1.3, 1_000);
  }
  throw new Error(`The server ended before it was ready (${ended}).`);
}

async function ask(url: string): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const request = get(url, { timeout: 5_000, agent: false }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? null);
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => resolve(null));
  return await promise;
}
