import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Scope } from '../../../test/database.ts';
import { attemptOnce } from '../src/attempt.ts';
import { DEFAULT_LIMITS } from '../src/config.ts';
import { httpWork } from '../src/http.ts';
import type { GateOptions } from '../src/types.ts';
import { farEnd, gateOn, scene } from './builders.ts';
import { wait } from './by-hand.ts';

const MIB = 1024 * 1024;
const written = 'select count(*)::int from public.applications where written > 0';
type Work = GateOptions<unknown, unknown>['work'];

interface Hostile {
  readonly url: string;
  readonly work: Work;
  /** Requests that came and those still being answered; bytes that were written. */
  readonly seen: { asked: number; open: number; bytes: number };
}

/** A far end that answers as `behave` does, to the byte. */
async function hostile(scope: Scope, behave: (response: ServerResponse, nth: number) => unknown): Promise<Hostile> {
  const seen = { asked: 0, open: 0, bytes: 0 };
  const server = createServer((request, response) => {
    request.resume();
    seen.asked += 1;
    seen.open += 1;
    const { socket } = response;
    response.once('close', () => {
      seen.open -= 1;
      seen.bytes += socket?.bytesWritten ?? 0;
    });
    response.on('error', () => {});
    behave(response, seen.asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  return { url, work: httpWork(url) as Work, seen };
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** A byte now and then, for ever. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' });
  const timer = setInterval(() => response.write(' '), 50);
  response.once('close', () => clearInterval(timer));
}

const stalls: Record<string, (response: ServerResponse) => unknown> = {
  'never answers': () => {},
  'sends its headers and then nothing': (response) => response.writeHead(200, JSON_TYPE).flushHeaders(),
  'drips a byte now and then': drip,
};

for (const [name, behave] of Object.entries(stalls)) {
  test(`a far end that ${name} is cut at the attempt's time, is the provider's trouble, and is let go`, async (t) => {
    const at = await scene(t);
    const far = await hostile(t, behave);
    await at.add(2);
    const result = await at.gate(far.work, { limits: { attemptTimeoutMs: 600 } }).run();
    assert.deepEqual([result.deferred, result.processed], [2, 2], JSON.stringify(result));
    for (const { status, error } of result.results) assert.deepEqual([status, error], [0, 'no answer within 0.6 s']);
    assert.equal(await at.one('select sum(failures)::int from tidegate.items'), 0);
    for (let n = 0; n < 100 && far.seen.open > 0; n += 1) await wait(20);
    assert.equal(far.seen.open, 0, 'what it still had to say is heard by nobody');
  });
}

test('two hundred calls that hang in every way leave no connection and no file open', async (t) => {
  const kinds = Object.values(stalls);
  const far = await hostile(t, (response, nth) => kinds[nth % kinds.length]?.(response));
  const limits = { ...DEFAULT_LIMITS, attemptTimeoutMs: 600 };
  const lease = { attempt: 1, revision: null, payload: {}, failures: 0, deferrals: 0, answer: null, endsAt: 0 };
  const hang = async (n: number): Promise<string | undefined> => {
    const more = { limits, controller: new AbortController(), random: Math.random };
    return (await attemptOnce({ name: 'hangs', work: far.work }, { ...lease, key: String(n) }, more)).code;
  };
  const open = (): number => readdirSync('/dev/fd').length;
  const before = open();
  for (let n = 0; n < 200; n += 50) {
    const codes = await Promise.all(Array.from({ length: 50 }, (_, more) => hang(n + more)));
    assert.deepEqual(new Set(codes), new Set(['timeout']));
  }
  // The driver opens spare connections for those it had to close, and lets them go after some seconds.
  for (let n = 0; n < 500 && (far.seen.open > 0 || open() - before > 5); n += 1) await wait(20);
  assert.equal(far.seen.open, 0);
  assert.ok(open() - before <= 5, `${before} files were open before, ${open()} after`);
});

test('a body without end is cut after the first MiB', async (t) => {
  const at = await scene(t);
  await at.add(1);
  const page = Buffer.alloc(64 * 1024, ' ');
  const far = await hostile(t, async (response) => {
    response.writeHead(200, JSON_TYPE);
    for (let sent = 0; sent < 1024 * MIB && !response.destroyed; sent += page.length) {
      response.write(page);
      while (response.writableNeedDrain && !response.destroyed) await wait(1);
    }
    response.end();
  });
  const result = await at.gate(far.work).run();
  assert.match(JSON.stringify(result.results), /"status":502.*malformed_answer.*larger than 1 MiB/);
  for (let n = 0; n < 100 && far.seen.open > 0; n += 1) await wait(20);
  assert.ok(far.seen.bytes < 32 * MIB, `${far.seen.bytes} bytes were sent`);
});

test('a small answer that unpacks to a GiB is cut after the first MiB, and memory does not grow with it', async (t) => {
  const at = await scene(t);
  const bomb = Buffer.concat(Array<Buffer>(1024).fill(gzipSync(Buffer.alloc(MIB, ' '))));
  const far = await hostile(t, (response, nth) =>
    nth === 1
      ? response.writeHead(200, JSON_TYPE).end('{"verdict":"verified"}')
      : response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb),
  );
  const gate = at.gate(far.work, { limits: { concurrencyMax: 1 } });
  await at.add(1);
  assert.equal((await gate.run()).succeeded, 1);
  await at.add(3);
  const before = process.memoryUsage().rss;
  const result = await gate.run();
  const grewMib = (process.memoryUsage().rss - before) / MIB;
  assert.equal(result.deferred, 3, JSON.stringify(result));
  assert.match(JSON.stringify(result.results), /malformed_answer.*larger than 1 MiB/);
  assert.ok(grewMib < 64, `memory grew by ${grewMib} MiB`);
});

const answers: Record<string, { type?: string; body: string }> = {
  'HTML with 200': { type: 'text/html', body: '<!doctype html><title>Sign in</title>' },
  'no JSON': { body: '{"verdict":"verified"' },
  nothing: { body: '' },
  'JSON without a verdict': { body: '{}' },
  'a verdict nobody knows': { body: '{"verdict":"Verified"}' },
  'a verdict in a list': { body: '[{"verdict":"verified"}]' },
  'a verdict for a text': { body: '"verified"' },
  null: { body: 'null' },
  'an error with 200': { body: '{"error":{"code":"quota","message":"no"}}' },
  'a choice cut off for its length': { body: '{"choices":[]}' },
};

test('an answer of 200 that is no answer verifies nobody, whatever it is', async (t) => {
  const at = await scene(t);
  const kinds = Object.entries(answers);
  const far = await hostile(t, (response, nth) => {
    const [, { type, body }] = kinds[(nth - 1) % kinds.length] ?? assert.fail();
    response.writeHead(200, { 'content-type': type ?? 'application/json' }).end(body);
  });
  await at.add(kinds.length);
  const result = await at.gate(far.work, { limits: { shutStreak: 100 } }).run();
  assert.equal(result.deferred, kinds.length, JSON.stringify(result));
  for (const { ok, status, body } of result.results) {
    assert.deepEqual([ok, status], [false, 502]);
    assert.match(JSON.stringify(body), /malformed_answer/);
  }
  assert.equal(await at.one(written), 0);
});

test('a redirect is not followed: it is the gate’s fault, and no record’s', async (t) => {
  const at = await scene(t);
  const elsewhere = await farEnd(t);
  const far = await hostile(t, (response) => response.writeHead(307, { location: elsewhere.url }).end());
  await at.add(4);
  const result = await at.gate(far.work, { limits: { concurrencyMax: 1 } }).run();
  assert.deepEqual([result.stopped, result.failed, far.seen.asked], ['shut', 0, 1]);
  assert.equal(elsewhere.calls.length, 0);
});

test('an answer that breaks off is no answer', async (t) => {
  const at = await scene(t);
  const whole = '{"verdict":"verified"}';
  const far = await hostile(t, (response, nth) => {
    response.writeHead(200, nth === 1 ? { ...JSON_TYPE, 'content-length': '100' } : JSON_TYPE);
    response.write(whole);
    setTimeout(() => response.socket?.resetAndDestroy(), 30);
  });
  await at.add(2);
  const result = await at.gate(far.work, { limits: { concurrencyMax: 1 } }).run();
  assert.equal(result.deferred, 2, JSON.stringify(result));
  assert.ok(result.results.every(({ ok, status }) => !ok && status === 0));
  assert.equal(await at.one(written), 0);
});

test('a provider ten times as slow is queued for and not piled upon: places, deadlines and single calls hold', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 300 }));
  await at.add(24);
  const limits = { concurrencyMax: 4, attemptTimeoutMs: 1_000, runDeadlineMs: 2_000 };
  const gates = [at.gate(far.work, { limits }), gateOn(at.another(3), far.work, { limits })];
  const stopped = new Set<string>();
  const ticks: Promise<void>[] = [];
  for (let n = 0; n < 60 && (await at.one<number>(written)) < 24; n += 1) {
    ticks.push((gates[n % 2] ?? assert.fail()).run().then((result) => void stopped.add(result.stopped)));
    await wait(150);
  }
  await Promise.all(ticks);
  assert.equal(await at.one(written), 24);
  assert.ok(far.openMax <= 4, `${far.openMax} calls at a time`);
  assert.equal(far.calls.length, 24);
  assert.ok(stopped.has('busy'), [...stopped].join());
});
