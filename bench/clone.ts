/**
 * The whole way of a newcomer: `git clone`, `npm ci`, `npm start`, until the first sample is verified. Downloads what
 * `npm ci` downloads, so it runs only when it is asked for by name.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { deleteFolder, type Launched, launch, newFolder } from './launcher.ts';
import type { Bench } from './report.ts';

const ROOT = resolve(import.meta.dirname, '..');
const VERIFIED_WITHIN_MS = 300_000;

/** From nothing to a verified record. */
export const clone: Bench = {
  title: 'From git clone to the first verified record',
  byNameOnly: true,
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-clone-'));
    const copy = join(folder, 'tidegate');
    const dir = newFolder();
    const at = performance.now();
    const seconds = (): number => (performance.now() - at) / 1000;
    let launched: Launched | null = null;
    try {
      await run(folder, 'git', 'clone', '--quiet', ROOT, copy);
      const cloned = seconds();
      say('npm ci');
      await run(copy, 'npm', 'ci', '--no-audit', '--no-fund');
      const installed = seconds();
      say('npm start');
      launched = await launch(copy, dir);
      const ready = seconds();
      const ticked = launched.tick();
      await firstVerified(launched.databaseUrl);
      const verified = seconds();
      await ticked;
      return {
        columns: ['', 's after the beginning'],
        rows: [
          ['git clone', cloned],
          ['npm ci', installed],
          ['npm start is ready, the console built', ready],
          ['the first sample is verified', verified],
        ],
        bars: [{ text: `within 3 minutes (${Math.round(verified)} s)`, met: verified < 180 }],
        notes: [
          'Once; the clone is local, the packages come from wherever npm has them, and the tick is called by hand.',
        ],
      };
    } finally {
      await launched?.stop();
      deleteFolder(dir);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function firstVerified(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const end = performance.now() + VERIFIED_WITHIN_MS;
  try {
    while (performance.now() < end) {
      const found = await client.query(`select from public.records where verification_status = 'verified' limit 1`);
      if (found.rowCount === 1) return;
      await sleep(100);
    }
  } finally {
    await client.end();
  }
  throw new Error('no sample was verified in time');
}

async function run(cwd: string, command: string, ...words: string[]): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const child = spawn(command, words, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', reject);
  child.on('exit', (code) => (code === 0 ? done() : reject(new Error(`${command} ${words[0]} ended with ${code}`))));
  await promise;
}
