/**
 * Where attachments lie, as `ATTACHMENTS_URL` says it: a folder or a bucket. Checks the words and opens the store; asks
 * neither.
 */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bucket, openBucket } from './bucket.ts';
import { openStore, type Store } from './store.ts';

export type AttachmentsPlace = { readonly folder: string } | { readonly bucket: Bucket };

/** What an environment offers a reader: values where set, and a list to write problems to. */
interface Reader {
  readonly get: (name: string) => string | null;
  readonly problems: string[];
}

/** The store that stands at this place. */
export function openAttachments(place: AttachmentsPlace): Store {
  return 'folder' in place ? openStore(place.folder) : openBucket(place.bucket);
}

/** Reads the variable; relative folders start at `root`, and without one attachments lie in `dir`. */
export function readAttachmentsPlace(reader: Reader, { root, dir }: { root: string; dir: string }): AttachmentsPlace {
  const given = reader.get('ATTACHMENTS_URL');
  const byDefault = { folder: resolve(dir, 'attachments') };
  if (given === null) return byDefault;
  if (given.startsWith('s3://')) return readBucket(reader, given) ?? byDefault;
  if (!given.startsWith('file:')) {
    reader.problems.push('ATTACHMENTS_URL: expected file:folder or s3://bucket/prefix?endpoint=…&region=…');
    return byDefault;
  }
  if (given.startsWith('file://')) return { folder: fileUrlPath(given, reader.problems) };
  const path = given.slice('file:'.length);
  return { folder: isAbsolute(path) ? path : resolve(root, path) };
}

function readBucket({ get, problems }: Reader, given: string): AttachmentsPlace | null {
  const url = URL.canParse(given) ? new URL(given) : null;
  const name = url?.hostname ?? '';
  const prefix = (url?.pathname ?? '').replace(/^\/+|\/+$/g, '');
  const before = problems.length;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || /%|\/\//.test(prefix)) {
    problems.push('ATTACHMENTS_URL: expected s3://bucket/prefix?endpoint=…&region=…, with a bucket of 3 to 63 letters');
  }
  const known = ['endpoint', 'region'];
  const unknown = [...(url?.searchParams.keys() ?? [])].filter((key) => !known.includes(key));
  if (unknown.length > 0)
    problems.push(`ATTACHMENTS_URL: expected only endpoint and region after ?, got ${unknown[0]}`);
  const region = url?.searchParams.get('region') || get('AWS_REGION') || 'us-east-1';
  const endpoint = url?.searchParams.get('endpoint') || `https://s3.${region}.amazonaws.com`;
  if (!isEndpoint(endpoint)) {
    problems.push('ATTACHMENTS_URL: expected an endpoint like https://host, with http only on this machine');
  }
  const keys = { AWS_ACCESS_KEY_ID: get('AWS_ACCESS_KEY_ID'), AWS_SECRET_ACCESS_KEY: get('AWS_SECRET_ACCESS_KEY') };
  for (const [variable, key] of Object.entries(keys)) {
    if (key === null) problems.push(`${variable}: expected the key of the bucket in ATTACHMENTS_URL, got nothing`);
  }
  if (problems.length > before) return null;
  return {
    bucket: {
      endpoint: endpoint.replace(/\/+$/, ''),
      name,
      prefix: prefix === '' ? '' : `${prefix}/`,
      region,
      accessKeyId: keys.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: get('AWS_SESSION_TOKEN'),
    },
  };
}

/** A place on the web, without a user, a query or a fragment; unencrypted only where nothing leaves the machine. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return plain && (url.protocol === 'https:' || (url.protocol === 'http:' && local));
}

function fileUrlPath(given: string, problems: string[]): string {
  try {
    return fileURLToPath(given);
  } catch {
    problems.push(`ATTACHMENTS_URL: expected file:folder or file:///folder, got ${given}`);
    return '/';
  }
}
