/**
 * A reading process: answers one question at a time over the fork's channel, and ends itself when its parent goes or
 * its memory outgrows the limit. Started by the pool, never imported.
 */

import { writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Models } from './models.ts';
import type { Ask, ModelFiles, PictureAnswer, ReadAnswer, Refused, RowsAnswer, Tell } from './protocol.ts';

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
beFirstToDie();
watchMemory();
void serve();

async function serve(): Promise<void> {
  let read: typeof import('./read-attachment.ts');
  let again: typeof import('./reread.ts');
  let raster: typeof import('./raster.ts');
  let models: Models;
  try {
    const loading = await import('./models.ts');
    [read, again, raster] = await Promise.all([
      import('./read-attachment.ts'),
      import('./reread.ts'),
      import('./raster.ts'),
    ]);
    models = await loading.loadModels(JSON.parse(process.argv[2] ?? '{}') as ModelFiles);
  } catch (error) {
    tell({ tell: 'unavailable', detail: error instanceof Error ? error.message : String(error) });
    return;
  }
  const answer = async (ask: Ask): Promise<ReadAnswer | RowsAnswer | PictureAnswer | Refused> => {
    const before = process.cpuUsage();
    const cpuMs = (): number => {
      const { user, system } = process.cpuUsage(before);
      return Math.round((user + system) / 1000);
    };
    try {
      if (ask.op === 'reread') return { rows: await again.reread(models, ask.bytes, ask), cpuMs: cpuMs() };
      if (ask.op === 'picture') return await read.drawPage(ask.bytes, ask);
      return { pages: await read.readAttachment(models, ask.bytes, ask), cpuMs: cpuMs() };
    } catch (error) {
      if (!(error instanceof raster.Refusal)) throw error;
      return { refused: error.code, detail: error.message, cpuMs: cpuMs() };
    }
  };
  process.on('message', (ask: Ask) => {
    answer(ask).then(
      (reply) => tell({ tell: 'answer', id: ask.id, peakBytes: process.resourceUsage().maxRSS * 1024, answer: reply }),
      (error: unknown) => {
        process.stderr.write(`reading failed: ${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  });
  tell({ tell: 'ready' });
}

function tell(message: Tell): void {
  process.send?.(message);
}

function watchMemory(): void {
  const here = fileURLToPath(import.meta.url);
  new Worker(join(dirname(here), `memory-watch${extname(here)}`)).unref();
}

/** On Linux, tells the kernel to take this process before its parent when memory runs out. */
function beFirstToDie(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '600');
  } catch {
    // A container may forbid it; the limits above still hold.
  }
}
