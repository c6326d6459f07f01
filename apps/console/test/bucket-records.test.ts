/** The whole way of a record whose file lies in a bucket: taken in, read and verified, shown; missing; the bucket away. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { call, forgetProcess, insertRecord, read, setStage } from './stage.ts';

type ServerOfS3 = new (options: object) => { run(): Promise<AddressInfo>; close(): Promise<void> };
const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as ServerOfS3;

const directory = await mkdtemp(join(tmpdir(), 'bucket-'));
const configureBuckets = [{ name: 'papers' }];
const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
const { port } = await server.run();
let open = true;
async function closeServer(): Promise<void> {
  if (open) await server.close();
  open = false;
}
after(async () => {
  await closeServer();
  await rm(directory, { recursive: true, force: true });
});
const stage = await setStage(
  { after },
  {
    ATTACHMENTS_URL: `s3://papers/in?endpoint=http://127.0.0.1:${port}&region=us-east-1`,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  },
);

async function tick(): Promise<Awaited<ReturnType<typeof read>>> {
  await forgetProcess();
  return await read(await call('cron/verify-records', { method: 'POST', as: 'cron' }));
}

async function itemOf(id: string): Promise<{ state: string; code: string | null }> {
  const { rows } = await stage.sql.query('select state, code from tidegate.items where key = $1', [id]);
  return rows[0];
}

describe('records whose files lie in a bucket', () => {
  it('are taken in, read, verified and shown', async () => {
    const samples = join(import.meta.dirname, '../../../samples');
    const lines = (await readFile(join(samples, 'claims.jsonl'), 'utf8')).trim().split('\n');
    const sample = lines.map((line) => JSON.parse(line)).find(({ expected }) => expected === 'verified');
    const bytes = await readFile(join(samples, sample.attachments[0]));
    const body = new FormData();
    body.append('kind', sample.kind);
    if (sample.locale !== undefined) body.append('locale', sample.locale);
    body.append('claims', JSON.stringify(sample.claims));
    body.append('files', new Blob([Uint8Array.from(bytes)]), 'scan.jpg');
    const taken = await read(await call('records', { method: 'POST', body }));
    assert.equal(taken.status, 201);
    const { body: answer } = await tick();
    assert.deepEqual([answer.processed, answer.succeeded], [1, 1], answer.message);
    const params = { id: taken.body.recordId, n: '0' };
    const record = (await read(await call('records/[id]', { params }))).body;
    assert.equal(record.status, 'verified', JSON.stringify(record.verdict));
    const shown = await call('records/[id]/attachments/[n]', { params });
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), bytes);
  });

  it('are parked at once where the file is missing', async () => {
    const id = await insertRecord(stage, { paths: ['nobody/put-this.jpg'] });
    const { body } = await tick();
    assert.equal(body.results[0].status, 422);
    assert.deepEqual(await itemOf(id), { state: 'parked', code: 'attachment_missing' });
  });

  it('come back by themselves where the bucket does not answer', async () => {
    const id = await insertRecord(stage, { paths: ['some/file.jpg'] });
    await closeServer();
    const { body } = await tick();
    assert.deepEqual([body.deferred, body.failed], [1, 0], JSON.stringify(body));
    assert.equal((await itemOf(id)).state, 'waiting');
  });
});
