// The command line as its users run it: a process of its own over a database's URL, and gate files for it to load.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Scope } from '../../../test/database.ts';
import type { Limits } from '../src/types.ts';
import { APPLY } from './builders.ts';

export const CLI = join(import.meta.dirname, '../src/cli.ts');
const GATE = join(import.meta.dirname, '../src/gate.ts');

/** What one command answered. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `tidegate` with these words. */
export async function tidegate(
  words: readonly string[],
  { url, cwd, env = {} }: { url?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Said> {
  const all = { ...process.env, DATABASE_URL: url ?? '', TIDEGATE_DIR: '/nonexistent', LOG_LEVEL: 'error', ...env };
  return await promisify(execFile)(process.execPath, [CLI, ...words], { env: all, cwd }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
}

/** A folder of one's own, deleted when the scope ends. */
export function folder(scope: Scope): string {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-project-'));
  scope.after(async () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a gate over the scene's applications and returns the file's path; `work` is the body of its function. */
export function gateFile(
  dir: string,
  {
    work = "return { verdict: 'verified' };",
    apply = APPLY,
    limits = {},
  }: { work?: string; apply?: string; limits?: Partial<Limits> } = {},
): string {
  const path = join(dir, `gate-${files++}.ts`);
  writeFileSync(
    path,
    `import { createGate } from ${JSON.stringify(GATE)};
export const gate = createGate({
  name: 'verify-applications',
  async work(item: { key: string }, at: { signal: AbortSignal; attempt: number }) { ${work} },
  apply: ${JSON.stringify(apply)},
  limits: ${JSON.stringify(limits)},
});
`,
  );
  return path;
}

let files = 0;
