// The folder TIDEGATE_DIR and the small private files in it: made 0700 and 0600, written whole or not at all. Where root
// works in somebody else's folder, what it makes belongs to the folder's owner, or that person's next start fails.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder where it is missing, closes it to everybody else, and throws when it cannot be written. */
export function openFolder(path: string): void {
  makeFolder(path);
  chmodSync(path, 0o700);
  probeFolder(path);
}

/** Makes the folder where it is missing, and throws when it is none or cannot be written. What is there keeps its mode. */
export function openSharedFolder(path: string): void {
  makeFolder(path);
  probeFolder(path);
}

function probeFolder(path: string): void {
  const probe = `${path}/.probe-${process.pid}`;
  writeFileSync(probe, '');
  rmSync(probe);
}

/** One folder at a time: Node's own recursion never returns where a file system takes no folders, as under /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw new Error('it is no folder');
    return;
  }
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  giveToOwnerOf(dirname(path), path);
}

/** The file's text without its last line break, or null where there is none. */
export function readPrivate(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/** Writes a file that only its owner reads (0600); a reader sees the old text or the new one, never half of it. */
export function writePrivate(path: string, text: string): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${text}\n`, { mode: 0o600 });
  chmodSync(next, 0o600);
  giveToOwnerOf(dirname(path), next);
  renameSync(next, path);
}

function giveToOwnerOf(folder: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  if (uid !== 0) chownSync(path, uid, gid);
}
