/** What plain SQL may do to records: revisions rise and verdicts fall as the contract says. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { insertRecord, setStage } from './stage.ts';

const stage = await setStage({ after });

interface Row {
  readonly status: string;
  readonly revision: number;
  readonly verdict: unknown;
  readonly submitted: boolean;
  readonly ruled: boolean;
}

async function look(id: string): Promise<Row> {
  const { rows } = await stage.sql.query<Row>(
    `select verification_status as status, revision::int as revision, verdict,
       submitted_at is not null as submitted, ruled_at is not null as ruled
     from public.records where id = $1`,
    [id],
  );
  assert.ok(rows[0]);
  return rows[0];
}

async function change(id: string, set: string): Promise<void> {
  await stage.sql.query(`update public.records set ${set} where id = $1`, [id]);
}

const settle = `verification_status = 'verified', verdict = '{"verdict":"verified"}', submitted_at = now()`;

async function settled(): Promise<{ id: string; revision: number }> {
  const id = await insertRecord(stage);
  await change(id, settle);
  return { id, revision: (await look(id)).revision };
}

describe('a record that has no verdict', () => {
  it('raises its revision by one when claims, kind or locale change, and stays pending', async () => {
    const id = await insertRecord(stage);
    const { revision } = await look(id);
    await change(id, `claims = '{"company":"OTHER"}'`);
    await change(id, `kind = 'certificate'`);
    await change(id, `locale = 'ko-KR'`);
    assert.deepEqual(await look(id), {
      status: 'pending',
      revision: revision + 3,
      verdict: null,
      submitted: false,
      ruled: false,
    });
  });

  it('keeps quiet when nothing really changed', async () => {
    const id = await insertRecord(stage);
    const before = await look(id);
    await change(id, 'claims = claims, kind = kind, locale = locale, verification_status = verification_status');
    await stage.sql.query('update public.attachments set path = path, bytes = bytes where record_id = $1', [id]);
    assert.deepEqual(await look(id), before);
  });

  it('keeps the mark of an answer bought elsewhere when it is edited', async () => {
    const id = await insertRecord(stage, { submitted: true });
    await change(id, `claims = '{"company":"OTHER"}'`);
    assert.equal((await look(id)).submitted, true);
  });
});

describe('a record whose verdict stands', () => {
  it("does not rise by apply's own update", async () => {
    const id = await insertRecord(stage);
    const { revision } = await look(id);
    await change(id, settle);
    assert.equal((await look(id)).revision, revision);
  });

  for (const edit of [`claims = '{"company":"OTHER"}'`, `kind = 'certificate'`, `locale = 'ko-KR'`]) {
    it(`is pending again, without verdict and mark, after ${edit}`, async () => {
      const { id, revision } = await settled();
      await change(id, edit);
      assert.deepEqual(await look(id), {
        status: 'pending',
        revision: revision + 1,
        verdict: null,
        submitted: false,
        ruled: false,
      });
    });
  }

  it('keeps the status that the editing statement sets, even the same one', async () => {
    for (const status of ['rejected', 'verified']) {
      const { id, revision } = await settled();
      await change(id, `claims = '{"company":"OTHER"}', verification_status = '${status}'`);
      const row = await look(id);
      assert.deepEqual([row.status, row.revision], [status, revision + 1]);
      await change(id, `claims = '{"company":"THIRD"}'`);
      assert.equal((await look(id)).status, 'pending', 'the next edit is judged by itself');
    }
  });

  it('is asked again by setting it back to pending', async () => {
    const { id, revision } = await settled();
    await change(id, `verification_status = 'pending'`);
    assert.deepEqual(await look(id), {
      status: 'pending',
      revision: revision + 1,
      verdict: null,
      submitted: false,
      ruled: false,
    });
  });

  it('is judged row by row in a statement over many', async () => {
    const [one, two] = [await settled(), await settled()];
    await stage.sql.query(
      `update public.records set claims = case when id = $1 then '{"company":"OTHER"}' else claims end where id = any ($2)`,
      [one.id, [one.id, two.id]],
    );
    assert.equal((await look(one.id)).status, 'pending');
    assert.equal((await look(two.id)).status, 'verified');
  });
});

describe('a record whose status was set without a verdict', () => {
  it('keeps it when it is edited: only the revision rises', async () => {
    const id = await insertRecord(stage, { status: 'verified', paths: ['a.jpg', 'b.jpg'] });
    const { revision } = await look(id);
    assert.equal(revision, 3);
    await change(id, `claims = '{"company":"OTHER"}'`);
    const row = await look(id);
    assert.deepEqual([row.status, row.revision], ['verified', 4]);
  });
});

describe('a record that a person has ruled on', () => {
  it('only raises its revision when it is edited', async () => {
    const { id, revision } = await settled();
    await change(id, `verification_status = 'rejected', ruled_at = now()`);
    await change(id, `claims = '{"company":"OTHER"}'`);
    await stage.sql.query(`insert into public.attachments (record_id, path) values ($1, 'b.jpg')`, [id]);
    const row = await look(id);
    assert.deepEqual([row.status, row.revision, row.ruled], ['rejected', revision + 2, true]);
    assert.notEqual(row.verdict, null);
  });

  it('is asked again by setting it back to pending, and then machines may decide', async () => {
    const { id, revision } = await settled();
    await change(id, `verification_status = 'rejected', ruled_at = now()`);
    await change(id, `verification_status = 'pending'`);
    assert.deepEqual(await look(id), {
      status: 'pending',
      revision: revision + 1,
      verdict: null,
      submitted: false,
      ruled: false,
    });
  });
});

describe('attachments', () => {
  const statements: readonly [string, string][] = [
    ['inserted', `insert into public.attachments (record_id, path) values ($1, 'b.jpg'), ($1, 'c.jpg')`],
    ['updated', `update public.attachments set path = 'z.jpg' where record_id = $1`],
    ['deleted', 'delete from public.attachments where record_id = $1'],
  ];
  for (const [word, statement] of statements) {
    it(`raise the revision once and reopen the record when they are ${word} by plain SQL`, async () => {
      const { id, revision } = await settled();
      await stage.sql.query(statement, [id]);
      assert.deepEqual(await look(id), {
        status: 'pending',
        revision: revision + 1,
        verdict: null,
        submitted: false,
        ruled: false,
      });
    });
  }

  it('raise both records when one moves from one to the other', async () => {
    const [one, two] = [await settled(), await settled()];
    await stage.sql.query('update public.attachments set record_id = $2 where record_id = $1', [one.id, two.id]);
    assert.equal((await look(one.id)).status, 'pending');
    assert.equal((await look(two.id)).status, 'pending');
  });

  it('go with their record', async () => {
    const id = await insertRecord(stage);
    await stage.sql.query('delete from public.records where id = $1', [id]);
    const { rows } = await stage.sql.query('select from public.attachments where record_id = $1', [id]);
    assert.equal(rows.length, 0);
  });

  it('never wait for each other crosswise, and no change is lost', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await insertRecord(stage, { paths: [] }));
    const before = new Map(await Promise.all(ids.map(async (id) => [id, (await look(id)).revision] as const)));
    const rounds = 40;
    await Promise.all(
      Array.from({ length: 4 }, async (_, caller) => {
        for (let round = 0; round < rounds; round += 1) {
          const order = (caller + round) % 2 === 0 ? ids : ids.toReversed();
          await stage.sql.query(
            `insert into public.attachments (record_id, path) select id, 'x.jpg' from unnest($1::uuid[]) id`,
            [order],
          );
        }
      }),
    );
    for (const id of ids) assert.equal((await look(id)).revision, (before.get(id) ?? 0) + 4 * rounds);
  });

  it('raise the revision for a role that may add files and nothing else', async () => {
    const { id, revision } = await settled();
    const client = await stage.sql.connect();
    try {
      await client.query('begin');
      await client.query('create role uploader_of_tests nologin');
      await client.query('grant insert, select on public.attachments to uploader_of_tests');
      await client.query(
        'create policy uploads on public.attachments to uploader_of_tests using (true) with check (true)',
      );
      await client.query('set local role uploader_of_tests');
      await client.query(`insert into public.attachments (record_id, path) values ($1, 'b.jpg')`, [id]);
      await client.query('reset role');
      const { rows } = await client.query('select revision::int as revision from public.records where id = $1', [id]);
      assert.equal(rows[0]?.revision, revision + 1);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('the source', () => {
  it('shows pending records only, says why to skip, and counts attachments by arrival', async () => {
    const bare = await insertRecord(stage, { paths: [] });
    const bought = await insertRecord(stage, { submitted: true, paths: [] });
    const ready = await insertRecord(stage, { paths: ['x.jpg', 'y.jpg'] });
    const done = (await settled()).id;
    const { rows } = await stage.sql.query<{ key: string; skip: string | null; revision: string; payload: object }>(
      'select key, skip, revision, payload from tidegate.verify_records where key = any ($1)',
      [[bare, bought, ready, done]],
    );
    const found = new Map(rows.map((row) => [row.key, row]));
    assert.equal(found.size, 3);
    assert.equal(found.get(bare)?.skip, 'no attachment');
    assert.equal(found.get(bought)?.skip, 'already submitted');
    assert.equal(found.get(ready)?.skip, null);
    assert.equal(typeof found.get(ready)?.revision, 'string');
    const unknown = { bytes: null, sha256: null, mediaType: null };
    assert.deepEqual(found.get(ready)?.payload, {
      kind: 'receipt',
      locale: null,
      claims: { company: 'ACME' },
      attachments: [
        { n: 0, path: 'x.jpg', ...unknown },
        { n: 1, path: 'y.jpg', ...unknown },
      ],
    });
  });

  it('is closed to everybody but its owner', async () => {
    const { rows } = await stage.sql.query<{ name: string; secured: boolean; open: boolean }>(
      `select c.oid::regclass::text as name, c.relrowsecurity as secured,
         coalesce(exists (select from aclexplode(c.relacl) a where a.grantee = 0), false) as open
       from pg_class c
       where c.relnamespace in ('tidegate_console'::regnamespace, 'public'::regnamespace, 'tidegate'::regnamespace)
         and c.relkind = 'r'`,
    );
    assert.ok(rows.length >= 10);
    assert.deepEqual(
      rows.filter(({ secured, open }) => !secured || open),
      [],
    );
    const views = await stage.sql.query<{ reloptions: string[] }>(
      `select reloptions from pg_class where oid = 'tidegate.verify_records'::regclass`,
    );
    assert.deepEqual(views.rows[0]?.reloptions, ['security_invoker=true']);
  });
});
