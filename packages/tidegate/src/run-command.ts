/**
 * `tidegate run --gate FILE`: drains the source with the user's own gate in one long run, shows how far it is, and stops in
 * order when it is interrupted. Knows nothing of argument parsing.
 */
import { loadGate } from './gate-file.ts';
import type { RecordResult, RunResult } from './types.ts';

const BAR_WIDTH = 30;

/** How far a run is. `total` is what stood in the backlog when it began. */
export interface Progress {
  readonly processed: number;
  readonly failed: number;
  readonly total: number;
}

/**
 * Runs until drained, `limit` records, or `signal`; what is in flight then has the gate's grace to end, or is given back at
 * once when `hurry` follows. `draw` gets one line whenever something changed.
 */
export async function runCommand({
  file,
  limit,
  signal,
  hurry,
  draw,
}: {
  file: string;
  limit: number | undefined;
  signal: AbortSignal;
  hurry: AbortSignal;
  draw: (line: string) => void;
}): Promise<{ readonly code: 0 | 1; readonly result: RunResult }> {
  const { gate } = await loadGate(file);
  const giveBack = (): void => void gate.close({ graceMs: 0 });
  hurry.addEventListener('abort', giveBack, { once: true });
  try {
    const backlog = (await gate.run({ dryRun: true })).remaining;
    let progress: Progress = { processed: 0, failed: 0, total: Math.min(backlog, limit ?? backlog) };
    const onResult = ({ ok }: RecordResult): void => {
      progress = { ...progress, processed: progress.processed + 1, failed: progress.failed + (ok ? 0 : 1) };
      draw(barOf(progress));
    };
    draw(barOf(progress));
    const options = limit === undefined ? {} : { limit };
    const result = await gate.run({ ...options, trigger: 'cli', drain: true, signal, onResult });
    return { code: isDone(result, limit) ? 0 : 1, result };
  } finally {
    hurry.removeEventListener('abort', giveBack);
    await gate.close();
  }
}

/** Whether what was asked for is done: nothing wants work any more, or as many records as were asked for ran. */
export function isDone({ stopped, remaining, processed }: RunResult, limit: number | undefined): boolean {
  return stopped === 'drained' ? remaining === 0 : stopped === 'batch' && limit !== undefined && processed >= limit;
}

/** The bar as one line; a run that outgrows its first count shows the greater one. */
export function barOf({ processed, failed, total }: Progress): string {
  const all = Math.max(total, processed);
  const filled = all === 0 ? 0 : Math.round((processed / all) * BAR_WIDTH);
  const trouble = failed === 0 ? '' : `, ${failed} without success`;
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${processed} of ${all}${trouble}`;
}
