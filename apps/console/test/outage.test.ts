/** A database that is away, older, or in the way: every answer comes in time and says so, and nothing pretends. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, describe, it } from 'node:test';
import { freePort, testDatabase } from '../../../test/database.ts';
import { type Call, call, forgetProcess, read, setStage, withEnvironment } from './stage.ts';

await setStage({ after });
const id = '00000000-0000-4000-8000-000000000000';
const calls: readonly [string, Call][] = [
  ['cron/verify-records', { method: 'POST', as: 'cron' }],
  ['admin/records', { method: 'POST', json: { recordId: id } }],
  ['records', {}],
  ['records/[id]', { params: { id } }],
  ['records/[id]/rulings', { method: 'POST', params: { id }, json: { decision: 'verified', note: '' } }],
  ['runs', {}],
  ['trends', {}],
  ['gates', {}],
  ['gates/[name]/pause', { method: 'POST', params: { name: 'verify-records' } }],
  ['metrics', {}],
  ['records', { as: null, headers: { cookie: 'tidegate=abc' } }],
  ['session', { method: 'POST', as: null, json: { token: 'the-operator-knows-this' } }],
];

async function everyCall(url: string, code: string): Promise<void> {
  await withEnvironment({ DATABASE_URL: url }, async () => {
    await forgetProcess();
    for (const [route, given] of calls) {
      const startedAt = performance.now();
      const answer = await read(await call(route, given));
      assert.ok(performance.now() - startedAt < 10_000, `${route} took too long`);
      assert.equal(answer.status, 503, `${route}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.error.code, code, route);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/, route);
      assert.doesNotMatch(JSON.stringify(answer.body), /ECONN|127\.0\.0\.1|relation|select/, route);
    }
    const health = await read(await call('health', { as: null }));
    assert.deepEqual([health.status, health.body], [503, { status: 'unavailable' }]);
    await forgetProcess();
  });
}

describe('a database', () => {
  it('that refuses connections is 503 with Retry-After everywhere', async () => {
    await everyCall(`postgres://nobody@127.0.0.1:${await freePort()}/nothing`, 'database_unavailable');
  });

  it('that swallows connections is 503 within ten seconds', { timeout: 60_000 }, async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      await withEnvironment({ DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/nothing` }, async () => {
        await forgetProcess();
        const startedAt = performance.now();
        const answers = await Promise.all(calls.map(async ([route, given]) => await call(route, given)));
        assert.ok(performance.now() - startedAt < 10_000);
        for (const answer of answers) assert.equal(answer.status, 503);
        void forgetProcess();
      });
    } finally {
      silent.close();
    }
  });

  it('without a schema is 503 schema_outdated with what mends it', async () => {
    const { url } = await testDatabase({ after });
    await everyCall(url, 'schema_outdated');
    await withEnvironment({ DATABASE_URL: url }, async () => {
      const { body } = await read(await call('records'));
      assert.match(body.error.message, /npx tidegate migrate/);
      await forgetProcess();
    });
  });
});
