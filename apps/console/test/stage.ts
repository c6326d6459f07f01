/**
 * What the console's tests stand on: a migrated database of their own, a store in a temporary folder, an environment,
 * and route handlers called with real requests. Nothing here asserts anything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Scope, type Template, testDatabase } from '../../../test/database.ts';
import { prepare } from '../lib/prepare.ts';
import { closeVerifier } from '../lib/reading.ts';

export const adminToken = 'the-operator-knows-this';
export const cronSecret = 'the-clock-knows-this-one';
export const executorSecret = 'both-ends-know-this-one';

/** A stage for one test file. */
export interface Stage {
  readonly url: string;
  readonly store: string;
  readonly sql: pg.Pool;
}

/** A database with the console's schema, cloned for each file. */
export const migrated: Template = {
  name: 'console',
  build: async (url) => {
    await prepare({
      databaseUrl: url,
      attachments: { folder: '/nowhere' },
      seed: 'none',
      records: true,
      log: () => {},
    });
  },
};

/** Sets the stage: environment, database and store, taken down when the scope ends. */
export async function setStage(scope: Scope, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  let sql: pg.Pool | undefined;
  const store = await mkdtemp(join(tmpdir(), 'tidegate-store-'));
  // First in, first out: a database cannot be dropped while anybody is connected.
  scope.after(async () => {
    await sql?.end();
    await closeVerifier();
    await forgetProcess();
    await rm(store, { recursive: true, force: true });
  });
  const { url } = await testDatabase(scope, { template: migrated });
  Object.assign(process.env, {
    DATABASE_URL: url,
    ATTACHMENTS_URL: `file:${store}`,
    ADMIN_TOKEN: adminToken,
    CRON_SECRET: cronSecret,
    EXECUTOR_SECRET: executorSecret,
    LOG_LEVEL: 'error',
    ...env,
  });
  sql = new pg.Pool({ connectionString: url, max: 4, allowExitOnIdle: true });
  return { url, store, sql };
}

/** Ends the pool and forgets the gate, so that the next call reads the environment anew. */
export async function forgetProcess(): Promise<void> {
  const shelf = globalThis as { [key: symbol]: unknown };
  const pool = shelf[Symbol.for('tidegate.pool')] as pg.Pool | undefined;
  delete shelf[Symbol.for('tidegate.pool')];
  delete shelf[Symbol.for('tidegate.gate.verify-records')];
  delete shelf[Symbol.for('tidegate.console.wrong-tokens')];
  await pool?.end();
}

/** Runs `act` with other variables; one that is undefined is taken away. */
export async function withEnvironment<T>(
  env: Readonly<Record<string, string | undefined>>,
  act: () => Promise<T>,
): Promise<T> {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  const set = (values: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(env);
  try {
    return await act();
  } finally {
    set(before);
  }
}

type Method = 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS';
type RouteModule = Partial<
  Record<Method, (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>>
>;

/** How a call differs from an operator's plain one. `as: null` sends no credentials. */
export interface Call {
  readonly method?: Method;
  readonly query?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly as?: 'admin' | 'cron' | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: BodyInit;
}

/** Calls a route's handler by its folder under `app/api`, with a real request. */
export async function call(route: string, given: Call = {}): Promise<Response> {
  const { method = 'GET', query = '', params = {}, as = 'admin', headers = {}, json, body } = given;
  const module = (await import(`../app/api/${route}/route.ts`)) as RouteModule;
  const handler = module[method];
  if (handler === undefined) throw new Error(`${route} has no ${method}.`);
  const path = route.replace(/\[(\w+)\]/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const token = { admin: adminToken, cron: cronSecret };
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: {
      host: 'console.test',
      ...(as === null ? {} : { authorization: `Bearer ${token[as]}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  };
  const payload = json === undefined ? body : JSON.stringify(json);
  if (payload !== undefined) Object.assign(init, { body: payload, duplex: 'half' });
  const request = new Request(`http://console.test/api/${path}${query}`, init);
  return await handler(request, { params: Promise.resolve({ ...params }) });
}

/** The status and the parsed body of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it likes.
export async function read(response: Response): Promise<{ status: number; body: any; headers: Headers }> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
}

/** Inserts a record by plain SQL, with as many attachments as paths, and returns its id. */
export async function insertRecord(
  { sql }: Pick<Stage, 'sql'>,
  record: {
    claims?: object;
    status?: string;
    submitted?: boolean;
    paths?: readonly string[];
    minutesOld?: number;
  } = {},
): Promise<string> {
  const { claims = { company: 'ACME' }, status = 'pending', submitted = false, minutesOld = 0 } = record;
  const { rows } = await sql.query<{ id: string }>(
    `insert into public.records (kind, claims, verification_status, submitted_at, created_at)
     values ('receipt', $1, $2, case when $3 then now() end, clock_timestamp() - $4 * interval '1 minute')
     returning id`,
    [claims, status, submitted, minutesOld],
  );
  const id = rows[0]?.id ?? '';
  for (const path of record.paths ?? ['a.jpg']) {
    await sql.query('insert into public.attachments (record_id, path) values ($1, $2)', [id, path]);
  }
  return id;
}
