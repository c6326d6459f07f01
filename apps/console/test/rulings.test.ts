/** People's decisions: at once, audited, last, and against whatever a machine does meanwhile. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startExecutor, verified } from './executor.ts';
import { call, forgetProcess, insertRecord, read, setStage } from './stage.ts';

const stage = await setStage({ after });
const executor = await startExecutor({ after });

before(async () => {
  process.env.EXECUTOR_URL = executor.url;
  await writeFile(join(stage.store, 'a.jpg'), 'a');
});
beforeEach(async () => {
  executor.answers = () => verified;
  await stage.sql.query('delete from public.records');
  await call('gates/[name]/resume', { method: 'POST', params: { name: 'verify-records' } });
  await forgetProcess();
});

async function rule(id: string, json: unknown): Promise<Awaited<ReturnType<typeof read>>> {
  return await read(await call('records/[id]/rulings', { method: 'POST', params: { id }, json }));
}

async function tick(): Promise<Awaited<ReturnType<typeof read>>> {
  return await read(await call('cron/verify-records', { method: 'POST', as: 'cron' }));
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it likes.
async function one(id: string): Promise<any> {
  return (await read(await call('records/[id]', { params: { id } }))).body;
}

describe('a ruling', () => {
  it("becomes the record's status at once, keeps the machine's verdict, and is audited", async () => {
    const id = await insertRecord(stage);
    assert.equal((await tick()).body.succeeded, 1);
    const before = await one(id);
    const answer = await rule(id, { decision: 'rejected', note: '위조된 영수증', revision: before.revision });
    assert.equal(answer.status, 200);
    const record = await one(id);
    assert.equal(record.status, 'rejected');
    assert.equal(record.verdict.verdict, 'verified');
    assert.equal(record.revision, before.revision);
    assert.equal(record.rulings.length, 1);
    const { decision, note, by, at, revision } = record.rulings[0];
    assert.deepEqual([decision, note, by, revision], ['rejected', '위조된 영수증', 'admin', before.revision]);
    assert.ok(Date.parse(at) > 0);
    assert.equal(record.why.rules[0].rule, 'ruled');
    assert.equal(record.editedSinceRuling, false);
  });

  it('answers 409 when the revision is no longer the record’s', async () => {
    const id = await insertRecord(stage);
    const { revision } = await one(id);
    await stage.sql.query(`update public.records set claims = '{"company":"OTHER"}' where id = $1`, [id]);
    const answer = await rule(id, { decision: 'verified', note: '', revision });
    assert.deepEqual([answer.status, answer.body.error.code], [409, 'revision_changed']);
    assert.equal((await one(id)).status, 'pending');
    assert.equal((await rule(id, { decision: 'verified', note: '', revision: Number(revision) + 1 })).status, 200);
  });

  it('answers 400 with the field for what is no ruling', async () => {
    const id = await insertRecord(stage);
    for (const [json, field] of [
      [{ note: 'x' }, 'decision'],
      [{ decision: 'needs_review', note: '' }, 'decision'],
      [{ decision: 'verified', note: 1 }, 'note'],
      [{ decision: 'verified', note: 'x'.repeat(2_001) }, 'note'],
      [{ decision: 'verified', note: 'a\u0000' }, 'note'],
      [{ decision: 'verified', note: '', revision: 'x' }, 'revision'],
      [{ decision: 'verified', note: '', revision: {} }, 'revision'],
    ] as const) {
      const answer = await rule(id, json);
      assert.deepEqual([answer.status, answer.body.error.field], [400, field]);
    }
    assert.equal((await one(id)).rulings.length, 0);
  });

  it('is never overwritten by an attempt that was under way', async () => {
    const id = await insertRecord(stage);
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    executor.answers = async () => {
      asked.resolve();
      await go.promise;
      return verified;
    };
    const ticking = tick();
    await asked.promise;
    assert.equal((await rule(id, { decision: 'rejected', note: 'meanwhile' })).status, 200);
    go.resolve();
    const { body } = await ticking;
    assert.equal(body.results[0].ok, false);
    assert.equal(body.results[0].status, 409);
    const record = await one(id);
    assert.equal(record.status, 'rejected');
    assert.equal(record.verdict, null);
    assert.equal(record.attempts[0].outcome, 'superseded');
  });

  it('waits for whoever holds the row, and sees what that one wrote', async () => {
    const id = await insertRecord(stage);
    const { revision } = await one(id);
    const client = await stage.sql.connect();
    await client.query('begin');
    await client.query(`update public.records set claims = '{"company":"OTHER"}' where id = $1`, [id]);
    const ruling = rule(id, { decision: 'verified', note: '', revision });
    await client.query('commit');
    client.release();
    assert.equal((await ruling).status, 409);
  });

  it('is one of two at once: both are kept in order, the later one stands', async () => {
    const id = await insertRecord(stage);
    const answers = await Promise.all([
      rule(id, { decision: 'verified', note: 'one' }),
      rule(id, { decision: 'rejected', note: 'two' }),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    const record = await one(id);
    assert.equal(record.rulings.length, 2);
    assert.equal(record.rulings[0].decision, record.status);
  });

  it('stands when the record is edited, and the record says so; asked again it is the machine’s turn', async () => {
    const id = await insertRecord(stage);
    await rule(id, { decision: 'rejected', note: '' });
    await stage.sql.query(`update public.records set claims = '{"company":"OTHER"}' where id = $1`, [id]);
    const edited = await one(id);
    assert.deepEqual([edited.status, edited.editedSinceRuling], ['rejected', true]);
    assert.equal((await tick()).body.processed, 0);
    await stage.sql.query(`update public.records set verification_status = 'pending' where id = $1`, [id]);
    assert.equal((await tick()).body.succeeded, 1);
    const record = await one(id);
    assert.deepEqual([record.status, record.ruled, record.editedSinceRuling], ['verified', false, false]);
    assert.equal(record.rulings.length, 1);
  });
});

describe('a parked record', () => {
  async function parked(): Promise<string> {
    const id = await insertRecord(stage);
    const missing = { error: { code: 'attachment_missing', message: 'gone' } };
    executor.answers = () => ({ status: 422, body: missing });
    const { body } = await tick();
    assert.equal(body.failed, 1);
    assert.equal((await one(id)).attempts[0].outcome, 'parked');
    executor.answers = () => verified;
    return id;
  }

  it('is let run again by a release, once', async () => {
    const id = await parked();
    assert.equal((await tick()).body.processed, 0);
    assert.equal((await one(id)).why.rules.find(({ holds }: { holds: boolean }) => holds).rule, 'parked');
    const release = async () => await read(await call('records/[id]/release', { method: 'POST', params: { id } }));
    assert.equal((await release()).status, 200);
    const again = await release();
    assert.deepEqual([again.status, again.body.error.code], [409, 'not_parked']);
    assert.equal((await tick()).body.succeeded, 1);
    assert.equal((await one(id)).status, 'verified');
  });

  it('is no longer parked once a person has ruled', async () => {
    const id = await parked();
    await rule(id, { decision: 'verified', note: '' });
    await tick();
    const { rows } = await stage.sql.query(`select state from tidegate.items where key = $1`, [id]);
    assert.notEqual(rows[0]?.state, 'parked');
    assert.equal((await one(id)).status, 'verified');
  });

  it('runs again by itself when it was edited', async () => {
    const id = await parked();
    await stage.sql.query(`insert into public.attachments (record_id, path) values ($1, 'b.jpg')`, [id]);
    assert.equal((await tick()).body.succeeded, 1);
    assert.equal((await one(id)).status, 'verified');
  });
});
