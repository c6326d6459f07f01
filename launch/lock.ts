// A lock between processes of this checkout: a file that names its holder. Whoever finds a dead holder takes it over.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { alive, type Known, know } from './processes.ts';

/** Runs `act` while no other living process does so under the same file. */
export async function withLock<T>(file: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  while (!take(file)) await sleep(200, undefined, { signal });
  try {
    return await act();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(know(process.pid)), { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  if (!holderLives(file)) rmSync(file, { force: true });
  return false;
}

function holderLives(file: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Known;
    return alive(holder);
  } catch (cause) {
    // Gone meanwhile, or not written to its end yet: look again later. An empty file of a dead holder is the one thing that
    // stays, and only a crash between two system calls leaves it.
    return (cause as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
