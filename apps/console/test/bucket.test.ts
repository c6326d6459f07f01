import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Bucket, openBucket } from '../lib/bucket.ts';
import { StoreError } from '../lib/store.ts';

/** The server of the protocol, whose package has no types. */
type ServerOfS3 = new (options: {
  readonly address: string;
  readonly port: number;
  readonly silent: boolean;
  readonly directory: string;
  readonly configureBuckets: readonly { readonly name: string }[];
}) => { run(): Promise<AddressInfo>; close(): Promise<void> };
const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as ServerOfS3;

const papers = new TextEncoder().encode('a scanned page');

async function* arriving(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
}

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof StoreError, String(thrown));
  return thrown;
}

describe('a bucket of attachments, on a real server of the protocol', () => {
  let folder = '';
  let server: InstanceType<ServerOfS3>;
  let bucket: Bucket;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-'));
    server = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'papers' }],
    });
    const { port } = await server.run();
    bucket = {
      endpoint: `http://127.0.0.1:${port}`,
      name: 'papers',
      prefix: 'in/here/',
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      sessionToken: null,
    };
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps what arrived, gives it back, and takes it away', async () => {
    const store = openBucket(bucket);
    const received = await store.receive(arriving(papers), 100);
    assert.equal(received.bytes, papers.length);
    assert.deepEqual(new Uint8Array(await received.read()), papers);
    for (const path of ['a1/scan 1+2=3 (copy).jpg', '영수증/사진.png', "it's#1%20.pdf"]) {
      const one = await store.receive(arriving(papers), 100);
      await one.keep(path);
      await one.discard();
      assert.deepEqual(new Uint8Array(await store.read(path, 100)), papers, path);
      assert.deepEqual(
        new Uint8Array(await openBucket({ ...bucket, prefix: '' }).read(`in/here/${path}`, 4)),
        papers.slice(0, 4),
      );
      await store.remove(path);
      await store.remove(path);
      assert.equal((await failureOf(store.read(path, 100))).code, 'missing');
    }
    await received.discard();
  });

  it('reads an empty file as empty', async () => {
    const store = openBucket(bucket);
    await (await store.receive(arriving(new Uint8Array()), 100)).keep('empty.jpg');
    assert.equal((await store.read('empty.jpg', 100)).length, 0);
  });

  it('keeps nothing of what is too large', async () => {
    const store = openBucket(bucket);
    assert.equal((await failureOf(store.receive(arriving(papers), 6))).code, 'too_large');
  });

  it('tells a file that is missing from a bucket that is', async () => {
    assert.equal((await failureOf(openBucket(bucket).read('none.jpg', 100))).code, 'missing');
    const elsewhere = await failureOf(openBucket({ ...bucket, name: 'nowhere' }).read('none.jpg', 100));
    assert.equal(elsewhere.code, 'unavailable');
    assert.match(elsewhere.message, /404 NoSuchBucket/);
  });

  it('refuses paths that lead elsewhere, before it asks anybody', async () => {
    const store = openBucket({ ...bucket, endpoint: 'http://127.0.0.1:1' });
    for (const path of ['', '/etc/passwd', '../other/a.jpg', 'a/../../b', 'a//b', './a', 'a\\b', 'a\0b']) {
      assert.equal((await failureOf(store.read(path, 100))).code, 'refused', path);
    }
    assert.equal((await failureOf(store.read('a'.repeat(2_000), 100))).code, 'missing');
  });

  it('is unavailable with the wrong key, and says neither key nor signature', async () => {
    const failure = await failureOf(openBucket({ ...bucket, secretAccessKey: 'hush-hush' }).read('a.jpg', 100));
    assert.equal(failure.code, 'unavailable');
    assert.match(failure.message, /403 SignatureDoesNotMatch/);
    assert.doesNotMatch(JSON.stringify(failure) + failure.message, /hush|S3RVER|Signature=/);
  });

  it('is unavailable when nobody answers', async () => {
    const failure = await failureOf(openBucket({ ...bucket, endpoint: 'http://127.0.0.1:1' }).read('a.jpg', 100));
    assert.equal(failure.code, 'unavailable');
  });
});

describe('a bucket whose server misbehaves', () => {
  let server: Server;

  async function misbehaving(listener: RequestListener): Promise<Bucket> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: null };
    return { endpoint, name: 'papers', prefix: '', region: 'us-east-1', ...keys };
  }

  async function end(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  it('reads no more than was asked for of what never ends', async () => {
    const bucket = await misbehaving((_, response) => {
      response.writeHead(200);
      const more = (): void =>
        void (response.writable && response.write(Buffer.alloc(65_536), () => setImmediate(more)));
      more();
    });
    assert.equal((await openBucket(bucket).read('a.jpg', 100_000)).length, 100_000);
    await end();
  });

  it('follows no redirect', async () => {
    const asked: string[] = [];
    const bucket = await misbehaving((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(301, { location: '/elsewhere' }).end('<Error><Code>PermanentRedirect</Code></Error>');
    });
    const failure = await failureOf(openBucket(bucket).read('a.jpg', 100));
    assert.match(failure.message, /301 PermanentRedirect/);
    assert.deepEqual(asked, ['/papers/a.jpg']);
    await end();
  });

  it('takes a cut answer for no answer', async () => {
    const bucket = await misbehaving((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    assert.equal((await failureOf(openBucket(bucket).read('a.jpg', 1_000))).code, 'unavailable');
    await end();
  });
});
