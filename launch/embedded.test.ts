// The embedded PostgreSQL through its lives: made, found again, adopted, and never twice, whatever was killed or left behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { deleteEmbedded, type Embedded, openEmbedded } from './embedded.ts';
import { findPlace, installedBinaries, mayEnter } from './postgres-place.ts';
import { know, waitForEnd } from './processes.ts';
import { ROOT } from './settings.ts';

const settings = { fsync: 'off' };

async function ask(url: string, statement: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

describe('an embedded PostgreSQL', () => {
  const parent = mkdtempSync(join(tmpdir(), 'tidegate-embedded-'));
  const dir = join(parent, 'new');
  let database: Embedded;
  let said: string[] = [];
  const open = async (): Promise<void> => {
    said = [];
    database = await openEmbedded({ dir, settings, log: (line) => said.push(line) });
  };

  before(async () => {
    await open();
    await ask(database.url, `create table kept as select 'safe' as body`);
  });
  after(async () => {
    await database.stop();
    deleteEmbedded(database, parent);
  });

  const assertKept = async (): Promise<void> => {
    assert.deepEqual(await ask(database.url, 'select body from kept'), { body: 'safe' });
  };

  test('listens on loopback alone, by SCRAM, in UTF-8 and the C locale', async () => {
    const asked = await ask(
      database.adminUrl,
      `select current_setting('listen_addresses') as listens, current_setting('unix_socket_directories') as sockets,
              current_setting('server_encoding') as encoding, (select datcollate from pg_database where datname = 'tidegate') as locale,
              (select string_agg(distinct auth_method, ' ') from pg_hba_file_rules) as auth,
              (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'tidegate') as scram`,
    );
    const expected = {
      listens: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      locale: 'C',
      auth: 'scram-sha-256',
      scram: true,
    };
    assert.deepEqual(asked, expected);
    const wrong = database.url.replace(/:[0-9a-f]+@/, ':wrong@');
    await assert.rejects(ask(wrong, 'select 1'), { code: '28P01' });
  });

  test('gives the application a role of its own that is no superuser but owns its database', async () => {
    const role = `select rolsuper from pg_roles where rolname = current_user`;
    assert.deepEqual(await ask(database.url, role), { rolsuper: false });
    await ask(database.url, 'create schema made');
  });

  test('keeps its folders and the password to its owner', () => {
    assert.equal(mode(dir), 0o700);
    assert.equal(mode(join(database.folder, 'data')), 0o700);
    assert.equal(mode(join(database.folder, 'postgres.log')), 0o600);
    assert.equal(mode(join(dir, 'database-url')), 0o600);
    assert.equal(readFileSync(join(dir, 'database-url'), 'utf8').trim(), database.url);
  });

  test('does not run as root', () => {
    const owner = statSync(join(database.folder, 'data')).uid;
    assert.notEqual(owner, 0);
    if (existsSync(`/proc/${database.pid}`)) assert.equal(statSync(`/proc/${database.pid}`).uid, owner);
  });

  test('keeps its port and its data over an orderly stop', async () => {
    const { url } = database;
    await database.stop();
    assert.equal(database.alive(), false);
    await open();
    assert.equal(database.url, url);
    assert.equal(database.adopted, false);
    await assertKept();
  });

  test('is adopted when whoever started it was killed', async () => {
    await database.stop();
    const script = `import { openEmbedded } from './launch/embedded.ts';
      const { pid } = await openEmbedded({ dir: ${JSON.stringify(dir)} }); console.log(pid); setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    starter.stdout.setEncoding('utf8').on('data', (text: string) => resolve(Number(text)));
    const pid = await promise;
    starter.kill('SIGKILL');
    await open();
    assert.equal(database.pid, pid);
    assert.equal(database.adopted, true);
    assert.match(said.join(), /still running/);
    await assertKept();
  });

  test('comes back after its own kill -9, also while a session of it was at work', async () => {
    const busy = ask(database.url, 'select pg_sleep(60)').catch(() => {});
    await ask(database.url, 'select 1');
    const killed = know(database.pid);
    process.kill(database.pid, 'SIGKILL');
    assert.ok(killed !== null && (await waitForEnd(killed, 5_000)));
    await open();
    assert.notEqual(database.pid, killed.pid);
    await assertKept();
    await busy;
  });

  for (const [what, content] of [
    ['names a living stranger', (old: string) => old.replace(/^\d+/, String(process.pid))],
    ['is empty', () => ''],
    ['names nobody', (old: string) => old.replace(/^\d+/, '2147480000')],
  ] as const) {
    test(`starts over a pid file that ${what}`, async () => {
      const file = join(database.folder, 'data/postmaster.pid');
      const old = readFileSync(file, 'utf8');
      await database.stop();
      writeFileSync(file, content(old));
      chownLike(file, join(database.folder, 'data'));
      await open();
      await assertKept();
    });
  }

  test('moves to another port when its own is taken, and says so where commands look', async () => {
    const port = Number(new URL(database.url).port);
    await database.stop();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen({ port, host: '127.0.0.1' }, resolve));
    await open();
    stranger.close();
    assert.notEqual(Number(new URL(database.url).port), port);
    assert.equal(readFileSync(join(dir, 'database-url'), 'utf8').trim(), database.url);
    await assertKept();
  });

  test('loses no data with its password: inside TIDEGATE_DIR it gets a new one, outside the data is set aside', async () => {
    await database.stop();
    rmSync(join(dir, 'database-url'));
    await open();
    if (!database.apart) return await assertKept();
    const aside = said.join('\n').match(/now lies in (\S+)\.$/m)?.[1];
    assert.ok(aside !== undefined && existsSync(join(aside, 'PG_VERSION')));
  });
});

describe('as root', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  test('runs as the owner of TIDEGATE_DIR, with the data inside, where that is somebody else', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tidegate-owned-'));
    chownSync(dir, 65_534, 65_534);
    const database = await openEmbedded({ dir, settings });
    try {
      assert.equal(database.folder, join(dir, 'postgres'));
      assert.equal(statSync(join(dir, 'postgres/data')).uid, 65_534);
      assert.equal(statSync(join(dir, 'database-url')).uid, 65_534);
    } finally {
      await database.stop();
      deleteEmbedded(database, dir);
    }
  });

  test('copies the binaries out of a home that nobody else may enter, and makes the links that npm left out', () => {
    const home = mkdtempSync(join(tmpdir(), 'tidegate-home-'));
    const { native, version } = installedBinaries();
    cpSync(native, join(home, 'native'), { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    const place = findPlace(home, { native: join(home, 'native'), version });
    try {
      assert.ok(place.apart && place.folder.startsWith('/var/lib/tidegate/'));
      assert.ok(place.binaries.startsWith(`${place.folder}/`));
      assert.ok(place.user !== null && place.user.uid !== 0);
      assert.equal(statSync(place.folder).uid, place.user.uid);
    } finally {
      rmSync(place.folder, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    }
  });

  const open = mayEnter(ROOT, { uid: 65_534, gid: 65_534 });
  test('is not needed: an ordinary user has it all in TIDEGATE_DIR', {
    skip: open ? false : 'closed to others',
  }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tidegate-user-'));
    chownSync(dir, 65_534, 65_534);
    const script = `import { openEmbedded } from './launch/embedded.ts';
      const database = await openEmbedded({ dir: ${JSON.stringify(dir)}, settings: { fsync: 'off' } });
      console.log(database.folder); await database.stop();`;
    const user = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      uid: 65_534,
      gid: 65_534,
      env: { PATH: process.env.PATH },
    });
    let printed = '';
    user.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await new Promise((resolve) => user.on('close', resolve));
    rmSync(dir, { recursive: true, force: true });
    assert.equal(printed.trim(), join(dir, 'postgres'));
  });
});

function chownLike(path: string, model: string): void {
  const { uid, gid } = statSync(model);
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}
