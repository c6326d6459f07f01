// Databases for tests: apart from each other, cloned from a template that is built once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { testDatabase } from './database.ts';

test('a template is built once, however many ask at the same time, and each gets a database of its own', async (t) => {
  let built = 0;
  const template = {
    name: 'once',
    build: async (url: string) => {
      built++;
      await ask(url, 'create table notes (body text)');
    },
  };
  const [one, two] = await Promise.all([testDatabase(t, { template }), testDatabase(t, { template })]);
  await ask(one.url, `insert into notes values ('only here')`);
  assert.equal(built, 1);
  assert.equal(await ask(one.url, 'select count(*)::int as answer from notes'), 1);
  assert.equal(await ask(two.url, 'select count(*)::int as answer from notes'), 0);
});

async function ask(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}
