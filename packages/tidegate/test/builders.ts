// What the engine's tests build: a database with a foreign table under a gate, a far end that is a real HTTP server with
// a script of answers, and counts of what was asked and written.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { type Scope, type Template, testDatabase } from '../../../test/database.ts';
import { createGate } from '../src/gate.ts';
import { httpWork } from '../src/http.ts';
import { migrate } from '../src/migrate.ts';
import type { Gate, GateOptions, Limits } from '../src/types.ts';

/** A gate's usual apply over `applications`: guards the status and compares the revision. */
export const APPLY = `
  update public.applications a set status = s.body->>'verdict', verdict = s.body, written = a.written + 1
  from settled s
  where a.id = s.key and a.status = 'pending' and a.revision::text = s.revision
  returning s.key`;

const TEMPLATE: Template = {
  name: 'applications',
  async build(url) {
    await migrate({ url });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`
      create table public.applications (
        id uuid primary key default gen_random_uuid(), company text not null default 'ACME', status text not null default 'pending',
        submitted boolean not null default false, attached boolean not null default true, revision bigint not null default 1,
        verdict jsonb, written int not null default 0, created_at timestamptz not null default clock_timestamp());
      create index on public.applications (created_at, id) where status = 'pending';
      create view tidegate.verify_applications with (security_invoker = true) as
        select a.id as key, a.created_at as position,
          case when a.submitted then 'already submitted' when not a.attached then 'no attachment' end as skip,
          a.revision::text as revision, jsonb_build_object('company', a.company) as payload
        from public.applications a where a.status = 'pending'`);
    await client.end();
  },
};

/** A fresh database with the applications and their view. */
export async function scene(scope: Scope): Promise<Scene> {
  // Hooks run in the order of their making: the connections have to end before the database is dropped.
  const open: { end(): Promise<void> }[] = [];
  scope.after(async () => {
    await Promise.allSettled(open.map((pool) => pool.end()));
  });
  const { url: direct } = await testDatabase(scope, { template: TEMPLATE });
  const url = pooled(direct);
  const another = (max: number): pg.Pool => {
    const pool = poolOn(url, max);
    open.push(pool);
    return pool;
  };
  const pool = another(5);
  // The test's own eyes and hands: filling a table takes as long as it takes.
  const watcher = poolOn(direct, 3, 60_000);
  open.push(watcher);
  const rows = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await watcher.query(text, values)).rows as Row[];
  return {
    url,
    pool,
    another,
    own: (pool) => {
      open.push(pool);
      return pool;
    },
    rows,
    one: async (text, values) => {
      const [row] = await rows<Record<string, never>>(text, values);
      return row === undefined ? (undefined as never) : (Object.values(row)[0] as never);
    },
    add: async (count, columns = {}) => {
      const names = Object.keys(columns);
      const ids = await rows<{ id: string }>(
        `insert into public.applications (created_at${names.map((name) => `, ${name}`).join('')})
         select clock_timestamp() + n * interval '1 microsecond'${names.map((_, n) => `, $${n + 2}`).join('')}
         from generate_series(1, $1::int) n order by n returning id`,
        [count, ...Object.values(columns)],
      );
      return ids.map(({ id }) => id);
    },
    gate: (work, more = {}) => gateOn(pool, work, more),
  };
}

/** Through the pooler, where `faults-pooler` runs these tests a second time through one. */
function pooled(url: string): string {
  const port = process.env.TIDEGATE_TEST_POOLER_PORT;
  return port === undefined ? url : Object.assign(new URL(url), { port }).href;
}

export interface Scene {
  /** What the gates connect to; the test's own eyes and hands go to the server itself. */
  readonly url: string;
  readonly pool: pg.Pool;
  /** One more pool, as another instance would have. */
  another(max: number): pg.Pool;
  /** A pool made elsewhere that has to end before the database is dropped. */
  own<Pool extends { end(): Promise<void> }>(pool: Pool): Pool;
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  one<Value>(text: string, values?: unknown[]): Promise<Value>;
  add(count: number, columns?: Record<string, unknown>): Promise<string[]>;
  gate(work: GateOptions<unknown, unknown>['work'], more?: Partial<GateOptions<unknown, unknown>>): Gate;
}

export function poolOn(url: string, max: number, queryTimeoutMs = 5_000): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    query_timeout: queryTimeoutMs,
    connectionTimeoutMillis: 5_000,
  });
  pool.on('error', () => {});
  return pool;
}

/** Limits under which a test need not wait. */
export const BRISK: Partial<Limits> = {
  attemptTimeoutMs: 10_000,
  runDeadlineMs: 60_000,
  backoffMs: 1,
  backoffMaxMs: 1,
};

export function gateOn(
  database: pg.Pool,
  work: GateOptions<unknown, unknown>['work'],
  { limits, ...more }: Partial<GateOptions<unknown, unknown>> = {},
): Gate {
  return createGate({
    name: 'verify-applications',
    work,
    apply: APPLY,
    database,
    ...more,
    limits: { ...BRISK, ...limits },
  });
}

/** How the far end answers one call. */
export type Script = (call: { recordId: string; attempt: number; nth: number }) => Reply | Promise<Reply>;
export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Record<string, string>;
  readonly delayMs?: number;
  /** Cut the connection instead of answering. */
  readonly cut?: boolean;
}

export interface FarEnd {
  readonly url: string;
  readonly work: GateOptions<unknown, unknown>['work'];
  /** Calls by record, in the order in which they came. */
  readonly calls: { recordId: string; attempt: number; headers: IncomingMessage['headers'] }[];
  readonly openMax: number;
  readonly open: number;
  script: Script;
  countOf(recordId: string): number;
  stop(): Promise<void>;
}

/** A real HTTP server on loopback that plays the AI. */
export async function farEnd(scope: Scope, script: Script = () => ({})): Promise<FarEnd> {
  const calls: FarEnd['calls'] = [];
  const state = { open: 0, openMax: 0, script };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { recordId, attempt } = JSON.parse(Buffer.concat(chunks).toString()) as { recordId: string; attempt: number };
    calls.push({ recordId, attempt, headers: request.headers });
    state.open += 1;
    state.openMax = Math.max(state.openMax, state.open);
    try {
      const nth = calls.filter((call) => call.recordId === recordId).length;
      const reply = await state.script({ recordId, attempt, nth });
      if (reply.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
      if (reply.cut === true) return void request.socket.destroy();
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
      response.end(reply.raw ?? JSON.stringify(reply.body ?? { verdict: 'verified' }));
    } finally {
      state.open -= 1;
    }
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  scope.after(stop);
  return {
    url,
    work: httpWork(url) as GateOptions<unknown, unknown>['work'],
    calls,
    get openMax() {
      return state.openMax;
    },
    get open() {
      return state.open;
    },
    get script() {
      return state.script;
    },
    set script(next: Script) {
      state.script = next;
    },
    countOf: (recordId) => calls.filter((call) => call.recordId === recordId).length,
    stop,
  };
}
