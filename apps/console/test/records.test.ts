/** Reading records: lists, search, pages of a list, one record with everything, and why it is not processed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call, forgetProcess, insertRecord, read, setStage, withEnvironment } from './stage.ts';

const stage = await setStage({ after });

async function list(query: string): Promise<{ ids: string[]; cursor: string | null; status: number; field?: string }> {
  const { body, status } = await read(await call('records', { query }));
  return {
    ids: (body.records ?? []).map(({ id }: { id: string }) => id),
    cursor: body.cursor ?? null,
    status,
    field: body.error?.field,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it likes.
async function one(id: string): Promise<any> {
  return (await read(await call('records/[id]', { params: { id } }))).body;
}

async function asPostgresWrites(at: string): Promise<string> {
  const { rows } = await stage.sql.query<{ text: string }>(`select to_json($1::timestamptz) #>> '{}' as text`, [at]);
  return rows[0]?.text ?? '';
}

describe('the list of records', () => {
  let ids: string[] = [];
  before(async () => {
    await stage.sql.query('delete from public.records');
    ids = [];
    for (let minutesOld = 0; minutesOld < 5; minutesOld += 1) ids.push(await insertRecord(stage, { minutesOld }));
    await stage.sql.query(
      `insert into public.records (kind, claims, created_at)
       select 'receipt', jsonb_build_object('company', 'Row ' || n), now() - interval '1 day'
       from generate_series(1, 250) n`,
    );
  });

  it('is newest first, at most 100, and goes on by cursor without a gap or a double', async () => {
    const first = await list('');
    assert.equal(first.ids.length, 100);
    assert.deepEqual(first.ids.slice(0, 5), ids);
    const seen = [...first.ids];
    for (let cursor = first.cursor; cursor !== null; ) {
      const page = await list(`?cursor=${encodeURIComponent(cursor)}`);
      seen.push(...page.ids);
      cursor = page.cursor;
    }
    assert.equal(seen.length, 255);
    assert.equal(new Set(seen).size, 255, 'also where many have the same time');
  });

  it('narrows by status', async () => {
    await stage.sql.query(`update public.records set verification_status = 'needs_review' where id = $1`, [ids[3]]);
    assert.deepEqual((await list('?status=needs_review')).ids, [ids[3]]);
    assert.equal((await list('?status=rejected')).ids.length, 0);
    assert.equal((await list('?status=')).ids.length, 100);
  });

  it('answers 400 with the field for a status or a cursor that is none', async () => {
    assert.deepEqual(await list('?status=done'), { ids: [], cursor: null, status: 400, field: 'status' });
    const id = ids[0];
    const cursors = [
      'x',
      'bm8gY3Vyc29y',
      '%00',
      btoa('2026-01-01T00:00:00Z x'),
      btoa("'; drop table records"),
      btoa(`2026-13-41T00:00:00Z ${id}`),
      btoa(`999999-01-01T00:00:00Z ${id}`),
    ];
    for (const cursor of cursors) {
      assert.deepEqual(await list(`?cursor=${cursor}`), { ids: [], cursor: null, status: 400, field: 'cursor' });
    }
  });

  it('has room for times that plain SQL may write and JavaScript cannot say', async () => {
    const times = ['infinity', '294000-01-01', '12026-01-01', '0044-03-15 BC', '-infinity'];
    const made: string[] = [];
    for (const at of times) {
      const { rows } = await stage.sql.query<{ id: string }>(
        `insert into public.records (kind, claims, verification_status, created_at, submitted_at)
         values ('receipt', '{"company": "Long Ago And Far Away"}', 'rejected', $1, $1)
         returning id`,
        [at],
      );
      made.push(rows[0]?.id ?? '');
    }
    const { body } = await read(await call('records', { query: '?status=rejected' }));
    assert.deepEqual(
      body.records.map((record: { id: string }) => record.id),
      made,
    );
    for (const record of body.records) assert.ok(!Number.isNaN(Date.parse(record.createdAt)), record.createdAt);
    for (const id of made) assert.ok(!Number.isNaN(Date.parse((await one(id)).submittedAt)));
    for (const [n, at] of times.entries()) {
      const cursor = Buffer.from(`${await asPostgresWrites(at)} ${made[n]}`).toString('base64url');
      assert.deepEqual((await list(`?status=rejected&cursor=${cursor}`)).ids, made.slice(n + 1), at);
    }
    await stage.sql.query('delete from public.records where id = any ($1)', [made]);
  });

  it('finds ids, words by their beginning and parts of new ones, in any writing', async () => {
    const shop = await insertRecord(stage, { claims: { company: '주식회사 한국마트', total: '12,500원' } });
    const cafe = await insertRecord(stage, { claims: { company: "O'Hara \\ Café 100%", total: 88.5 } });
    const old = await insertRecord(stage, { claims: { company: 'Zanzibar Trading' }, minutesOld: 3_000 });
    const finds: readonly [string, string][] = [
      [shop, shop],
      [shop.toUpperCase(), shop],
      ['한국마', shop],
      ['마트', shop],
      ["o'hara", cafe],
      ['café', cafe],
      ['café 100%', cafe],
      ['\\', cafe],
      ['88.5', cafe],
      ['ZANZ', old],
      ['trading zanzibar', old],
    ];
    for (const [q, id] of finds) assert.deepEqual((await list(`?q=${encodeURIComponent(q)}`)).ids, [id], q);
    for (const q of ['nowhere', "' or 1=1 --", ':* & !', '\u0000\ud800', '%_%']) {
      assert.deepEqual((await list(`?q=${encodeURIComponent(q.toWellFormed())}`)).ids, [], q);
    }
    assert.equal((await list('?q=')).ids.length, 100);
    assert.equal((await list('?q=row')).ids.length, 100);
  });
});

describe('one record', () => {
  it('has everything that the contract names', async () => {
    const id = await insertRecord(stage, { paths: ['a.jpg', 'b.jpg'] });
    const record = await one(id);
    const names =
      'attachments attempts claims createdAt id kind locale revision rulings status submittedAt verdict why';
    for (const name of names.split(' ')) assert.ok(name in record, name);
    assert.deepEqual(record.attachments[1], { n: 1, mediaType: null, bytes: null, sha256: null });
    assert.equal(record.verdict, null);
    assert.equal(record.submittedAt, null);
    assert.equal(typeof record.revision, 'string');
    assert.equal(new Date(record.createdAt).toISOString(), record.createdAt);
    assert.equal(record.why.eligible, true);
    assert.doesNotMatch(JSON.stringify(record), /a\.jpg/, 'where a file lies is nobody’s business');
  });

  it('names other records that came with the same file, and leaves their verdicts alone', async () => {
    const [first, second, third] = [await insertRecord(stage), await insertRecord(stage), await insertRecord(stage)];
    const hash = 'a'.repeat(64);
    await stage.sql.query('update public.attachments set sha256 = $1 where record_id = any ($2)', [
      hash,
      [first, second],
    ]);
    assert.deepEqual((await one(first)).sameFileIn, [second]);
    assert.deepEqual((await one(second)).sameFileIn, [first]);
    assert.deepEqual((await one(third)).sameFileIn, [], 'files without a known hash are like no other');
    assert.deepEqual([(await one(first)).status, (await one(first)).why.eligible], ['pending', true]);
  });

  it('says which rule holds it back, in order', async () => {
    const held = async (id: string): Promise<string | undefined> => {
      const { why } = await one(id);
      assert.equal(why.eligible, false);
      const first = why.rules.find(({ holds }: { holds: boolean }) => holds);
      assert.equal(why.because, first.text);
      return first.rule;
    };
    assert.equal(await held(await insertRecord(stage, { status: 'verified' })), 'verdict');
    assert.equal(await held(await insertRecord(stage, { submitted: true })), 'submitted');
    assert.equal(await held(await insertRecord(stage, { paths: [] })), 'attachment');
    const waiting = await insertRecord(stage);
    await call('gates/[name]/pause', { method: 'POST', params: { name: 'verify-records' } });
    assert.equal(await held(waiting), 'paused');
    await call('gates/[name]/resume', { method: 'POST', params: { name: 'verify-records' } });
    assert.equal((await one(waiting)).why.eligible, true);
  });
});

describe('with records off', () => {
  it('no record route is there, the gates are', async () => {
    const id = await insertRecord(stage);
    await withEnvironment({ RECORDS: 'off' }, async () => {
      await forgetProcess();
      assert.equal((await call('records')).status, 404);
      assert.equal((await call('records', { method: 'POST' })).status, 404);
      assert.equal((await call('records/[id]', { params: { id } })).status, 404);
      assert.equal((await call('admin/records', { method: 'POST', json: { recordId: id } })).status, 404);
      assert.equal((await call('cron/verify-records', { as: 'cron' })).status, 404);
      assert.equal((await call('gates')).status, 200);
      assert.equal((await call('runs')).status, 200);
      assert.equal((await call('health')).status, 200);
    });
  });
});
