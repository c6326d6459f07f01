/**
 * Whether the database strains, by its own answers: a step that stood in line for one of the process's own connections, or
 * that takes much longer than steps do when all is well. What "well" is, is learned and remembered in the gate's row. The
 * server's own count of its connections is the step's to look at. Pure.
 */
import type { Database } from './types.ts';

/** A step is slow beyond this multiple of a calm one, and beyond the floor below it. */
const STRAIN_FACTOR = 4;
const STRAIN_FLOOR_MS = 150;
/** A run learns only from this many steps, and moves what is known by this much of the difference. */
const STEPS_MIN = 8;
const LEARNING = 0.2;
/** What is known changes only where it moves by more than this share: the gate's row is not written for less. */
const CHANGE_MIN = 0.1;

export interface Strain {
  /** A step took this long; `queued` when it began in a line for a connection. */
  heard(tookMs: number, queued?: boolean): void;
  /** The last step was slow. */
  readonly strained: boolean;
  /** What a calm step takes, to remember; null where nothing worth writing was learned. */
  readonly learnedMs: number | null;
}

/** Begins with what earlier runs learned, null at a gate's first. */
export function createStrain(knownMs: number | null): Strain {
  const took: number[] = [];
  let queuedLast = false;
  const calmMs = (): number | null => knownMs ?? (took.length < STEPS_MIN ? null : median(took));
  return {
    heard(tookMs, queued = false) {
      took.push(tookMs);
      queuedLast = queued;
    },
    get strained() {
      const last = took.at(-1);
      if (queuedLast && last !== undefined && last > STRAIN_FLOOR_MS) return true;
      const calm = calmMs();
      return last !== undefined && calm !== null && last > Math.max(STRAIN_FLOOR_MS, STRAIN_FACTOR * calm);
    },
    get learnedMs() {
      if (took.length < STEPS_MIN) return null;
      const now = median(took);
      if (knownMs === null) return now;
      const next = knownMs + LEARNING * (now - knownMs);
      return Math.abs(next - knownMs) > CHANGE_MIN * knownMs ? next : null;
    },
  };
}

/** Whether what is asked now waits until somebody gives a connection back; false where the database does not tell. */
export function isQueued(database: Database): boolean {
  return 'waitingCount' in database && Number(database.waitingCount) > 0;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
