/** This console as somebody else's executor: it works for a lease that is held, answers, and writes nothing. */
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { executorToken } from 'tidegate/http';
import { type Answer, startExecutor, verified } from './executor.ts';
import { call, insertRecord, read, setStage } from './stage.ts';

const executor = await startExecutor({ after });
const stage = await setStage({ after }, { EXECUTOR_URL: executor.url });
const gate = 'verify-records';

before(async () => {
  const samples = join(import.meta.dirname, '../../../samples/receipts');
  await copyFile(join(samples, '001.jpg'), join(stage.store, 'a.jpg'));
});
beforeEach(async () => {
  await stage.sql.query('delete from public.records');
});

type Read = Awaited<ReturnType<typeof read>>;

async function ask(authorization: string, json: unknown): Promise<Read> {
  return await read(await call('admin/records', { method: 'POST', as: null, headers: { authorization }, json }));
}

function token(key: string, attempt: number, expiresInS = 60): string {
  return `Bearer ${executorToken({ gate, key, attempt, expiresAt: Date.now() / 1000 + expiresInS })}`;
}

/** Ticks; while the executor is asked, `act` plays its part with the token that came. */
async function whileLeased(
  act: (authorization: string, json: { recordId: string; attempt: number }) => Promise<Answer>,
) {
  executor.answers = ({ recordId, attempt, authorization }) => act(authorization ?? '', { recordId, attempt });
  return await read(await call('cron/verify-records', { method: 'POST', as: 'cron' }));
}

describe('the far end', () => {
  it('verifies with the token that the gate sends, and leaves the writing to the gate', async () => {
    const id = await insertRecord(stage, {
      claims: { company: 'LUMBIRA JAYA MINIMART SDN BHD', date: '2018-12-25', total: '50.55' },
    });
    let answered: Read | undefined;
    const { body } = await whileLeased(async (authorization, json) => {
      answered = await ask(authorization, json);
      const { rows } = await stage.sql.query('select verdict from public.records where id = $1', [id]);
      assert.equal(rows[0].verdict, null, 'nothing is written here');
      return { status: answered.status, body: answered.body };
    });
    assert.equal(answered?.status, 200, JSON.stringify(answered?.body));
    assert.ok(['verified', 'rejected', 'needs_review'].includes(answered?.body.verdict));
    assert.equal(body.results[0].body.verdict, answered?.body.verdict);
    const record = (await read(await call('records/[id]', { params: { id } }))).body;
    assert.equal(record.status, answered?.body.verdict);
    assert.equal(record.verdict.seen.length, 1);
  });

  it('answers 409 superseded when that attempt does not hold the lease', async () => {
    const id = await insertRecord(stage);
    const never = await ask(token(id, 1), { recordId: id, attempt: 1 });
    assert.deepEqual([never.status, never.body.error.code], [409, 'superseded']);
    await whileLeased(async (_, { recordId, attempt }) => {
      const late = await ask(token(recordId, attempt + 1), { recordId, attempt: attempt + 1 });
      assert.deepEqual([late.status, late.body.error.code], [409, 'superseded']);
      return verified;
    });
  });

  it('answers 401 when the token is for another record, attempt or gate, or not ours', async () => {
    const id = await insertRecord(stage);
    const other = await insertRecord(stage);
    const good = token(id, 1);
    for (const json of [{ recordId: other, attempt: 1 }, { recordId: id, attempt: 2 }, { recordId: id }, {}]) {
      assert.equal((await ask(good, json)).status, 401);
    }
    const elsewhere = executorToken({ gate: 'other', key: id, attempt: 1, expiresAt: Date.now() / 1000 + 60 });
    assert.equal((await ask(`Bearer ${elsewhere}`, { recordId: id, attempt: 1 })).status, 401);
    assert.equal((await ask(`${good}x`, { recordId: id, attempt: 1 })).status, 401);
    assert.equal((await ask(token(id, 1, -400), { recordId: id, attempt: 1 })).status, 401);
  });

  it('opens nothing else with that token', async () => {
    const id = await insertRecord(stage);
    const headers = { authorization: token(id, 1) };
    assert.equal((await call('records/[id]', { as: null, params: { id }, headers })).status, 401);
    assert.equal((await call('cron/verify-records', { as: null, headers })).status, 401);
  });

  it('says that a file is missing, and the gate parks the record at once', async () => {
    await insertRecord(stage, { paths: ['gone.jpg'] });
    let said: Read | undefined;
    const { body } = await whileLeased(async (authorization, json) => {
      said = await ask(authorization, json);
      return { status: said.status, body: said.body };
    });
    assert.deepEqual([said?.status, said?.body.error.code], [422, 'attachment_missing']);
    assert.deepEqual([body.failed, body.results[0].status], [1, 422]);
    const { rows } = await stage.sql.query(`select state, code from tidegate.items order by since_at desc limit 1`);
    assert.deepEqual(rows[0], { state: 'parked', code: 'attachment_missing' });
  });
});
