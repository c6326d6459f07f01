// Processes by id, over the lives of several launchers: a number alone proves nothing, because the system gives it out
// again, so a process is remembered by its number and the moment it was born. Knows nothing of what the processes do.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that can be recognised later. `born` is the system's own mark: ticks since boot on Linux, else a date. */
export interface Known {
  readonly pid: number;
  readonly born: string;
}

/** The process as it is now, or null when there is none of that number (a dead one that nobody has collected is none). */
export function know(pid: number): Known | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const born = process.platform === 'linux' ? bornOnLinux(pid) : ask(pid, 'lstart=');
  return born === null ? null : { pid, born };
}

/** Whether that very process still lives. */
export function alive(known: Known): boolean {
  return know(known.pid)?.born === known.born;
}

/** The command line, words joined by blanks; empty where the system does not tell. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') return ask(pid, 'command=') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** The parent's number; 0 when the process is gone or the system does not tell. */
export function parentOf(pid: number): number {
  if (process.platform !== 'linux') return Number(ask(pid, 'ppid=') ?? 0);
  return Number(statOf(pid)?.[1] ?? 0);
}

/** Waits until the process is gone; false when it outlives the time. */
export async function waitForEnd(known: Known, waitMs: number): Promise<boolean> {
  const end = performance.now() + waitMs;
  while (alive(known)) {
    if (performance.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/** Sends each signal in turn and waits its time, until the process is gone; false when it outlives them all. */
export async function stopProcess(
  known: Known,
  steps: readonly (readonly [NodeJS.Signals, number])[],
): Promise<boolean> {
  for (const [signal, waitMs] of steps) {
    if (!alive(known)) return true;
    try {
      process.kill(known.pid, signal);
    } catch {
      return !alive(known);
    }
    if (await waitForEnd(known, waitMs)) return true;
  }
  return false;
}

function bornOnLinux(pid: number): string | null {
  const stat = statOf(pid);
  return stat === null || stat[0] === 'Z' || stat[0] === 'X' ? null : (stat[19] ?? null);
}

/** Fields of /proc/PID/stat from the third on: the second, the name, may itself hold blanks and brackets. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function ask(pid: number, column: string): string | null {
  try {
    const text = execFileSync('ps', ['-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim() === '' ? null : text.trim();
  } catch {
    return null;
  }
}
