/**
 * The application's own traffic: a process that sends 200 small statements a second over four connections, reads and writes
 * mixed, and tries a new connection every second; it tells how long they took. Started by `openTraffic`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RATE = 200;
const CONNECTIONS = 4;
const ORDERS = 10_000;
const CONNECT_EVERY_MS = 1_000;

/** What was seen between `begin` and `end`. */
export interface Traffic {
  /** From sending a statement, a wait for a connection included, until its answer, ms. */
  readonly ms: readonly number[];
  readonly errors: number;
  readonly connectionsTried: number;
  readonly connectionsRefused: number;
}

/** Running traffic; it flows from the start, and what comes between `begin` and `end` is told. */
export interface TrafficProcess {
  begin(): Promise<void>;
  end(): Promise<Traffic>;
  close(): Promise<void>;
}

/** The tables that it works on. */
export const TRAFFIC_TABLES = `
create table public.orders (id int primary key, customer text not null, amount int not null, paid_at timestamptz);
create table public.visits (id bigint generated always as identity primary key, order_id int not null, at timestamptz not null);
insert into public.orders select n, 'Customer ' || n, n * 10 from generate_series(1, ${ORDERS}) n;`;

/** Starts the traffic in a process of its own. */
export async function openTraffic(url: string): Promise<TrafficProcess> {
  const child: ChildProcess = fork(import.meta.filename, ['traffic', url]);
  await once(child, 'message');
  const ask = async (word: 'begin' | 'end'): Promise<unknown> => {
    child.send(word);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return {
    async begin() {
      await ask('begin');
    },
    end: async () => (await ask('end')) as Traffic,
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

if (process.argv[1] === import.meta.filename && process.argv[2] === 'traffic') await flow(process.argv[3] ?? '');

async function flow(url: string): Promise<void> {
  const fresh = () => ({ ms: [] as number[], errors: 0, connectionsTried: 0, connectionsRefused: 0 });
  let seen = fresh();
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, idleTimeoutMillis: 0 });
  pool.on('error', () => {});
  await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.query('select pg_sleep(0.05)')));
  process.on('disconnect', () => process.exit(0));
  process.on('message', (word) => {
    const told = seen;
    seen = fresh();
    process.send?.(word === 'end' ? told : 'ok');
  });
  process.send?.('ready');
  void connectNowAndThen(url, () => seen);
  const startedAt = performance.now();
  for (let n = 0; ; n += 1) {
    const waitMs = startedAt + (n * 1_000) / RATE - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const sentAt = performance.now();
    void send(pool, n).then(
      () => seen.ms.push(performance.now() - sentAt),
      () => {
        seen.errors += 1;
      },
    );
  }
}

async function send(pool: pg.Pool, n: number): Promise<void> {
  const id = ((n * 7_919) % ORDERS) + 1;
  if (n % 5 === 0) await pool.query('update public.orders o set paid_at = now() where o.id = $1', [id]);
  else if (n % 5 === 1) await pool.query('insert into public.visits (order_id, at) values ($1, now())', [id]);
  else await pool.query('select o.* from public.orders o where o.id = $1', [id]);
}

async function connectNowAndThen(
  url: string,
  seen: () => { connectionsTried: number; connectionsRefused: number },
): Promise<void> {
  for (;;) {
    await sleep(CONNECT_EVERY_MS);
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    seen().connectionsTried += 1;
    try {
      await client.connect();
    } catch {
      seen().connectionsRefused += 1;
    }
    await client.end().catch(() => {});
  }
}
