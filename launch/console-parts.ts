// The two functions of the product that a start calls, imported only when it gets there: the launcher must be able to refuse in
// one sentence on a machine where the rest could not even be loaded.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { CONSOLE } from './console-build.ts';
import { Refusal } from './refusal.ts';

interface Prepare {
  prepare(options: {
    databaseUrl: string;
    directUrl: string;
    attachments: unknown;
    seed: 'samples' | 'none';
    log: (line: string) => void;
  }): Promise<{ seeded: number; records: boolean }>;
}

/** Migrations and samples. */
export const prepare: Prepare['prepare'] = async (options) => {
  const file = join(CONSOLE, 'lib/prepare.ts');
  if (!existsSync(file)) throw new Refusal(`${file} is missing: this copy of Tidegate is not whole.`);
  const console = (await import(pathToFileURL(file).href)) as Prepare;
  return await console.prepare(options);
};

/** Ends the leases that this launcher's last life left, so that nobody waits for the silence of the dead. */
export async function endPreviousLife(databaseUrl: string, launcherId: string): Promise<void> {
  const engine = await import('tidegate');
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5_000 });
  try {
    await engine.endPreviousLife(pool, launcherId);
  } finally {
    await pool.end();
  }
}
