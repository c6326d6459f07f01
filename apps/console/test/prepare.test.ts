/** Making a database ready: once, by ten at the same time, and never over somebody else's tables. */
import assert from 'node:assert/strict';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import pg from 'pg';
import { testDatabase } from '../../../test/database.ts';
import { isHealthy } from '../lib/health.ts';
import { prepare } from '../lib/prepare.ts';
import { forgetProcess, withEnvironment } from './stage.ts';

const store = await mkdtemp(join(tmpdir(), 'tidegate-store-'));
after(() => rm(store, { recursive: true, force: true }));

interface Fresh {
  readonly url: string;
  readonly sql: pg.Pool;
  readonly log: string[];
  prepare(given?: { seed?: 'samples' | 'none'; records?: boolean }): ReturnType<typeof prepare>;
}

async function fresh(): Promise<Fresh> {
  let opened: pg.Pool | undefined;
  after(() => opened?.end());
  const { url } = await testDatabase({ after });
  const sql = new pg.Pool({ connectionString: url, max: 2, allowExitOnIdle: true });
  opened = sql;
  const log: string[] = [];
  return {
    url,
    sql,
    log,
    prepare: async ({ seed = 'samples', records = true } = {}) =>
      await prepare({
        databaseUrl: url,
        directUrl: url,
        attachments: { folder: store },
        seed,
        records,
        log: (line) => log.push(line),
      }),
  };
}

async function count(sql: pg.Pool, table: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]?.count ?? -1;
}

describe('preparing an empty database', () => {
  it('migrates and seeds once, also when ten instances start at once', async () => {
    const one = await fresh();
    const prepared = await Promise.all(Array.from({ length: 10 }, () => one.prepare()));
    const seeded = prepared.map(({ seeded }) => seeded).sort((a, b) => b - a);
    assert.ok((seeded[0] ?? 0) > 20);
    assert.deepEqual(seeded.slice(1), Array(9).fill(0));
    assert.equal(await count(one.sql, 'public.records'), seeded[0]);
    assert.equal((await one.prepare()).seeded, 0);
    await one.sql.query('delete from public.records');
    assert.equal((await one.prepare()).seeded, 0, 'once in a database’s life');
  });

  it('puts in records of every sort, oldest first, with their files', async () => {
    const { sql } = await fresh().then(async (one) => {
      await one.prepare();
      return one;
    });
    const { rows } = await sql.query<{ path: string; sha256: string | null }>(
      'select distinct path, sha256 from public.attachments',
    );
    for (const { path, sha256 } of rows) {
      const there = await access(join(store, path)).then(
        () => true,
        () => false,
      );
      assert.equal(there, sha256 !== null, path);
    }
    assert.equal(rows.filter(({ sha256 }) => sha256 === null).length, 1, 'one is missing on purpose');
    const { rows: sorts } = await sql.query<{ skip: string | null; count: number }>(
      'select skip, count(*)::int as count from tidegate.verify_records group by skip order by skip',
    );
    assert.deepEqual(
      sorts.map(({ skip }) => skip),
      ['already submitted', 'no attachment', null],
    );
    const { rows: times } = await sql.query('select count(distinct created_at)::int as times from public.records');
    assert.equal(times[0].times, await count(sql, 'public.records'));
  });

  it('puts nothing in where it is not asked to, or where records are', async () => {
    const one = await fresh();
    assert.equal((await one.prepare({ seed: 'none' })).seeded, 0);
    await one.sql.query(`insert into public.records (kind, claims) values ('receipt', '{}')`);
    const { seeded, records, notes } = await one.prepare();
    assert.deepEqual([seeded, records], [0, true]);
    assert.match(notes.join(), /records already/);
    assert.equal(await count(one.sql, 'public.records'), 1);
  });
});

describe('with records off', () => {
  it('makes the schemas and no table in public', async () => {
    const one = await fresh();
    await one.prepare({ records: false });
    const { rows } = await one.sql.query(
      `select to_regclass('public.records') as records, to_regclass('tidegate.verify_records') as source,
         to_regclass('tidegate_console.sessions')::text as sessions`,
    );
    assert.deepEqual(rows[0], { records: null, source: null, sessions: 'tidegate_console.sessions' });
  });

  it('can be turned on later', async () => {
    const one = await fresh();
    await one.prepare({ records: false });
    assert.ok((await one.prepare()).seeded > 20);
  });
});

describe('a public.records that is not ours', () => {
  it('is left alone, said so, and no record route is there', async () => {
    const one = await fresh();
    await one.sql.query('create table public.records (id int primary key, artist text)');
    await one.sql.query(`insert into public.records values (1, 'somebody')`);
    const { seeded, records, notes } = await one.prepare();
    assert.deepEqual([seeded, records], [0, false]);
    assert.match(notes.join('\n'), /public\.records in this database is not Tidegate's/);
    assert.match(one.log.join('\n'), /RECORDS=off/);
    const { rows } = await one.sql.query('select * from public.records');
    assert.deepEqual(rows, [{ id: 1, artist: 'somebody' }]);
    assert.equal((await one.prepare()).seeded, 0);
    await forgetProcess();
    const env = {
      DATABASE_URL: one.url,
      ADMIN_TOKEN: 'the-operator-knows-this',
      CRON_SECRET: 'the-clock-knows-this-one',
      SEED: 'samples',
    };
    await withEnvironment(env, async () => {
      const { call, read } = await import('./stage.ts');
      assert.equal((await call('records')).status, 404);
      assert.equal((await call('cron/verify-records', { as: 'cron' })).status, 404, 'there is nothing to tick for');
      assert.equal((await call('cron/verify-records', { as: null })).status, 401);
      assert.deepEqual((await read(await call('gates'))).body, { gates: [] });
      assert.equal(await isHealthy(), true, 'there is nothing to wait for');
      await forgetProcess();
    });
  });
});

describe('health', () => {
  it('is not there before migrations and samples are in, and there after', async () => {
    const one = await fresh();
    await withEnvironment({ DATABASE_URL: one.url, SEED: 'samples', RECORDS: 'on' }, async () => {
      await forgetProcess();
      assert.equal(await isHealthy(), false);
      await one.prepare({ seed: 'none' });
      assert.equal(await isHealthy(), false);
      await one.prepare();
      assert.equal(await isHealthy(), true);
      await forgetProcess();
    });
  });
});
