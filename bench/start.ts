/**
 * `npm start` with everything built: time until it is ready, and the memory of the console's server and of a reading
 * process once a tick has gone through it.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteFolder, type Launched, launch, memoryOf, newFolder, readersOf } from './launcher.ts';
import type { Bench } from './report.ts';
import { median, rangeOf } from './statistics.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ROUNDS = 5;

/** A start on one machine. */
export const start: Bench = {
  title: 'npm start, everything built',
  async run(say) {
    say('a start that builds what is not built, not measured');
    await inNewFolder(async (dir) => (await launch(ROOT, dir)).stop());
    const first: number[] = [];
    const again: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      say(`round ${round + 1} of ${ROUNDS}`);
      await inNewFolder(async (dir) => {
        for (const times of [first, again]) {
          const launched = await launch(ROOT, dir);
          times.push(launched.readyMs / 1000);
          await launched.stop();
        }
      });
    }
    say('a tick');
    const memory = await inNewFolder(memoryOfTick);
    const bars = [
      { text: `ready within 5 s (${median(again).toFixed(1)})`, met: median(again) < 5 },
      { text: `the server below 400 MB (${Math.round(memory.server)})`, met: memory.server < 400 },
      { text: `a reading process below 1.3 GB (${Math.round(memory.reader)} MB)`, met: memory.reader < 1_300 },
    ];
    return {
      columns: ['measure', 'median'],
      rows: [
        ['ready in a new folder: database and samples made, s', median(first)],
        ['ready in a folder that has run before, s', median(again)],
        ['the server when it is ready, MB', memory.ready],
        ['the server after a tick of 20 receipts, MB', memory.server],
        ['a reading process at its highest in that tick, MB', memory.reader],
      ],
      bars,
      notes: [
        `Medians of ${ROUNDS} starts, memory of one; resident memory as the system counts it, shared pages included.`,
        `Noise: ${rangeOf(first)} s in a new folder, ${rangeOf(again)} s after.`,
      ],
    };
  },
};

async function inNewFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = newFolder();
  try {
    return await use(dir);
  } finally {
    deleteFolder(dir);
  }
}

async function memoryOfTick(dir: string): Promise<{ ready: number; server: number; reader: number }> {
  const launched: Launched = await launch(ROOT, dir);
  try {
    const ready = memoryOf(launched.serverPid).nowMb;
    let reader = 0;
    const ticking = new AbortController();
    const ticked = launched.tick().finally(() => ticking.abort());
    while (!ticking.signal.aborted) {
      const highest = readersOf(launched.serverPid).map((pid) => memoryOf(pid).highestMb);
      reader = Math.max(reader, ...highest.filter(Number.isFinite));
      await sleep(200);
    }
    await ticked;
    return { ready, server: memoryOf(launched.serverPid).nowMb, reader };
  } finally {
    await launched.stop();
  }
}
