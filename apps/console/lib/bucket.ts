/**
 * Attachments in a bucket of an S3-compatible store (Supabase Storage, R2, AWS, MinIO): path style, signed requests, every
 * wait bounded, no redirects. What arrives is spooled to a folder of this machine first, so that it is checked before it
 * is kept. Knows nothing of records.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { openStore, type Received, type Store, StoreError } from './store.ts';

/** Where a bucket is, and with which key it is opened. `prefix` is empty or ends in a slash. */
export interface Bucket {
  readonly endpoint: string;
  readonly name: string;
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

const waitMs = 30_000;
const explanationBytesMax = 4_096;
const keyBytesMax = 1_024;

/** Opens the store in a bucket. Asks nothing until it is used. */
export function openBucket(bucket: Bucket): Store {
  const spool = openStore(join(tmpdir(), 'tidegate-incoming'));
  return {
    read: (path, bytesMax) => read(bucket, path, bytesMax),
    async receive(source, bytesMax) {
      const received = await spool.receive(source, bytesMax);
      return { ...received, keep: (path) => keep(bucket, received, path) };
    },
    async remove(path) {
      await ask(bucket, path, { method: 'DELETE', accepts: [200, 204, 404] });
    },
    sweep: (olderMs) => spool.sweep(olderMs),
  };
}

async function read(bucket: Bucket, path: string, bytesMax: number): Promise<Uint8Array> {
  const response = await ask(bucket, path, { method: 'GET', accepts: [200, 404] });
  if (response.status === 200) return await firstBytes(response, bytesMax);
  const explanation = await explained(response);
  if (explanation === 'NoSuchBucket') throw unavailable(response.status, explanation);
  throw new StoreError('missing', 'There is no file by that path.');
}

async function keep(bucket: Bucket, received: Received, path: string): Promise<void> {
  const headers = { 'x-amz-content-sha256': received.sha256 };
  const response = await ask(bucket, path, {
    method: 'PUT',
    headers,
    body: await received.read(),
    accepts: [200, 201],
  });
  await response.body?.cancel();
  await received.discard();
}

interface Asked {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly accepts: readonly number[];
}

/** One signed request. @throws StoreError `unavailable` for no answer, and for one that is not among `accepts`. */
async function ask(bucket: Bucket, path: string, { accepts, body, ...asked }: Asked): Promise<Response> {
  const { accessKeyId, secretAccessKey, sessionToken, region } = bucket;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === null ? {} : { sessionToken }),
    region,
    service: 's3',
  });
  const url = `${bucket.endpoint}/${encoded(bucket.name)}/${encoded(keyOf(bucket, path))}`;
  let response: Response;
  try {
    const request = await client.sign(url, body === undefined ? asked : { ...asked, body: Buffer.from(body) });
    response = await fetch(request, { redirect: 'manual', signal: AbortSignal.timeout(waitMs) });
  } catch (thrown) {
    throw new StoreError('unavailable', 'The bucket of the attachments does not answer.', thrown);
  }
  if (accepts.includes(response.status)) return response;
  throw unavailable(response.status, await explained(response));
}

function unavailable(status: number, explanation: string): StoreError {
  return new StoreError('unavailable', `The bucket of the attachments answered ${status} ${explanation}`.trim());
}

/** The store's own word for what is wrong, like `AccessDenied`; empty where it says none. */
async function explained(response: Response): Promise<string> {
  const text = await firstBytes(response, explanationBytesMax).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );
  return /<Code>([A-Za-z]{1,60})<\/Code>/.exec(text)?.[1] ?? '';
}

/** At most that many bytes, whatever the far side sends or says that it will send. */
async function firstBytes(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let left = bytesMax;
  try {
    for await (const chunk of response.body ?? []) {
      const kept = chunk.subarray(0, left);
      chunks.push(kept);
      left -= kept.byteLength;
      if (left === 0) break;
    }
  } catch (thrown) {
    throw new StoreError('unavailable', 'The bucket of the attachments stopped answering.', thrown);
  }
  return Buffer.concat(chunks);
}

/** @throws StoreError `refused` for every path that is not plainly inside. */
function keyOf({ prefix }: Bucket, path: string): string {
  const steps = path.split('/');
  const plain = !/[\0\\]/.test(path) && steps.every((step) => step !== '' && step !== '.' && step !== '..');
  if (!plain) throw new StoreError('refused', 'The path leads out of the store.');
  if (Buffer.byteLength(prefix + path) > keyBytesMax) throw new StoreError('missing', 'There is no file by that path.');
  return prefix + path;
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
