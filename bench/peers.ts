/**
 * The package of the peers, which lies outside the workspaces so that nobody else installs them: whether it is there, and
 * how to get it. Nothing of it is needed to build or check this repository.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = join(import.meta.dirname, 'peers');

/** What to say where the peers' rows are left out. */
export const HOW_TO_INSTALL =
  'The peers are left out: install pg-boss and graphile-worker with "npm ci --prefix bench/peers" to have them measured too.';

/** Whether the peers are installed. */
export function peersInstalled(): boolean {
  return ['graphile-worker', 'pg-boss'].every((name) => existsSync(join(FOLDER, 'node_modules', name)));
}

/** Imports a peer's library. The caller says what it uses of it. */
export async function importPeer<Library>(name: 'graphile-worker' | 'pg-boss'): Promise<Library> {
  const path = createRequire(join(FOLDER, 'package.json')).resolve(name);
  return (await import(pathToFileURL(path).href)) as Library;
}
