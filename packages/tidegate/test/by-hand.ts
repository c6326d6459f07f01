// Steps made by hand, one at a time and out of order, for tests of the law that no loop would reach on purpose; and
// databases that lose, delay or count what passes through them.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Outcome } from '../src/attempt.ts';
import { DEFAULT_LIMITS } from '../src/config.ts';
import { type Opened, openRun } from '../src/opening.ts';
import { type StepAnswer, type StepRequest, step } from '../src/store.ts';
import type { Database, Limits } from '../src/types.ts';
import { APPLY, BRISK } from './builders.ts';

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const isStep = (text: string): boolean => text.includes('tidegate.step_3');

export interface HandRun {
  readonly id: string;
  readonly opened: Opened;
  /** One step; its number rises by itself unless it is given. */
  step(request?: Partial<StepRequest>): Promise<StepAnswer>;
}

/** Opens a run whose steps are made by hand. */
export async function runByHand(
  database: pg.Pool,
  { gate = 'verify-applications', ...more }: Partial<Limits> & { gate?: string } = {},
): Promise<HandRun> {
  const limits = { ...DEFAULT_LIMITS, ...BRISK, ...more };
  const id = randomUUID();
  const opened = await openRun(database, gate, { id, trigger: 'cron', launcher: null, idempotencyKey: null, limits });
  let number = 0;
  return {
    id,
    opened,
    step: (request = {}) => {
      number += 1;
      return step(database, {
        gate: opened.gate,
        run: id,
        step: number,
        source: opened.source,
        apply: APPLY,
        limits,
        want: 0,
        force: false,
        outcomes: [],
        strained: false,
        held: [],
        keys: [],
        tried: [],
        ...request,
      });
    },
  };
}

/** A finished attempt as the loop would send it. */
export function done(
  { key, attempt }: { key: string; attempt: number },
  body: Outcome['body'] = { verdict: 'verified' },
): Outcome {
  return {
    ...{ key, attempt, outcome: 'done', status: 200, body, summary: body ?? null, blame: null, waitMs: 0 },
    ...{ counts: false, reached: true, costMicros: 0, retryAfterMs: null },
  };
}

/** Passes every query through `act`, which may refuse, delay or count it. */
export function through(
  pool: pg.Pool,
  act: (text: string, send: () => Promise<{ rows: unknown[] }>) => unknown,
): Database {
  return {
    query: async (text, values) =>
      (await act(text, async () => (await pool.query(text, values)) as { rows: unknown[] })) as { rows: unknown[] },
  };
}
