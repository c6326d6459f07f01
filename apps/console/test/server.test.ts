/** The built server over real HTTP: what only Next decides, and what must survive it. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureConsoleBuilt } from '../../../launch/console-build.ts';
import { type ConsoleServer, startConsole, waitForHealth } from '../../../launch/console-server.ts';
import { freePort } from '../../../test/database.ts';
import { startExecutor, verified } from './executor.ts';
import { adminToken, cronSecret, insertRecord, setStage } from './stage.ts';

const executor = await startExecutor({ after });
const stage = await setStage({ after }, { EXECUTOR_URL: executor.url });
const port = await freePort();
const address = `http://127.0.0.1:${port}`;
const cron = { authorization: `Bearer ${cronSecret}` };
const admin = { authorization: `Bearer ${adminToken}` };
const mebibyte = 1024 * 1024;

let server: ConsoleServer | undefined;
after(() => server?.stop());
before(
  async () => {
    await ensureConsoleBuilt(process.env, AbortSignal.timeout(170_000), () => {});
    server = startConsole('127.0.0.1', port, process.env);
    await waitForHealth(server, address, AbortSignal.timeout(60_000));
  },
  { timeout: 240_000 },
);

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`${address}${path}`, { redirect: 'manual', ...init });
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it likes.
async function json(path: string, init: RequestInit = {}): Promise<any> {
  return await (await ask(path, init)).json();
}

describe('the built server', () => {
  it('answers the cron endpoint by method and by secret', async () => {
    const path = '/api/cron/verify-records';
    assert.equal((await ask(path)).status, 401);
    assert.equal((await ask(path, { headers: admin })).status, 401);
    assert.equal((await ask(path, { headers: cron })).status, 200);
    assert.equal((await ask(path, { headers: cron, method: 'POST' })).status, 200);
    assert.equal((await ask(path, { headers: cron, method: 'HEAD' })).status, 405);
    assert.equal((await ask(path, { headers: cron, method: 'OPTIONS' })).status, 204);
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      assert.equal((await ask(path, { headers: cron, method })).status, 405);
  });

  it('answers JSON to paths of the API that are none', async () => {
    for (const path of ['/api', '/api/nothing', '/api/records/x/y/z']) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await ask(path, { method });
        assert.deepEqual([answer.status, answer.headers.get('cache-control')], [404, 'no-store'], `${method} ${path}`);
        assert.equal((await answer.json()).error.code, 'not_found');
      }
    }
  });

  it('lets nobody in by headers that mean something to Next', async () => {
    const tricks: Record<string, string>[] = [
      { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
      { rsc: '1', 'next-router-prefetch': '1' },
      { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' },
      { 'x-vercel-cron': '1' },
      { 'x-http-method-override': 'GET' },
    ];
    for (const headers of tricks) {
      for (const path of ['/api/records', '/api/records.rsc', '/api/cron/verify-records', '/api/metrics']) {
        const { status, headers: said } = await ask(path, { headers });
        // 307 is Next asking for its own query parameter, and leads to a 401.
        assert.ok([401, 404, 307].includes(status), `${path} ${status} ${JSON.stringify(headers)}`);
        if (status === 307) assert.ok([401, 404].includes((await ask(said.get('location') ?? '', { headers })).status));
      }
    }
    assert.equal((await ask('/api/%2e%2e/api/records')).status >= 400, true);
  });

  it('answers 202 to respond-async, with a place that the same bearer reads', async () => {
    const id = await insertRecord(stage);
    const go = Promise.withResolvers<void>();
    executor.answers = async () => {
      await go.promise;
      return verified;
    };
    const answer = await ask('/api/cron/verify-records', {
      headers: { ...cron, prefer: 'respond-async' },
      method: 'POST',
    });
    assert.equal(answer.status, 202);
    const location = answer.headers.get('location') ?? '';
    assert.match(location, /^\/api\/runs\/[0-9a-f-]{36}$/);
    assert.equal((await json(location, { headers: cron })).endedAt, null);
    assert.equal((await ask(location)).status, 401);
    go.resolve();
    const stream = await ask(location, { headers: { ...cron, accept: 'text/event-stream' } });
    const text = await stream.text();
    assert.match(text, new RegExp(`event: result\\ndata: .*${id}`));
    assert.match(text, /event: end\ndata: /);
    assert.equal((await json(location, { headers: cron })).succeeded, 1);
  });

  it('goes on when the caller hangs up', async () => {
    const id = await insertRecord(stage);
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    executor.answers = async () => {
      asked.resolve();
      await go.promise;
      return verified;
    };
    const caller = new AbortController();
    const ticking = ask('/api/cron/verify-records', { headers: cron, signal: caller.signal });
    await asked.promise;
    caller.abort();
    await assert.rejects(ticking);
    go.resolve();
    let status = 'pending';
    for (let look = 0; status === 'pending' && look < 100; look += 1) {
      status = (await json(`/api/records/${id}`, { headers: admin })).status;
    }
    assert.equal(status, 'verified');
  });

  it('starts a long run with 202 and its place', async () => {
    executor.answers = () => verified;
    await insertRecord(stage);
    const answer = await ask('/api/gates/verify-records/run', { headers: admin, method: 'POST' });
    assert.equal(answer.status, 202);
    const stream = await ask(answer.headers.get('location') ?? '', {
      headers: { ...admin, accept: 'text/event-stream' },
    });
    assert.match(await stream.text(), /event: end\ndata: .*"stopped":"drained"/);
  });

  it('takes an upload as it comes, and refuses one that is too large', async () => {
    const upload = async (bytes: number): Promise<Response> => {
      const file = new Uint8Array(bytes);
      file.set([0xff, 0xd8, 0xff]);
      const form = new FormData();
      form.set('kind', 'receipt');
      form.set('claims', '{"company":"ACME"}');
      form.append('files', new Blob([file]), 'a.jpg');
      return await ask('/api/records', { method: 'POST', headers: admin, body: form });
    };
    assert.equal((await upload(15 * mebibyte)).status, 201);
    assert.equal((await upload(21 * mebibyte)).status, 413);
    assert.equal((await upload(60 * mebibyte)).status, 413);
    const unannounced = await sendUnannounced('/api/records', 45 * mebibyte);
    assert.equal(unannounced, 413);
  });

  it('refuses a JSON body over 1 MiB', async () => {
    const body = JSON.stringify({ recordId: 'x'.repeat(2 * mebibyte) });
    assert.equal((await ask('/api/admin/records', { method: 'POST', headers: admin, body })).status, 413);
  });

  it('signs in and out with a cookie', async () => {
    const body = JSON.stringify({ token: adminToken });
    const answer = await ask('/api/session', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 204);
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    assert.equal((await ask('/api/records', { headers: { cookie } })).status, 200);
    const out = (origin: string) => ask('/api/session', { method: 'DELETE', headers: { cookie, origin } });
    assert.equal((await out('http://evil.test')).status, 403);
    assert.equal((await out(address)).status, 204);
    assert.equal((await ask('/api/records', { headers: { cookie } })).status, 401);
  });

  it('says nothing but up, and 404 in JSON for paths that are none', async () => {
    assert.deepEqual(await json('/api/health'), { status: 'ok' });
    assert.equal((await json('/api/nothing/here')).error.code, 'not_found');
    for (const path of ['/api/health', '/api/nothing', '/api/records']) {
      const { headers } = await ask(path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.equal(headers.get('x-powered-by'), null);
    }
  });
});

describe('the built routes', () => {
  const built = join(import.meta.dirname, '../.next/server/app');
  const megabytesOf = (trace: string): number => {
    const { files } = JSON.parse(readFileSync(join(built, trace), 'utf8')) as { files: string[] };
    const paths = new Set(files.map((file) => join(built, dirname(trace), file)).filter((file) => existsSync(file)));
    return [...paths].reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;
  };

  it('fit into a function each, and only those that verify carry the models', () => {
    const traces = globSync('**/*.nft.json', { cwd: built });
    assert.ok(traces.length > 20);
    const reading =
      /^api\/(cron\/verify-records|admin\/records|gates\/\[name\]\/run|records\/\[id\]\/attachments\/\[n\]\/pages\/\[p\])\//;
    const needed = [
      'read/child.ts',
      'read/memory-watch.ts',
      'pdfium.wasm',
      'NanumGothic_400Regular.ttf',
      'hangul.onnx',
    ];
    for (const trace of traces) {
      const megabytes = megabytesOf(trace);
      assert.ok(megabytes < (reading.test(trace) ? 200 : 20), `${trace} has ${megabytes} MB`);
      if (!reading.test(trace)) continue;
      const text = readFileSync(join(built, trace), 'utf8');
      for (const file of needed) assert.ok(text.includes(`${file}"`), `${trace} lacks ${file}`);
    }
  });
});

describe('a server that is asked to stop', () => {
  it('starts no more attempts, ends its run and leaves no lease behind, whoever hangs up', async () => {
    for (let n = 0; n < 8; n += 1) await insertRecord(stage);
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    executor.asked.length = 0;
    executor.answers = async () => {
      asked.resolve();
      await go.promise;
      return verified;
    };
    // The caller hangs up at the same time, as a clock does that is being stopped too.
    const caller = new AbortController();
    const ticking = ask('/api/cron/verify-records', { headers: cron, signal: caller.signal }).catch(() => {});
    await asked.promise;
    process.kill(server?.process.pid ?? 0, 'SIGTERM');
    caller.abort();
    await ticking;
    setTimeout(() => go.resolve(), 1_000);
    assert.ok(executor.asked.length <= 4);
    await server?.ended;
    const { rows } = await stage.sql.query(`select count(*)::int as leased from tidegate.items where state = 'leased'`);
    assert.equal(rows[0].leased, 0);
    const runs = await stage.sql.query('select stopped from tidegate.runs order by opened_at desc limit 1');
    assert.equal(runs.rows[0].stopped, 'stopping');
    assert.deepEqual(await outcomesOfLastRun(), ['done'], 'what was in flight has ended and is kept');
  });

  it('gives back at once what hangs when it is asked again, and the next server takes it', async () => {
    await stage.sql.query('delete from public.records');
    await insertRecord(stage);
    executor.asked.length = 0;
    executor.answers = () => new Promise(() => {});
    server = startConsole('127.0.0.1', port, process.env);
    await waitForHealth(server, address, AbortSignal.timeout(60_000));
    const headers = { ...cron, prefer: 'respond-async' };
    assert.equal((await ask('/api/cron/verify-records', { method: 'POST', headers })).status, 202);
    while (executor.asked.length === 0) await sleep(20);
    // With no grace of its own this asks twice, and waits for the end.
    await server.stop(0);
    assert.deepEqual(await outcomesOfLastRun(), ['returned']);
    executor.answers = async () => verified;
    server = startConsole('127.0.0.1', port, process.env);
    await waitForHealth(server, address, AbortSignal.timeout(60_000));
    assert.equal((await json('/api/cron/verify-records', { headers: cron })).succeeded, 1);
  });

  async function outcomesOfLastRun(): Promise<string[]> {
    const { rows } = await stage.sql.query(
      `select distinct outcome from tidegate.attempts
       where run = (select id from tidegate.runs order by opened_at desc limit 1)`,
    );
    return rows.map(({ outcome }) => outcome);
  }
});

/** A form without a length, as a stream of pieces. */
async function sendUnannounced(path: string, bytes: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { ...admin, 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' };
  const request = httpRequest(`${address}${path}`, { method: 'POST', headers }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  request.on('error', reject);
  request.write('--b\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\n');
  const piece = Buffer.alloc(mebibyte);
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (request.destroyed || request.writableEnded) break;
    if (!request.write(piece)) await new Promise((drained) => request.once('drain', drained));
  }
  request.end('\r\n--b--\r\n');
  return await promise;
}
