/**
 * Where attachments lie: a folder, and paths relative to it. A path that leads out of the folder, through a link or to
 * something other than a plain file is refused. Files are written under another name first and appear whole or never.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';

/**
 * `missing`: no such file. `refused`: the path is no plain file of the store. `too_large`: more bytes arrived than allowed.
 * `unavailable`: the store itself does not answer, which is nobody's file's fault.
 */
export type StoreErrorCode = 'missing' | 'refused' | 'too_large' | 'unavailable';

/** Why a file could not be had or kept. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}

/** A file that has arrived but has no place yet: keep it or discard it. */
export interface Received {
  readonly bytes: number;
  readonly sha256: string;
  read(): Promise<Uint8Array>;
  /** Gives it its place. Nothing may stand there already. */
  keep(path: string): Promise<void>;
  discard(): Promise<void>;
}

/** A place for files. */
export interface Store {
  /** The file's first `bytesMax` bytes; all of a file that has no more. @throws StoreError */
  read(path: string, bytesMax: number): Promise<Uint8Array>;
  /** Streams a file in. @throws StoreError `too_large` after `bytesMax`, with nothing kept. */
  receive(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Received>;
  /** Takes a file away; one that is not there is no error. */
  remove(path: string): Promise<void>;
  /** Takes away what arrived longer ago than this and was never kept: its process ended in the middle. */
  sweep(olderMs: number): Promise<void>;
}

const incoming = '.incoming';

/** Opens the store in a folder; it is made when the first file arrives. */
export function openStore(root: string): Store {
  return {
    read: (path, bytesMax) => readFile(root, path, bytesMax),
    receive: (source, bytesMax) => receive(root, source, bytesMax),
    remove: async (path) => await rm(placeOf(root, path), { force: true }),
    sweep: (olderMs) => sweep(root, olderMs),
  };
}

async function readFile(root: string, path: string, bytesMax: number): Promise<Uint8Array> {
  const place = placeOf(root, path);
  try {
    if ((await realpath(place)) !== placeOf(await realpath(root), path)) {
      throw new StoreError('refused', 'The path leads through a link.');
    }
    // Not blocking: opening a pipe would wait for its writer for ever.
    const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return await readAll(file, bytesMax);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw await judged(root, thrown);
  }
}

async function readAll(file: FileHandle, bytesMax: number): Promise<Uint8Array> {
  const found = await file.stat();
  if (!found.isFile()) throw new StoreError('refused', 'The path is no plain file.');
  const bytes = Buffer.alloc(Math.min(found.size, bytesMax));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** A file that is not there is missing only while the store is: an unmounted folder has lost no file. */
async function judged(root: string, thrown: unknown): Promise<StoreError> {
  if (thrown instanceof StoreError) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  if (code === 'ELOOP') return new StoreError('refused', 'The path leads through a link.', thrown);
  if (code === 'ENAMETOOLONG') return new StoreError('missing', 'There is no file by that path.', thrown);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const there = await stat(root).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (there) return new StoreError('missing', 'There is no file by that path.', thrown);
  }
  return new StoreError('unavailable', 'The attachments cannot be read.', thrown);
}

async function receive(root: string, source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Received> {
  await mkdir(join(root, incoming), { recursive: true, mode: 0o700 });
  const place = join(root, incoming, randomUUID());
  const discard = async (): Promise<void> => await rm(place, { force: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(place, 'wx', 0o600);
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw new StoreError('too_large', `The file has more than ${bytesMax} bytes.`);
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    await file.sync();
  } catch (thrown) {
    await discard();
    throw thrown;
  } finally {
    await file.close();
  }
  return {
    bytes,
    sha256: hash.digest('hex'),
    read: () => readFile(root, join(incoming, place.slice(dirname(place).length + 1)), bytesMax),
    keep: (path) => keep(root, place, path),
    discard,
  };
}

async function keep(root: string, from: string, path: string): Promise<void> {
  const place = placeOf(root, path);
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  await rename(from, place);
  // The name is safe only once its folder is.
  const folder = await open(dirname(place), constants.O_RDONLY);
  await folder.sync().finally(() => folder.close());
}

async function sweep(root: string, olderMs: number): Promise<void> {
  const files = await readdir(join(root, incoming)).catch(() => []);
  for (const file of files) {
    const place = join(root, incoming, file);
    const found = await stat(place).catch(() => null);
    if (found !== null && found.mtimeMs < Date.now() - olderMs) await rm(place, { force: true });
  }
}

/** The absolute path of a file of the store. @throws StoreError `refused` for every path that is not plainly inside. */
function placeOf(root: string, path: string): string {
  const plain =
    path !== '' &&
    !path.includes('\0') &&
    !isAbsolute(path) &&
    !path.split(/[/\\]/).includes('..') &&
    normalize(path) !== '.';
  if (!plain) throw new StoreError('refused', 'The path leads out of the store.');
  return join(root, normalize(path)).replace(new RegExp(`\\${sep}+$`), '');
}
