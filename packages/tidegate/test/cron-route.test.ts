import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { cronRoute, executorToken, verifyExecutor } from '../src/http.ts';
import { createLedger } from '../src/ledger.ts';
import { retryAfterMs } from '../src/retry-after.ts';
import type { Database } from '../src/types.ts';
import { farEnd, scene } from './builders.ts';

const SECRET = 'a-secret-of-enough-characters';
const at = await scene({ after });
const far = await farEnd({ after });
const gate = at.gate(far.work);
const afters: Promise<unknown>[] = [];
const route = cronRoute(gate, { after: (work) => void afters.push(work) });

function call(
  path = '',
  headers: Record<string, string> = { authorization: `Bearer ${SECRET}` },
  method = 'GET',
): Promise<Response> {
  const request = new Request(`http://localhost/api/cron/verify-applications${path}`, { headers, method });
  return method === 'GET' ? route.GET(request) : route.POST(request);
}
async function code(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

beforeEach(() => {
  process.env.CRON_SECRET = SECRET;
  delete process.env.CRON_SECRET_PREVIOUS;
});

test('without a secret the endpoint is 500, with a weak one 500, whatever is sent', async () => {
  for (const [secret, expected] of [
    [undefined, 'cron_secret_missing'],
    ['', 'cron_secret_missing'],
    ['short', 'cron_secret_weak'],
  ] as const) {
    if (secret === undefined) delete process.env.CRON_SECRET;
    else process.env.CRON_SECRET = secret;
    for (const headers of [
      {},
      { authorization: 'Bearer undefined' },
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${secret}` },
    ]) {
      const response = await call('', headers as Record<string, string>);
      assert.equal(response.status, 500);
      assert.equal(await code(response), expected);
    }
  }
});

test('a wrong, missing or differently spelled bearer is 401 and runs nothing', async () => {
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    'Bearer undefined',
    'Bearer null',
    `Basic ${SECRET}`,
    SECRET,
    `Bearer ${SECRET}x`,
    `Bearer ${SECRET.slice(1)}`,
    `Bearer x ${SECRET}`,
  ];
  for (const authorization of wrong) {
    const response = await call('', { authorization });
    assert.equal(response.status, 401, authorization);
    assert.equal(response.headers.get('cache-control'), 'no-store');
  }
  assert.equal((await call('', { 'x-vercel-cron': '1', 'user-agent': 'vercel-cron/1.0' })).status, 401);
  assert.equal((await call(`?secret=${SECRET}`, {})).status, 401);
  assert.equal(await at.one('select count(*)::int from tidegate.runs'), 0);
});

test('the previous secret is accepted during a rotation', async () => {
  process.env.CRON_SECRET_PREVIOUS = 'the-secret-before-this-one';
  assert.equal((await call('', { authorization: 'Bearer the-secret-before-this-one' })).status, 200);
});

test('both methods open the gate, HEAD and OPTIONS do not', async () => {
  await at.add(2);
  const get = await call();
  assert.equal(get.status, 200);
  assert.equal(((await get.json()) as { succeeded: number }).succeeded, 2);
  const post = await call('', { authorization: `Bearer ${SECRET}` }, 'POST');
  assert.equal(((await post.json()) as { message: string }).message, 'No records to process');
  const runs = await at.one('select count(*)::int from tidegate.runs');
  assert.equal((await route.HEAD(new Request('http://localhost/', { method: 'HEAD' }))).status, 405);
  assert.equal((await route.OPTIONS(new Request('http://localhost/', { method: 'OPTIONS' }))).status, 204);
  assert.equal(await at.one('select count(*)::int from tidegate.runs'), runs);
});

test('limit lowers the batch, and is refused when it is no whole number from 1', async () => {
  await at.add(3);
  assert.equal(((await (await call('?limit=1')).json()) as { processed: number }).processed, 1);
  for (const limit of ['0', '-1', '1.5', 'abc', '', '1e3', ' ']) {
    assert.equal((await call(`?limit=${encodeURIComponent(limit)}`)).status, 400, limit);
  }
  assert.equal(((await (await call('?limit=99999999999')).json()) as { processed: number }).processed, 2);
});

test('a dry run shows what would run and opens nothing', async () => {
  const ids = await at.add(2);
  const runs = await at.one('select count(*)::int from tidegate.runs');
  const body = (await (await call('?dry_run=1')).json()) as { would: string[]; results: unknown[]; processed: number };
  assert.deepEqual(body.would, ids);
  assert.deepEqual(body.results, []);
  assert.equal(await at.one('select count(*)::int from tidegate.runs'), runs);
  await call();
});

test("an idempotency key seen before answers with the first run's result, to the letter", async () => {
  await at.add(2);
  const calls = far.calls.length;
  const headers = { authorization: `Bearer ${SECRET}`, 'idempotency-key': 'tick-1' };
  const first = await (await call('', headers)).text();
  await at.add(1);
  const second = await call('', headers);
  assert.equal(second.status, 200);
  assert.equal(await second.text(), first);
  assert.equal(far.calls.length, calls + 2);
  const event = { authorization: `Bearer ${SECRET}`, 'ce-id': 'event-1' };
  assert.equal(await (await call('', event)).text(), await (await call('', event)).text());
});

test('while the first run is going, its key answers 202 with the place to look; a dead one tells what it committed', async () => {
  await at.add(1);
  far.script = () => ({ delayMs: 300 });
  const headers = { authorization: `Bearer ${SECRET}`, 'idempotency-key': 'tick-2' };
  const first = call('', headers);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const again = await call('', headers);
  assert.equal(again.status, 202);
  const location = again.headers.get('location') ?? '';
  assert.match(location, /^\/api\/cron\/verify-applications\?run=[0-9a-f-]{36}$/);
  await first;
  far.script = () => ({});
  const run = (await (await call(location.slice(location.indexOf('?')))).json()) as {
    runId: string;
    succeeded: number;
  };
  assert.equal(run.succeeded, 1);
  await at.rows(
    "update tidegate.runs set closed_at = null, stopped = null, tally = null, touched_at = touched_at - interval '1 h' where id = $1",
    [run.runId],
  );
  const lost = (await (await call('', headers)).json()) as { stopped: string; succeeded: number };
  assert.deepEqual([lost.stopped, lost.succeeded], ['lost', 1]);
});

test('respond-async answers 202 at once and works on afterwards', async () => {
  await at.add(1);
  const response = await call('', { authorization: `Bearer ${SECRET}`, prefer: 'respond-async' });
  assert.equal(response.status, 202);
  const location = response.headers.get('location') ?? '';
  await Promise.all(afters);
  const run = (await (await call(location.slice(location.indexOf('?')))).json()) as { succeeded: number };
  assert.equal(run.succeeded, 1);
});

test('a database that is away is 503 with Retry-After within 10 s, an older schema 503 with the command that mends it', async () => {
  const away: Database = {
    query: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
  };
  const refused = cronRoute(at.gate(far.work, { database: away }));
  const headers = { authorization: `Bearer ${SECRET}` };
  const response = await refused.GET(new Request('http://localhost/x', { headers }));
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get('retry-after')) > 0);
  assert.equal(await code(response), 'database_unavailable');
  const old: Database = {
    query: () =>
      Promise.reject(Object.assign(new Error('relation "tidegate.gates" does not exist'), { code: '42P01' })),
  };
  const outdated = await cronRoute(at.gate(far.work, { database: old })).GET(
    new Request('http://localhost/x', { headers }),
  );
  assert.equal(outdated.status, 503);
  assert.match(await outdated.text(), /schema_outdated.*tidegate migrate/);
});

test('an executor token opens one attempt of one record, and only while it lasts', () => {
  process.env.EXECUTOR_SECRET = 'shared-by-both-ends';
  const now = Math.floor(Date.now() / 1000);
  const bearer = (token: string): Request =>
    new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } });
  const token = executorToken({ gate: 'verify-records', key: 'k', attempt: 3, expiresAt: now + 60 });
  assert.deepEqual(verifyExecutor(bearer(token)), {
    gate: 'verify-records',
    key: 'k',
    attempt: 3,
    expiresAt: now + 60,
  });
  assert.equal(verifyExecutor(bearer(`${token}x`)), null);
  assert.equal(verifyExecutor(bearer(token.replace('v1.', 'v2.'))), null);
  const [head, body, sign] = token.split('.');
  const forged = Buffer.from(JSON.stringify(['verify-records', 'other', 3, now + 60])).toString('base64url');
  assert.equal(verifyExecutor(bearer(`${head}.${forged}.${sign}`)), null);
  assert.ok(body);
  assert.equal(
    verifyExecutor(bearer(executorToken({ gate: 'g', key: 'k', attempt: 1, expiresAt: now - 200 }))) !== null,
    true,
    '5 minutes of skew',
  );
  assert.equal(verifyExecutor(bearer(executorToken({ gate: 'g', key: 'k', attempt: 1, expiresAt: now - 400 }))), null);
  process.env.EXECUTOR_SECRET = 'another';
  assert.equal(verifyExecutor(bearer(token)), null);
  delete process.env.EXECUTOR_SECRET;
});

test('each call carries the idempotency key of its attempt, percent-encoded', () => {
  assert.match(String(far.calls[0]?.headers['idempotency-key']), /^verify-applications\/[0-9a-f-]{36}\/1$/);
});

test('Retry-After is understood in all its forms, and what is none of them is ignored', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const of = (value: string, more: Record<string, string> = {}): number | undefined =>
    retryAfterMs(new Headers({ 'retry-after': value, ...more }), now);
  assert.equal(of('5'), 5_000);
  assert.equal(of('0'), 0);
  assert.equal(of('1.5'), 1_500);
  assert.equal(of('-5'), undefined);
  assert.equal(of('soon'), undefined);
  assert.equal(of('Thu, 01 Jan 2026 00:02:00 GMT'), 120_000);
  assert.equal(of('Thu, 01 Jan 2026 00:02:00 GMT', { date: 'Thu, 01 Jan 2026 00:01:00 GMT' }), 60_000);
  assert.equal(of('Thu, 01 Jan 2015 00:00:00 GMT'), 0);
  assert.equal(of('9', { 'retry-after-ms': '250' }), 250);
});

test("the ledger tells a gate's state, runs, parked items and trends without its code", async () => {
  const ledger = createLedger({ database: at.pool });
  await at.add(2);
  assert.deepEqual(await ledger.gates(), ['verify-applications']);
  const status = await ledger.status('verify-applications');
  assert.equal(status?.state, 'open');
  assert.equal(status?.backlog.count, 2);
  assert.match(status?.backlog.oldestAt ?? '', /^\d{4}-\d\d-\d\dT.*Z$/);
  const { runs, cursor } = await ledger.runs({ limit: 2 });
  assert.equal(runs.length, 2);
  const next = await ledger.runs({ limit: 2, ...(cursor === null ? {} : { cursor }) });
  assert.notEqual(next.runs[0]?.runId, runs[1]?.runId);
  const { unit, points } = await ledger.trends('verify-applications', { days: 1, timeZone: 'UTC' });
  assert.equal(unit, 'hour');
  assert.equal(points.length, 24);
  assert.ok((points.at(-1)?.succeeded ?? 0) + (points.at(-2)?.succeeded ?? 0) > 5);
  assert.ok(points.some(({ p50Ms }) => p50Ms !== null));
  const days = await ledger.trends('verify-applications', { days: 30, timeZone: 'Asia/Seoul' });
  assert.equal(days.unit, 'day');
  assert.equal(days.points.length, 30);
  assert.equal(await ledger.pause('nobody'), false);
  assert.equal(await ledger.status('nobody'), null);
});
