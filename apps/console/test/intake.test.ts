/** Taking records in: what is right is kept whole, what is wrong is answered with its field and leaves nothing. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { call, insertRecord, read, setStage, withEnvironment } from './stage.ts';

const stage = await setStage({ after });
const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const mebibyte = 1024 * 1024;

type Fields = Readonly<Record<string, string | readonly Uint8Array[] | undefined>>;

function form(fields: Fields): FormData {
  const data = new FormData();
  const whole: Fields = { kind: 'receipt', claims: '{"company":"ACME"}', files: [jpeg], ...fields };
  for (const [name, value] of Object.entries(whole)) {
    if (typeof value === 'string') data.append(name, value);
    else for (const bytes of value ?? []) data.append(name, new Blob([Uint8Array.from(bytes)]), 'scan.jpg');
  }
  return data;
}

async function send(fields: Fields): Promise<Awaited<ReturnType<typeof read>>> {
  return await read(await call('records', { method: 'POST', body: form(fields) }));
}

async function kept(): Promise<{ rows: number; files: number }> {
  const { rows } = await stage.sql.query<{ count: number }>('select count(*)::int as count from public.records');
  const files = await readdir(stage.store, { recursive: true, withFileTypes: true });
  return { rows: rows[0]?.count ?? 0, files: files.filter((file) => file.isFile()).length };
}

function large(bytes: number): Uint8Array {
  const file = new Uint8Array(bytes);
  file.set(jpeg);
  return file;
}

describe('the intake', () => {
  it('keeps a record with its files, in the order in which they came', async () => {
    const { status, body, headers } = await send({ locale: 'ko-kr', files: [jpeg, png] });
    assert.equal(status, 201);
    assert.equal(headers.get('location'), `/api/records/${body.recordId}`);
    const record = (await read(await call('records/[id]', { params: { id: body.recordId } }))).body;
    assert.equal(record.locale, 'ko-KR');
    assert.equal(record.status, 'pending');
    assert.deepEqual(
      record.attachments.map(({ n, mediaType, bytes }: Record<string, unknown>) => [n, mediaType, bytes]),
      [
        [0, 'image/jpeg', jpeg.length],
        [1, 'image/png', png.length],
      ],
    );
    const { rows } = await stage.sql.query<{ path: string }>(
      'select path from public.attachments where record_id = $1 order by created_at',
      [body.recordId],
    );
    assert.deepEqual(new Uint8Array(await readFile(join(stage.store, rows[0]?.path ?? ''))), jpeg);
    const answer = await call('records/[id]/attachments/[n]', { params: { id: body.recordId, n: '1' } });
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), png);
  });

  it('keeps numbers as they were written', async () => {
    const { body } = await send({ claims: '{"company":"A","total":12345678901234567890.10}' });
    const { rows } = await stage.sql.query('select claims::text as claims from public.records where id = $1', [
      body.recordId,
    ]);
    assert.match(rows[0].claims, /12345678901234567890\.10/);
  });

  const wrong: readonly [string, Fields, number, string, string][] = [
    ['an unknown kind', { kind: 'love_letter' }, 422, 'unknown_kind', 'kind'],
    ['no kind', { kind: undefined }, 422, 'unknown_kind', 'kind'],
    ['claims that are no JSON', { claims: '{company' }, 400, 'malformed_claims', 'claims'],
    ['claims that are a list', { claims: '[1]' }, 422, 'malformed_claims', 'claims'],
    ['claims that are null', { claims: 'null' }, 422, 'malformed_claims', 'claims'],
    ['no claims', { claims: undefined }, 400, 'malformed_claims', 'claims'],
    ['claims with NUL', { claims: '{"company":"a\\u0000"}' }, 422, 'malformed_claims', 'claims'],
    ['claims with half a character', { claims: '{"company":"\\ud800"}' }, 422, 'malformed_claims', 'claims'],
    ['claims in claims', { claims: '{"company":{"name":"ACME"}}' }, 422, 'malformed_claims', 'claims'],
    ['a number beyond measure', { claims: '{"total":1e200000}' }, 422, 'malformed_claims', 'claims'],
    ['claims of 100 KiB', { claims: JSON.stringify({ company: 'x'.repeat(100_000) }) }, 413, 'too_large', 'claims'],
    ['an unknown locale', { locale: 'no such place' }, 422, 'unknown_locale', 'locale'],
    ['no file', { files: undefined }, 422, 'no_file', 'files'],
    ['an empty file', { files: [jpeg, new Uint8Array()] }, 422, 'empty_file', 'files'],
    [
      'a file that is something else by content',
      { files: [jpeg, Buffer.from('GIF89a')] },
      415,
      'unsupported_file',
      'files',
    ],
    ['an SVG', { files: [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')] }, 415, 'unsupported_file', 'files'],
    ['21 files', { files: Array.from({ length: 21 }, () => jpeg) }, 413, 'too_many_files', 'files'],
    ['a file of 20 MiB and a byte', { files: [large(20 * mebibyte + 1)] }, 413, 'too_large', 'files'],
    [
      '40 MiB and a byte altogether',
      { files: [large(20 * mebibyte), large(20 * mebibyte), jpeg] },
      413,
      'too_large',
      'files',
    ],
  ];
  for (const [word, fields, status, code, field] of wrong) {
    it(`answers ${status} with the field for ${word}, and keeps nothing`, async () => {
      const before = await kept();
      const answer = await send(fields);
      assert.equal(answer.status, status);
      assert.deepEqual([answer.body.error.code, answer.body.error.field], [code, field]);
      assert.equal(typeof answer.body.error.message, 'string');
      assert.deepEqual(await kept(), before);
    });
  }

  it('takes 20 files of 2 MiB', async () => {
    const { status } = await send({ files: Array.from({ length: 20 }, () => large(2 * mebibyte)) });
    assert.equal(status, 201);
  });

  it('answers 415 for anything but a form, 400 for a form that breaks off', async () => {
    const json = await read(await call('records', { method: 'POST', json: { kind: 'receipt' } }));
    assert.deepEqual([json.status, json.body.error.field], [415, 'files']);
    const broken = await read(
      await call('records', {
        method: 'POST',
        body: '--b\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\nabc',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      }),
    );
    assert.equal(broken.status, 400);
  });

  it('refuses by its announced length what is too long to read', async () => {
    const answer = await read(
      await call('records', {
        method: 'POST',
        body: form({}),
        headers: { 'content-length': String(100 * mebibyte) },
      }),
    );
    assert.equal(answer.status, 413);
  });

  it('takes 4 MB where the platform cuts bodies', async () => {
    await withEnvironment({ VERCEL: '1' }, async () => {
      assert.equal((await send({ files: [large(4_100_000)] })).status, 413);
    });
  });

  it('keeps no file when the database refuses the row', async () => {
    const before = await kept();
    await stage.sql.query('alter table public.records add constraint no_more check (false) not valid');
    try {
      assert.equal((await send({})).status, 500);
    } finally {
      await stage.sql.query('alter table public.records drop constraint no_more');
    }
    assert.deepEqual(await kept(), before);
  });

  it('shows what it took in as bytes that are never run', async () => {
    const id = await insertRecord(stage, { paths: ['gone.jpg', '../outside.jpg'] });
    for (const n of ['0', '1', '2', '-1', 'x', '0x0', '1e0', '99999999999']) {
      assert.equal((await call('records/[id]/attachments/[n]', { params: { id, n } })).status, 404, n);
    }
    const { body } = await send({ files: [Buffer.from('%PDF-1.7 and more')] });
    const answer = await call('records/[id]/attachments/[n]', { params: { id: body.recordId, n: '0' } });
    assert.equal(answer.headers.get('content-type'), 'application/pdf');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="[0-9a-f-]+-0\.pdf"$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });
});
