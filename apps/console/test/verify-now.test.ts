/** Verifying one record now: every answer that the contract names, through the gate and its executor. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type Answer, startExecutor, verified } from './executor.ts';
import { call, forgetProcess, insertRecord, read, setStage } from './stage.ts';

const executor = await startExecutor({ after });
const stage = await setStage(
  { after },
  { EXECUTOR_URL: `${executor.url}/`, ATTEMPT_TIMEOUT_SECONDS: '2', CONCURRENCY: '1' },
);

beforeEach(async () => {
  executor.asked.length = 0;
  executor.answers = () => verified;
  await stage.sql.query('delete from public.records');
  await stage.sql.query('delete from tidegate.items');
  await verb('resume');
  await forgetProcess();
});

type Read = Awaited<ReturnType<typeof read>>;

async function now(recordId: unknown): Promise<Read> {
  return await read(await call('admin/records', { method: 'POST', json: { recordId } }));
}

async function verb(name: string): Promise<void> {
  await call(`gates/[name]/${name}`, { method: 'POST', params: { name: 'verify-records' } });
}

async function saying(answer: Answer): Promise<Read> {
  executor.answers = () => answer;
  return await now(await insertRecord(stage));
}

describe('verifying one record now', () => {
  it('answers 200 with the verdict and writes it', async () => {
    const id = await insertRecord(stage);
    const { status, body } = await now(id);
    assert.equal(status, 200);
    assert.deepEqual([body.verdict, body.recordId, body.replayed], ['verified', id, undefined]);
    assert.equal(executor.asked.length, 1);
    const record = (await read(await call('records/[id]', { params: { id } }))).body;
    assert.equal(record.status, 'verified');
    assert.notEqual(record.submittedAt, null);
    assert.equal(record.attempts[0].costMicros, 7);
    assert.deepEqual(record.attempts[0].summary, { verdict: 'verified', reasons: [] });
    assert.deepEqual(record.verdict, verified.body);
  });

  it('answers 200 replayed when the verdict stood, without asking again', async () => {
    const id = await insertRecord(stage);
    await now(id);
    const { status, body } = await now(id.toUpperCase());
    assert.deepEqual([status, body.verdict, body.replayed], [200, 'verified', true]);
    assert.equal(executor.asked.length, 1);
  });

  it('answers 404 for unknown and malformed ids, 400 without one', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'x', '1', '%']) {
      const answer = await now(id);
      assert.deepEqual([answer.status, answer.body.error.code], [404, 'not_found']);
    }
    for (const id of [null, 1, '', {}]) assert.equal((await now(id)).status, 400);
  });

  it('answers 409 ruled, 409 already_submitted, 422 no_attachment', async () => {
    const ruled = await insertRecord(stage);
    const json = { decision: 'verified', note: '' };
    await call('records/[id]/rulings', { method: 'POST', params: { id: ruled }, json });
    const cases: readonly [string, number, string][] = [
      [ruled, 409, 'ruled'],
      [await insertRecord(stage, { submitted: true }), 409, 'already_submitted'],
      [await insertRecord(stage, { paths: [] }), 422, 'no_attachment'],
    ];
    for (const [id, status, code] of cases) {
      const answer = await now(id);
      assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
    }
    assert.equal(executor.asked.length, 0);
  });

  it('answers 409 paused while the gate is', async () => {
    await verb('pause');
    const answer = await now(await insertRecord(stage));
    assert.deepEqual([answer.status, answer.body.error.code], [409, 'paused']);
  });

  it('answers 409 in_progress for a record under way, 429 busy for another when the places are taken', async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    executor.answers = async () => {
      asked.resolve();
      await go.promise;
      return verified;
    };
    const id = await insertRecord(stage);
    const first = now(id);
    await asked.promise;
    const again = await now(id);
    assert.deepEqual([again.status, again.body.error.code], [409, 'in_progress']);
    const other = await now(await insertRecord(stage));
    assert.deepEqual([other.status, other.body.error.code], [429, 'busy']);
    go.resolve();
    assert.equal((await first).status, 200);
    assert.equal(executor.asked.length, 1);
  });

  it('answers 422 attachment_missing and parks at once, then 409 parked', async () => {
    const missing = { error: { code: 'attachment_missing', message: 'There is no file by that path.' } };
    executor.answers = () => ({ status: 422, body: missing });
    const id = await insertRecord(stage);
    const answer = await now(id);
    assert.deepEqual([answer.status, answer.body.error.code], [422, 'attachment_missing']);
    const again = await now(id);
    assert.deepEqual([again.status, again.body.error.code], [409, 'parked']);
  });

  it('answers 409 superseded when the record was edited meanwhile', async () => {
    const id = await insertRecord(stage);
    executor.answers = async () => {
      await stage.sql.query(`update public.records set claims = '{"company":"OTHER"}' where id = $1`, [id]);
      return verified;
    };
    const answer = await now(id);
    assert.deepEqual([answer.status, answer.body.error.code], [409, 'superseded']);
  });

  const trouble: readonly [string, Answer, number, string][] = [
    ['429', { status: 429, body: {}, headers: { 'retry-after': '1' } }, 429, ''],
    ['500', { status: 500, body: {} }, 502, 'provider_failed'],
    ['502', { status: 502, body: {} }, 502, ''],
    ['503 with a code', { status: 503, body: { error: { code: 'overloaded', message: 'x' } } }, 503, 'overloaded'],
    ['504', { status: 504, body: {} }, 504, ''],
    ['200 without a verdict', { status: 200, body: '<html>' }, 502, 'malformed_answer'],
    ['401, which is not the caller’s', { status: 401, body: {} }, 502, 'provider_failed'],
    ['never', { never: true }, 504, 'provider_timeout'],
  ];
  for (const [word, said, status, code] of trouble) {
    it(`answers ${status} when the provider says ${word}`, async () => {
      const answer = await saying(said);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      if (code !== '') assert.equal(answer.body.error.code, code);
      const { rows } = await stage.sql.query('select verification_status as status from public.records');
      assert.equal(rows[0].status, 'pending');
    });
  }

  it('says when to come back, and 503 shut while the provider asked to wait', async () => {
    const answer = await saying({ status: 429, body: {}, headers: { 'retry-after': '60' } });
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get('retry-after')) >= 55);
    const next = await now(await insertRecord(stage));
    assert.deepEqual([next.status, next.body.error.code], [503, 'shut']);
  });

  it('keeps the status of the record’s own fault', async () => {
    const answer = await saying({ status: 422, body: { error: { code: 'unreadable', message: 'No.' } } });
    assert.deepEqual([answer.status, answer.body.error.code], [422, 'unreadable']);
  });
});
