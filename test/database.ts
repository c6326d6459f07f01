// Databases for tests, on the one cluster that `npm test` starts: a fresh one for each test file, empty or cloned from a
// template that is migrated once a run. Knows nothing of what is in them.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import pg from 'pg';

/** Anything that runs a function at its end: a test's context, or `{ after }` from node:test for a whole file. */
export interface Scope {
  after(fn: () => Promise<void>): void;
}

/** A database everybody may clone: `build` fills it, once in a run, however many files ask. It must leave no connection open. */
export interface Template {
  /** a-z, 0-9 and _; the same name means the same content. */
  readonly name: string;
  build(url: string): Promise<void>;
}

/** A pooler keeps its connections open for longer than the tests through it last. */
const FORCE = process.env.TIDEGATE_TEST_POOLER_PORT === undefined ? '' : ' with (force)';
const mine = new Set<string>();
process.on('beforeExit', () => {
  if (mine.size > 0) void dropMine();
});

/**
 * Makes a database and returns its URL (superuser, no pool: the test opens what it needs, and closes it). It is dropped when the
 * scope ends, or, where connections are still open then, when the process does.
 */
export async function testDatabase(
  scope: Scope,
  options: { template?: Template } = {},
): Promise<{ url: string; name: string }> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  if (options.template === undefined) {
    await administer((client) => client.query(`create database ${name} template template0`));
  } else {
    const template = await readyTemplate(options.template);
    await administer((client) => client.query(`create database ${name} template ${template}`));
  }
  mine.add(name);
  scope.after(async () => {
    await administer((client) => client.query(`drop database ${name}${FORCE}`)).then(
      () => mine.delete(name),
      () => {},
    );
  });
  return { url: urlOf(name), name };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen({ port: 0, host: '127.0.0.1' }, () => {
    const address = server.address();
    server.close(() =>
      address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
    );
  });
  return await promise;
}

/** Builds the template under a lock of the cluster, unless another file has; it counts as built once nobody can connect to it. */
async function readyTemplate(template: Template): Promise<string> {
  const name = `template_${template.name}`;
  await administer(async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const found = await client.query('select datallowconn from pg_database where datname = $1', [name]);
    if (found.rows[0]?.datallowconn === false) return;
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template template0`);
    await template.build(urlOf(name));
    await client.query(`alter database ${name} with allow_connections false`);
  });
  return name;
}

async function dropMine(): Promise<void> {
  const names = [...mine];
  mine.clear();
  await administer(async (client) => {
    for (const name of names) await client.query(`drop database if exists ${name} with (force)`);
  }).catch(() => {});
}

async function administer(act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

function urlOf(name: string): string {
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  return url.href;
}

function clusterUrl(): string {
  const url = process.env.TIDEGATE_TEST_DATABASE_URL;
  if (url === undefined || url === '') throw new Error('No test cluster: run "npm test -- part-of-the-file-name".');
  return url;
}
