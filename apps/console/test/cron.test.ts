/** A tick of the console's own gate: its answer, what it passes over, and rows that plain SQL put in. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { startExecutor, verified } from './executor.ts';
import { type Call, call, forgetProcess, insertRecord, read, setStage, withEnvironment } from './stage.ts';

const executor = await startExecutor({ after });
const stage = await setStage({ after }, { EXECUTOR_URL: executor.url, BATCH_SIZE: '4' });

beforeEach(async () => {
  executor.asked.length = 0;
  executor.answers = () => verified;
  await stage.sql.query('delete from public.records');
  await stage.sql.query('delete from tidegate.items');
  await forgetProcess();
});

async function tick(given: Call = {}): Promise<Awaited<ReturnType<typeof read>>> {
  return await read(await call('cron/verify-records', { method: 'POST', as: 'cron', ...given }));
}

describe('a tick', () => {
  it('answers an empty table with "No records to process"', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const { status, body, headers } = await tick({ method });
      assert.equal(status, 200);
      assert.deepEqual([body.message, body.processed, body.results], ['No records to process', 0, []]);
      assert.equal(headers.get('cache-control'), 'no-store');
    }
  });

  it('takes the oldest of a batch, skips with reasons, and answers each record', async () => {
    await insertRecord(stage, { submitted: true, minutesOld: 90 });
    await insertRecord(stage, { paths: [], minutesOld: 80 });
    await insertRecord(stage, { status: 'verified', minutesOld: 85 });
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await insertRecord(stage, { minutesOld: 60 - n }));
    executor.answers = ({ recordId }) => {
      if (recordId === ids[1]) return { status: 422, body: { error: { code: 'unreadable', message: 'No.' } } };
      if (recordId === ids[2]) return { status: 502, body: { error: { code: 'bad', message: 'No.' } } };
      return { body: { verdict: 'verified', reasons: ['all_match'], findings: [{ field: 'company' }] } };
    };
    const { status, body } = await tick();
    assert.equal(status, 200);
    assert.deepEqual([body.processed, body.succeeded, body.failed, body.deferred, body.stopped], [4, 2, 1, 1, 'batch']);
    assert.equal(body.message, '4 of 6 records processed: 2 succeeded, 1 failed, 1 deferred');
    assert.deepEqual(body.skipped, { 'already submitted': 1, 'no attachment': 1 });
    const results = new Map(body.results.map((result: { recordId: string }) => [result.recordId, result]));
    assert.deepEqual([...results.keys()].sort(), ids.slice(0, 4).sort());
    assert.deepEqual(results.get(ids[0]), {
      recordId: ids[0],
      ok: true,
      status: 200,
      body: { verdict: 'verified', reasons: ['all_match'] },
    });
    const failed = results.get(ids[1]) as { ok: boolean; status: number; body: object };
    assert.deepEqual([failed.ok, failed.status], [false, 422]);
    assert.deepEqual(failed.body, { error: { code: 'unreadable', message: 'No.' } });
    assert.equal((results.get(ids[2]) as { status: number }).status, 502);
    assert.doesNotMatch(JSON.stringify(body), /company/, 'no document content');
  });

  it('picks up a row that plain SQL put in, with nothing but the columns that have no default', async () => {
    await stage.sql.query(
      `with r as (insert into public.records (kind, claims) values ('receipt', '{"company":"A"}') returning id)
       insert into public.attachments (record_id, path) select id, 'x.jpg' from r`,
    );
    assert.equal((await tick()).body.succeeded, 1);
    const { rows } = await stage.sql.query(
      'select verification_status as status, verdict, submitted_at, revision::int as revision from public.records',
    );
    assert.equal(rows[0].status, 'verified');
    assert.deepEqual(rows[0].verdict, verified.body);
    assert.notEqual(rows[0].submitted_at, null);
    assert.equal(rows[0].revision, 2, 'apply raises nothing');
  });

  it('writes no verdict over an edit that came meanwhile, and takes the record again', async () => {
    const id = await insertRecord(stage);
    executor.answers = async () => {
      await stage.sql.query(`update public.records set claims = '{"company":"OTHER"}' where id = $1`, [id]);
      return verified;
    };
    const first = await tick();
    assert.deepEqual([first.body.failed, first.body.results[0].status], [1, 409]);
    executor.answers = () => verified;
    assert.equal((await tick()).body.succeeded, 1);
  });

  it('lowers its batch by limit, and answers 400 for what is no whole number', async () => {
    for (let n = 0; n < 3; n += 1) await insertRecord(stage);
    assert.equal((await tick({ query: '?limit=2' })).body.processed, 2);
    for (const limit of ['0', '-1', 'abc', '1.5', ''])
      assert.equal((await tick({ query: `?limit=${limit}` })).status, 400);
  });

  it('shows what it would take in a dry run, and does nothing', async () => {
    const id = await insertRecord(stage);
    const { body } = await tick({ query: '?dry_run=1' });
    assert.deepEqual([body.would, body.results, body.processed], [[id], [], 0]);
    assert.equal(executor.asked.length, 0);
  });

  it('answers a known idempotency key with the first run’s result', async () => {
    await insertRecord(stage);
    const headers = { 'idempotency-key': 'tick-1' };
    const first = await tick({ headers });
    await insertRecord(stage);
    const again = await tick({ headers });
    assert.deepEqual(again.body, first.body);
    assert.equal((await tick({ headers: { 'ce-id': 'tick-1' } })).body.runId, first.body.runId);
    assert.equal(executor.asked.length, 1);
  });

  it('reads runs with the cron secret, those of the clock only', async () => {
    const { body } = await tick();
    const run = await read(await call('runs/[id]', { as: 'cron', params: { id: body.runId } }));
    assert.equal(run.status, 200);
    assert.deepEqual([run.body.gate, run.body.trigger], ['verify-records', 'cron']);
    assert.equal(typeof run.body.startedAt, 'string');
    await call('admin/records', { method: 'POST', json: { recordId: await insertRecord(stage) } });
    const { rows } = await stage.sql.query(`select id from tidegate.runs where trigger = 'console' limit 1`);
    assert.equal((await call('runs/[id]', { as: 'cron', params: { id: rows[0].id } })).status, 404);
    assert.equal((await call('runs/[id]', { params: { id: rows[0].id } })).status, 200);
  });

  it('answers record by record when nobody is at the far end', async () => {
    await withEnvironment({ EXECUTOR_URL: 'http://127.0.0.1:9' }, async () => {
      await forgetProcess();
      const id = await insertRecord(stage);
      const { body } = await tick();
      assert.deepEqual([body.deferred, body.failed], [1, 0]);
      const [result] = body.results;
      assert.deepEqual([result.recordId, result.ok, result.status], [id, false, 0]);
      assert.equal(typeof result.error, 'string');
    });
  });
});
