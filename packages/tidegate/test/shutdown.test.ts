import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits, RunResult } from '../src/types.ts';
import { farEnd, scene } from './builders.ts';
import { CLI, folder, gateFile } from './command-line.ts';

const at = await scene({ after });
const far = await farEnd({ after });
const dir = folder({ after });
/** What the process does with a record: it asks the far end, and heeds its signal. */
const WORK = `const body = JSON.stringify({ recordId: item.key, attempt: at.attempt });
    const answer = await fetch(${JSON.stringify(far.url)}, { method: 'POST', signal: at.signal, body });
    return await answer.json();`;
/** Longer than any test may take. */
const FOR_EVER = 600_000;

beforeEach(async () => {
  // The gate too: on a busy machine its governor may have learned to allow fewer than four.
  await at.rows('truncate public.applications, tidegate.gates, tidegate.attempts, tidegate.hours cascade');
  far.calls.length = 0;
});

/** A process that drains the source, four records at a time. */
function worker(limits: Partial<Limits> = {}) {
  const file = gateFile(dir, {
    work: WORK,
    limits: { attemptTimeoutMs: FOR_EVER, runDeadlineMs: 2 * FOR_EVER, ...limits },
  });
  const child = spawn(process.execPath, [CLI, 'run', '--gate', file, '--json'], {
    env: { ...process.env, DATABASE_URL: at.url, LOG_LEVEL: 'error' },
  });
  after(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.err += String(chunk);
  });
  const ended = new Promise<RunResult>((resolve) =>
    child.on('close', () => resolve(JSON.parse(said.out) as RunResult)),
  );
  return { child, said, ended };
}

/** Four answers that come when they are let go, or never. */
function held(isHeld: (nth: number) => boolean = () => true): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  far.script = async () => {
    const nth = far.calls.length;
    await (isHeld(nth) ? promise : never);
    return {};
  };
  return resolve;
}

async function until(child: ChildProcess, condition: () => boolean): Promise<void> {
  while (!condition()) {
    assert.equal(child.exitCode ?? child.signalCode, null, 'the process ended first');
    await sleep(10);
  }
}

async function outcomes(): Promise<Record<string, number>> {
  const rows = await at.rows<{ outcome: string; count: number }>(
    'select outcome, count(*)::int as count from tidegate.attempts group by 1 order by 1',
  );
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
}

const leased = () => at.one<number>("select count(*)::int from tidegate.items where state = 'leased'");

test('a process that is asked to stop begins nothing more, and settles all that ends within the grace', async () => {
  await at.add(12);
  const letGo = held();
  const { child, said, ended } = worker({ shutdownGraceMs: FOR_EVER });
  await until(child, () => far.calls.length === 4);
  child.kill('SIGTERM');
  // What the terminal has sent, npm sends once more.
  child.kill('SIGTERM');
  await until(child, () => said.err.includes('Stopping'));
  letGo();
  const result = await ended;
  assert.deepEqual([result.stopped, result.succeeded, result.deferred], ['stopping', 4, 0]);
  assert.equal(far.calls.length, 4, 'the places that fell free were not taken again');
  assert.deepEqual(await outcomes(), { done: 4 });
  assert.equal(await leased(), 0);
});

test('an attempt that hangs is given back after the grace, unspent, and the next run takes it at once', async () => {
  await at.add(12);
  const letGo = held((nth) => nth !== 2);
  const { child, said, ended } = worker({ shutdownGraceMs: 1_000 });
  await until(child, () => far.calls.length === 4);
  const hanging = far.calls[1]?.recordId;
  child.kill('SIGTERM');
  await until(child, () => said.err.includes('Stopping'));
  letGo();
  const result = await ended;
  assert.deepEqual([result.stopped, result.processed, result.succeeded], ['stopping', 3, 3]);
  assert.deepEqual(await outcomes(), { done: 3, returned: 1 });
  assert.equal(await leased(), 0);
  far.script = () => ({});
  const next = await at.gate(far.work).run({ limit: 9 });
  assert.equal(next.succeeded, 9);
  const [taken] = await at.rows(
    "select i.failures, i.deferrals, t.attempt, t.outcome from tidegate.items i join tidegate.attempts t on t.gate = i.gate and t.key = i.key where i.key = $1 and t.outcome = 'done'",
    [hanging],
  );
  assert.deepEqual(taken, { failures: 0, deferrals: 0, attempt: 2, outcome: 'done' });
});

test('asked a second time it gives back at once', async () => {
  await at.add(12);
  held();
  const { child, said, ended } = worker({ shutdownGraceMs: FOR_EVER });
  await until(child, () => far.calls.length === 4);
  child.kill('SIGTERM');
  await until(child, () => said.err.includes('Stopping'));
  while (!said.err.includes('Giving back')) {
    child.kill('SIGTERM');
    await sleep(100);
  }
  assert.equal((await ended).stopped, 'stopping');
  assert.deepEqual(await outcomes(), { returned: 4 });
  assert.equal(await leased(), 0);
});

test('what a step leased that was under way at the closing is given back, and no work begins with it', async () => {
  await at.add(4);
  let worked = 0;
  const answered = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<void>();
  const database = {
    query: async (text: string, values: unknown[]) => {
      const result = await at.pool.query(text, values);
      if (/tidegate\.step_\d/.test(text)) {
        answered.resolve();
        await closing.promise;
      }
      return result;
    },
  };
  const gate = at.gate(
    async () => {
      worked += 1;
      return { verdict: 'verified' };
    },
    { database },
  );
  const running = gate.run();
  await answered.promise;
  assert.equal(await leased(), 4);
  const closed = gate.close();
  closing.resolve();
  assert.equal((await running).stopped, 'stopping');
  await closed;
  assert.equal(worked, 0);
  assert.deepEqual(await outcomes(), { returned: 4 });
});

test('closing ends while the database is away, and the leases end by themselves', async () => {
  await at.add(2);
  const pool = at.another(2);
  const begun = Promise.withResolvers<void>();
  const gate = at.gate(
    async (_, { signal }) => {
      begun.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    { database: pool, limits: { shutdownGraceMs: 10, attemptTimeoutMs: 7_000, leaseMarginMs: 0 } },
  );
  const running = gate.run().catch((error: { code: string }) => error.code);
  await begun.promise;
  await pool.end();
  await gate.close();
  assert.equal(await leased(), 2);
  assert.equal(await running, 'database_unavailable');
});
