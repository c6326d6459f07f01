// The small steps of a start, each by itself: secrets, settings, the machine's checks, the clock, the guard, and whom a start may
// stop.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { freePort } from '../test/database.ts';
import { checkAttachments, checkFolder, checkMemory, checkPort, refusedDatabase } from './checks.ts';
import { startClock } from './clock.ts';
import { beginLife, endLife, launcherId } from './lives.ts';
import { alive, know } from './processes.ts';
import { Refusal } from './refusal.ts';
import { openSecrets } from './secrets.ts';
import { ROOT, readLaunchSettings } from './settings.ts';

const parent = mkdtempSync(join(tmpdir(), 'tidegate-steps-'));
after(() => rmSync(parent, { recursive: true, force: true }));

let folders = 0;
function newFolder(): string {
  const dir = join(parent, String(++folders));
  mkdirSync(dir, { mode: 0o700 });
  return dir;
}

describe('secrets', () => {
  const none = { CRON_SECRET: undefined, ADMIN_TOKEN: undefined };

  test('are generated once and kept for their owner alone', () => {
    const dir = newFolder();
    const first = openSecrets(dir, none);
    assert.deepEqual(Object.keys(first.generated), ['CRON_SECRET', 'ADMIN_TOKEN']);
    assert.ok((first.secrets.CRON_SECRET ?? '').length >= 16);
    assert.equal(statSync(join(dir, 'secrets.json')).mode & 0o777, 0o600);
    assert.deepEqual(openSecrets(dir, none), { secrets: first.secrets, generated: {} });
  });

  test('given by the environment win and are not written down', () => {
    const dir = newFolder();
    const { secrets, generated } = openSecrets(dir, { ...none, CRON_SECRET: 'from the environment' });
    assert.equal(secrets.CRON_SECRET, 'from the environment');
    assert.deepEqual(Object.keys(generated), ['ADMIN_TOKEN']);
    assert.doesNotMatch(readFileSync(join(dir, 'secrets.json'), 'utf8'), /environment/);
  });

  test('set to nothing stay unset, even where one was generated before', () => {
    const dir = newFolder();
    openSecrets(dir, none);
    for (const CRON_SECRET of ['', '  '])
      assert.equal(openSecrets(dir, { ...none, CRON_SECRET }).secrets.CRON_SECRET, undefined);
  });

  test('that cannot be read are refused by the name of the file', () => {
    const dir = newFolder();
    writeFileSync(join(dir, 'secrets.json'), '{');
    assert.throws(() => openSecrets(dir, none), /secrets\.json is not JSON.*TIDEGATE_DIR/);
  });
});

describe('a start refuses in a sentence that names the variable', () => {
  test('for every wrong variable at once', async () => {
    const wrong = { CRON_SCHEDULE: 'now and then', PORT: 'three', TIME_ZONE: 'Atlantis', CRON_SECRET: 'short' };
    await assert.rejects(readLaunchSettings(wrong), (cause: Error) => {
      assert.ok(cause instanceof Refusal);
      for (const name of Object.keys(wrong)) assert.match(cause.message, new RegExp(`^${name}: `, 'm'));
      return true;
    });
  });

  test('for a taken port and for an address that is not ours', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await assert.rejects(checkPort(port, '127.0.0.1'), { name: 'Refusal', message: /^PORT: .* set PORT/ });
    await assert.rejects(checkPort(port, '192.0.2.1'), { name: 'Refusal', message: /^HOST: / });
    server.close();
  });

  test('for a folder that cannot be written, and for too little memory', () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    assert.throws(() => checkFolder(join(file, 'below')), { name: 'Refusal', message: /^TIDEGATE_DIR: / });
    assert.throws(() => checkFolder(file), { name: 'Refusal', message: /^TIDEGATE_DIR: .* no folder/ });
    assert.notEqual(statSync(file).mode & 0o777, 0o700, 'what is no folder of ours keeps its mode');
    assert.throws(() => checkAttachments(file), { name: 'Refusal', message: /^ATTACHMENTS_URL: .* no folder/ });
    checkAttachments(join(newFolder(), 'made', 'with', 'what is above it'));
    assert.throws(() => checkMemory(512_000_000), { name: 'Refusal', message: /512 MB .* DATABASE_URL/ });
    checkMemory(2_000_000_000);
  });
});

test('a start refuses a folder in a file system that takes none, instead of trying for ever', {
  skip: process.platform !== 'linux',
}, () => {
  assert.throws(() => checkFolder('/proc/tidegate/below'), { name: 'Refusal', message: /^TIDEGATE_DIR: / });
  assert.throws(() => checkAttachments('/proc/tidegate'), { name: 'Refusal', message: /^ATTACHMENTS_URL: / });
});

test('a start refuses a database that cannot be used, and knows other failures from it', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', '28P01', '3D000', '08006']) {
    const refused = refusedDatabase(Object.assign(new Error('no'), { code }), 'POSTGRES_URL');
    assert.ok(refused instanceof Refusal, code);
    assert.match(refused.message, /^POSTGRES_URL: the database cannot be used \(no\)\.$/);
  }
  const several = new AggregateError([new Error('connect ECONNREFUSED ::1:1')], '');
  assert.match(String(refusedDatabase(Object.assign(several, { code: 'ECONNREFUSED' }), 'DATABASE_URL')), /::1:1/);
  const other = Object.assign(new Error('no room'), { code: 'ENOSPC' });
  assert.equal(refusedDatabase(other, 'DATABASE_URL'), other);
});

test('empty settings are the defaults, and paths are meant from the root', async () => {
  const settings = await readLaunchSettings({ PORT: '', CRON_SCHEDULE: '', DATABASE_URL: '', CRON_SECRET: '' });
  assert.equal(settings.port, 3000);
  assert.equal(settings.schedule, '*/5 * * * *');
  assert.equal(settings.databaseUrl, null);
  assert.equal(settings.dir, join(ROOT, '.tidegate'));
  assert.equal((await readLaunchSettings({ CRON_SCHEDULE: 'off' })).schedule, null);
});

describe('the clock', () => {
  test('calls with the bearer and says what was answered', async () => {
    const answers: [number, string][] = [
      [200, '{"message":"4 of 143 records processed"}'],
      [401, '{"error":{"code":"unauthorized","message":"Not you."}}'],
      [502, '<html>'],
    ];
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.headers.authorization}`);
      const [status, body] = answers.shift() ?? [500, ''];
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const lines: string[] = [];
    const options = {
      secret: 'secret',
      schedule: null,
      timeZone: 'UTC',
      timeoutMs: 5_000,
      log: (line: string) => lines.push(line),
    };
    const clock = startClock({ url: `http://127.0.0.1:${port}/tick`, ...options });
    for (let tick = 0; tick < 3; tick++) await clock.tick();
    server.close();
    await once(server, 'close');
    await clock.tick();
    assert.deepEqual(lines.slice(0, 3), [
      'Tick: 4 of 143 records processed',
      'Tick: status 401 unauthorized Not you.',
      'Tick: status 502',
    ]);
    assert.match(lines[3] ?? '', /^Tick: .*ECONNREFUSED/);
    assert.deepEqual(new Set(seen), new Set(['POST Bearer secret']));
    clock.stop();
  });

  test('knows its next tick in the time zone of the settings', () => {
    const options = { url: 'http://127.0.0.1:1/', secret: '', timeoutMs: 1, log: () => {} };
    const clock = startClock({ ...options, schedule: '0 0 * * *', timeZone: 'Asia/Seoul' });
    assert.equal(clock.next()?.getUTCHours(), 15);
    clock.stop();
  });
});

describe('a new life', () => {
  test('stops the server that a killed launcher left, but no stranger who has its number now', async () => {
    for (const [born, survives] of [
      ['another', true],
      [null, false],
    ] as const) {
      const dir = newFolder();
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
      await once(child, 'spawn');
      const server = know(child.pid ?? 0);
      assert.ok(server !== null);
      const launcher = { pid: server.pid, born: 'dead' };
      const record = { launcher, npm: null, server: { pid: server.pid, born: born ?? server.born } };
      writeFileSync(join(dir, 'launcher.json'), JSON.stringify(record));
      await beginLife(dir, () => {});
      assert.equal(alive(server), survives);
      child.kill('SIGKILL');
      endLife(dir);
    }
  });

  test('has the name of the last one', () => {
    const dir = newFolder();
    assert.equal(launcherId(dir), launcherId(dir));
  });
});

test('an older Node is told in one sentence what to do', async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}})`;
  const args = ['--import', pretend, join(ROOT, 'launch/guard.mjs'), 'launch/start.ts'];
  const told = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  assert.equal(told.status, 2);
  assert.match(told.stderr, /^Tidegate needs Node 22\.18 or later and this is 20\.19\.0: .*\n$/);
});

test('a free port is free', async () => {
  await checkPort(await freePort(), '127.0.0.1');
});
