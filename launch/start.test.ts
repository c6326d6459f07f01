// `npm start` as a whole, from a folder that does not exist to one that has seen `kill -9` of each of its processes. Slow: one
// life of the real thing, so the steps build on each other.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../test/database.ts';
import { deleteEmbedded, openEmbedded } from './embedded.ts';
import type { Life } from './lives.ts';
import { alive, type Known } from './processes.ts';
import { ROOT } from './settings.ts';

const parent = mkdtempSync(join(tmpdir(), 'tidegate-start-'));
const dir = join(parent, 'new');
const port = await freePort();
const address = `http://127.0.0.1:${port}`;

const far = createServer(() => {});
after(() => {
  far.closeAllConnections();
  far.close();
});

interface Started {
  readonly printed: () => string;
  readonly code: Promise<number | null>;
  readonly ended: () => boolean;
  /** As a terminal does on Ctrl-C: the signal goes to npm and everything in its group. */
  interrupt(): void;
}

function start(env: Record<string, string> = {}): Started {
  const inherited = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|USER|LANG|TMPDIR|npm_execpath)$/.test(name),
  );
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), CRON_SCHEDULE: 'off', PORT: String(port), TIDEGATE_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let ended = false;
  child.on('exit', (code) => {
    ended = true;
    resolve(code);
  });
  return { printed: () => text, code: promise, ended: () => ended, interrupt: () => interrupt(child.pid ?? 0) };
}

function interrupt(pid: number): void {
  try {
    process.kill(-pid, 'SIGINT');
  } catch {
    return;
  }
}

async function ready(started: Started): Promise<void> {
  await until(() => /Tidegate is ready/.test(started.printed()), started);
  assert.equal((await fetch(`${address}/api/health`)).status, 200);
}

async function until(holds: () => boolean | Promise<boolean>, started: Started): Promise<void> {
  for (const end = Date.now() + 120_000; !(await holds()); await sleep(50)) {
    assert.ok(
      Date.now() < end && !started.ended(),
      `not within two minutes, or it ended first; printed:\n${started.printed()}`,
    );
  }
}

function life(): Life & { server: Known } {
  return JSON.parse(readFileSync(join(dir, 'launcher.json'), 'utf8'));
}

async function sql(statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: readFileSync(join(dir, 'database-url'), 'utf8').trim() });
  await client.connect();
  try {
    return (await client.query(statement)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

async function healthy(): Promise<boolean> {
  return await fetch(`${address}/api/health`).then(
    (answer) => answer.status === 200,
    () => false,
  );
}

const postmaster = async (): Promise<number> => (await openEmbedded({ dir })).pid;

describe('npm start', () => {
  let now: Started = start();
  before(() => ready(now));
  after(async () => {
    now.interrupt();
    await now.code;
    const database = await openEmbedded({ dir });
    await database.stop();
    deleteEmbedded(database, parent);
    rmSync(parent, { recursive: true, force: true });
  });

  test('makes everything in a folder that was not there, and answers', async () => {
    assert.match(now.printed(), /CRON_SECRET=\S{16,}/);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    for (const file of ['secrets.json', 'database-url']) assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600);
    assert.match(now.printed(), /Put in \d+ sample records/);
    const { ADMIN_TOKEN } = JSON.parse(readFileSync(join(dir, 'secrets.json'), 'utf8'));
    const answer = await fetch(`${address}/api/records`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const { records } = (await answer.json()) as { records: unknown[] };
    assert.ok(records.length > 0);
    await sql('create table public.kept (body text)');
  });

  test('says how to trigger a tick, and that works', async () => {
    const [, header, url] = now.printed().match(/A tick by hand: curl -X POST -H (".*") (http\S+)/) ?? [];
    const said = execFileSync('sh', ['-c', `printf %s ${header}`], { cwd: ROOT, encoding: 'utf8' });
    const authorization = said.replace('Authorization: ', '');
    const answer = await fetch(`${url}?limit=1`, { method: 'POST', headers: { authorization } });
    assert.equal(answer.status, 200);
    assert.match(((await answer.json()) as { message: string }).message, /^1 of \d+ records processed/);
  });

  test('refuses a second start beside it in one sentence, and one on its port', async () => {
    const beside = start();
    assert.equal(await beside.code, 2);
    assert.match(beside.printed(), /already runs here .* set TIDEGATE_DIR and PORT/);
    const other = start({ TIDEGATE_DIR: join(parent, 'other') });
    assert.equal(await other.code, 2);
    assert.match(other.printed(), /PORT: \d+ of 127.0.0.1 is taken/);
  });

  test('starts the server again when it is killed', async () => {
    const { server } = life();
    process.kill(server.pid, 'SIGKILL');
    await until(() => !alive(server), now);
    await until(healthy, now);
    assert.match(now.printed(), /The server \(process \d+\) ended \(signal SIGKILL\)/);
  });

  test('starts the database again when it is killed, and its data is there', async () => {
    const killed = await postmaster();
    process.kill(killed, 'SIGKILL');
    await until(() => now.printed().includes(`PostgreSQL (process ${killed}) ended`), now);
    await until(
      async () =>
        await sql('select count(*)::int as answer from public.kept').then(
          (n) => n === 0,
          () => false,
        ),
      now,
    );
    await until(healthy, now);
  });

  test('goes on after its launcher was killed: the old server stops, the database stays', async () => {
    const before = life();
    const database = await postmaster();
    process.kill(before.launcher.pid, 'SIGKILL');
    await now.code;
    assert.ok(alive(before.server));
    now = start();
    await ready(now);
    assert.ok(!alive(before.server));
    assert.equal(await postmaster(), database);
    assert.doesNotMatch(now.printed(), /CRON_SECRET=/);
  });

  test('goes on after its npm was killed', async () => {
    const before = life();
    assert.ok(before.npm);
    process.kill(before.npm.pid, 'SIGKILL');
    await now.code;
    // Who verifies from now on never answers.
    far.listen(0, '127.0.0.1');
    await once(far, 'listening');
    now = start({ EXECUTOR_URL: `http://127.0.0.1:${(far.address() as AddressInfo).port}` });
    await ready(now);
    assert.ok(!alive(before.launcher));
    assert.equal(await sql('select count(*)::int as answer from public.kept'), 0);
  });

  test('stops everything on Ctrl-C, and at once when it is pressed again', async () => {
    const { launcher, server } = life();
    const database = await openEmbedded({ dir });
    const { CRON_SECRET } = JSON.parse(readFileSync(join(dir, 'secrets.json'), 'utf8')) as { CRON_SECRET: string };
    await sql("update public.records set verification_status = 'pending' where kind = 'receipt'");
    const asked = once(far, 'request');
    const headers = { authorization: `Bearer ${CRON_SECRET}`, prefer: 'respond-async' };
    assert.equal((await fetch(`${address}/api/cron/verify-records`, { method: 'POST', headers })).status, 202);
    await asked;
    now.interrupt();
    await until(() => now.printed().includes('Ctrl-C again gives it back at once'), now);
    assert.ok(alive(server), 'npm passes the interrupt on, and that is no second one');
    await sleep(600);
    const atWork = await sql("select count(*)::int as answer from tidegate.items where state = 'leased'");
    assert.ok(Number(atWork) > 0);
    now.interrupt();
    assert.equal(await now.code, 0);
    for (const process of [launcher, server]) assert.ok(!alive(process));
    assert.ok(!database.alive());
    assert.ok(!existsSync(join(dir, 'launcher.json')));
    await openEmbedded({ dir });
    assert.equal(await sql("select count(*)::int as answer from tidegate.items where state = 'leased'"), 0);
    const returned = "select count(*)::int as answer from tidegate.attempts where outcome = 'returned'";
    assert.equal(await sql(returned), atWork);
  });
});
