// The embedded PostgreSQL behind one call: made at the first start, adopted when a killed launcher left it running, never
// started twice. Its address and password live in TIDEGATE_DIR/database-url, where commands without a DATABASE_URL find them.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openFolder, readPrivate, writePrivate } from './folder.ts';
import { choosePort, portIsFree } from './ports.ts';
import { findPlace, type Place } from './postgres-place.ts';
import * as server from './postgres-server.ts';
import { alive, type Known } from './processes.ts';

/** A running embedded PostgreSQL. */
export interface Embedded {
  /** For the application: owner of the database `tidegate`, no superuser. */
  readonly url: string;
  /** For tests and repairs: the superuser on the database `postgres`. */
  readonly adminUrl: string;
  readonly pid: number;
  /** The folder that holds the data; `apart` when it is not inside TIDEGATE_DIR. */
  readonly folder: string;
  readonly apart: boolean;
  /** True when it ran already. */
  readonly adopted: boolean;
  /** Whether the server process still lives. */
  alive(): boolean;
  /** Stops the server in order and waits for its end. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** TIDEGATE_DIR: made when missing, closed to everybody else. */
  readonly dir: string;
  /** Receives a sentence about each thing done. */
  readonly log?: (line: string) => void;
  /** More server settings; `fsync: off` also makes the data without syncing (tests). */
  readonly settings?: server.PostgresSettings;
}

interface Access {
  readonly port: number;
  readonly password: string;
}

const READY_WITHIN_MS = 60_000;

/** Opens the embedded PostgreSQL of this TIDEGATE_DIR. Throws a sentence that says what to do when it cannot. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dir = resolve(options.dir);
  const log = options.log ?? (() => {});
  const settings = options.settings ?? {};
  openFolder(dir);
  const place = findPlace(dir);
  const urlFile = join(dir, 'database-url');
  const kept = readAccess(urlFile);
  if (kept === null && place.apart && existsSync(place.data)) log(setAside(place, dir));
  const access = kept ?? { port: await choosePort(), password: randomBytes(24).toString('hex') };
  if (kept === null) writePrivate(urlFile, urlOf(access, 'tidegate'));
  if (!existsSync(place.data)) {
    log(`Making a PostgreSQL database in ${place.folder}.`);
    server.createData(place, access.password, settings.fsync !== 'off');
  }
  refuseOtherVersion(place);

  const running = await adopt(place, access, log);
  const ready = running ?? (await start(place, access, settings, log));
  await createDatabase(ready.access);
  if (ready.access.port !== access.port) writePrivate(urlFile, urlOf(ready.access, 'tidegate'));
  return {
    url: urlOf(ready.access, 'tidegate'),
    adminUrl: urlOf(ready.access, 'postgres'),
    pid: ready.process.pid,
    folder: place.folder,
    apart: place.apart,
    adopted: running !== null,
    alive: () => alive(ready.process),
    stop: async () => {
      if (await server.stopServer(ready.process)) return;
      throw new Error(`PostgreSQL (process ${ready.process.pid}) does not stop: end it by hand.`);
    },
  };
}

interface Ready {
  readonly process: Known;
  readonly access: Access;
}

/** The server that a killed launcher left running, if it answers with our password; otherwise it is stopped. */
async function adopt(place: Place, access: Access, log: (line: string) => void): Promise<Ready | null> {
  const found = server.findServer(place);
  if (found.state === 'stale') server.disarmPidFile(place);
  if (found.state !== 'running') return null;
  const there = { ...access, port: found.port };
  if (found.port > 0 && (await answers(there, () => alive(found.process))) === 'yes') {
    log(`Found PostgreSQL still running (process ${found.process.pid}) and went on with it.`);
    return { process: found.process, access: there };
  }
  log(`Stopping a PostgreSQL (process ${found.process.pid}) that does not answer.`);
  if (await server.stopServer(found.process)) return null;
  throw new Error(
    `A PostgreSQL over ${place.data} neither answers nor stops (process ${found.process.pid}): end it by hand.`,
  );
}

async function start(
  place: Place,
  kept: Access,
  settings: server.PostgresSettings,
  log: (line: string) => void,
): Promise<Ready> {
  let access = kept;
  let renewed = false;
  const end = performance.now() + READY_WITHIN_MS;
  while (performance.now() < end) {
    if (!(await portIsFree(access.port))) {
      const port = await choosePort();
      log(`Port ${access.port} of the database is taken: it moves to ${port}.`);
      access = { ...access, port };
    }
    const logged = existsSync(place.log) ? statSync(place.log).size : 0;
    const started = server.startServer(place, access.port, settings);
    const answer = await answers(access, () => !started.ended);
    if (answer === 'yes') return { process: started.process, access };
    if (answer === 'refused' && !renewed) {
      await server.stopServer(started.process);
      server.resetPassword(place, access.password);
      renewed = true;
      continue;
    }
    if (!started.ended) await server.stopServer(started.process);
    const complaint = server.logSince(place, logged);
    // The last children of a killed server hold its memory for a moment, and a port can go between looking and taking.
    if (!/shared memory block|lock file|Address already in use/.test(complaint)) {
      throw new Error(`PostgreSQL did not start (${server.lastLines(complaint)}); its log is ${place.log}.`);
    }
    await sleep(250);
  }
  throw new Error(`PostgreSQL did not start within ${READY_WITHIN_MS / 1000} s; its log is ${place.log}.`);
}

/** Connects until the server serves: `refused` when it does not know our password, `no` when it ended or never answered. */
async function answers(access: Access, lives: () => boolean): Promise<'yes' | 'refused' | 'no'> {
  const end = performance.now() + READY_WITHIN_MS / 2;
  while (performance.now() < end && lives()) {
    const client = new pg.Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return 'yes';
    } catch (cause) {
      if ((cause as { code?: string }).code === '28P01') return 'refused';
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(25);
  }
  return 'no';
}

/** The application's own role and database, also after a start that died between the two. */
async function createDatabase(access: Access): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const roles = await client.query(`select 1 from pg_catalog.pg_roles where rolname = 'tidegate'`);
    const verb = roles.rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role tidegate login password '${access.password}'`);
    const databases = await client.query(`select 1 from pg_catalog.pg_database where datname = 'tidegate'`);
    if (databases.rowCount === 0) await client.query('create database tidegate owner tidegate');
  } finally {
    await client.end();
  }
}

function readAccess(urlFile: string): Access | null {
  const text = readPrivate(urlFile);
  if (text === null || !URL.canParse(text)) return null;
  const { port, password } = new URL(text);
  return port === '' || !/^[0-9a-f]{16,}$/.test(password) ? null : { port: Number(port), password };
}

function urlOf(access: Access, name: 'tidegate' | 'postgres'): string {
  return `postgres://${name}:${access.password}@127.0.0.1:${access.port}/${name}`;
}

/** A TIDEGATE_DIR that was deleted begins afresh; the data that lay apart from it is not ours to delete. */
function setAside(place: Place, dir: string): string {
  const aside = `${place.data}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(place.data, aside);
  return `${dir} is new: the database it had before now lies in ${aside}.`;
}

function refuseOtherVersion(place: Place): void {
  const ours = 18;
  const version = Number(readFileSync(join(place.data, 'PG_VERSION'), 'utf8'));
  if (version === ours) return;
  const hint = 'dump it with that version, set TIDEGATE_DIR to a new folder and restore it there';
  throw new Error(`The data in ${place.data} is of PostgreSQL ${version} and this is ${ours}: ${hint}.`);
}

/** Deletes everything an embedded PostgreSQL left on disk, once stopped. For tests: nothing else may delete data. */
export function deleteEmbedded(embedded: Embedded, dir: string): void {
  rmSync(embedded.folder, { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}
