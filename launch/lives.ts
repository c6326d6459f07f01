// Who runs in this TIDEGATE_DIR: the launcher, the npm above it and the server below it, written down so that the next life
// finds what a `kill -9` left over. Also the launcher's own name in the database, which stays the same in every life.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivate, writePrivate } from './folder.ts';
import { alive, commandOf, type Known, know, parentOf, stopProcess } from './processes.ts';
import { Refusal } from './refusal.ts';

/** One life of a launcher. `npm` is null when it was not started by npm. */
export interface Life {
  readonly launcher: Known;
  readonly npm: Known | null;
  server: Known | null;
}

const FILE = 'launcher.json';
const STOP_WITHIN_MS = 45_000;
/** The server takes signals that follow each other faster for one. */
const ONE_INTERRUPT_MS = 600;
/** To write what is given back, and to end. */
const GIVE_BACK_MS = 8_000;

/**
 * Begins a life. A launcher that lives on although its npm was killed is stopped, as is a server whose launcher was; beside one
 * that is in order it throws a Refusal.
 */
export async function beginLife(dir: string, log: (line: string) => void): Promise<Life> {
  const last = readLife(join(dir, FILE));
  if (last !== null && alive(last.launcher)) {
    const pid = last.launcher.pid;
    if (last.npm === null || alive(last.npm)) {
      throw new Refusal(
        `Tidegate already runs here (process ${pid}): stop it, or set TIDEGATE_DIR and PORT to others.`,
      );
    }
    log(`Stopping the launcher (process ${pid}) whose npm was killed.`);
    await stopProcess(last.launcher, [
      ['SIGTERM', STOP_WITHIN_MS],
      ['SIGKILL', 5_000],
    ]);
  }
  if (last?.server && alive(last.server)) {
    log(`Stopping the server (process ${last.server.pid}) that a killed launcher left behind.`);
    await stopServer(last.server, 0);
  }
  const me = know(process.pid);
  if (me === null) throw new Error('This system does not tell about its processes.');
  const life: Life = { launcher: me, npm: findNpm(), server: null };
  keepLife(dir, life);
  return life;
}

/** Writes the life down again, after its server changed. */
export function keepLife(dir: string, life: Life): void {
  writePrivate(join(dir, FILE), JSON.stringify(life));
}

/** Ends a life that has stopped everything. */
export function endLife(dir: string): void {
  rmSync(join(dir, FILE), { force: true });
}

/**
 * Stops a server: asked once it lets what is in flight end for `graceMs`, asked again it gives that back, and it and whatever
 * it started and left is ended by force when it is not gone then.
 */
export async function stopServer(server: Known, graceMs: number): Promise<void> {
  await stopProcess(server, [
    ['SIGTERM', Math.max(ONE_INTERRUPT_MS, graceMs)],
    ['SIGTERM', GIVE_BACK_MS],
    ['SIGKILL', 5_000],
  ]);
  try {
    // The server leads a process group of its own; its number is free only when the last of them is gone.
    process.kill(-server.pid, 'SIGKILL');
  } catch {
    return;
  }
}

/** The name under which this launcher's runs stand in the embedded database. */
export function launcherId(dir: string): string {
  const file = join(dir, 'launcher-id');
  const kept = readPrivate(file);
  if (kept !== null && kept !== '') return kept;
  const made = randomUUID();
  writePrivate(file, made);
  return made;
}

/** npm is our parent, or a shell between us and it; started by node directly there is none. */
function findNpm(): Known | null {
  let pid = process.ppid;
  for (let above = 0; above < 3 && pid > 1; above++, pid = parentOf(pid)) {
    if (/\bnpm\b/.test(commandOf(pid))) return know(pid);
  }
  return null;
}

function readLife(file: string): Life | null {
  try {
    const life = JSON.parse(readPrivate(file) ?? 'null') as Life | null;
    return typeof life?.launcher?.pid === 'number' ? life : null;
  } catch {
    return null;
  }
}
