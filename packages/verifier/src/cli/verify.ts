/**
 * `tidegate-verifier verify`: a verdict per line on standard output, in the order of the file.
 */

import { runLines } from './run-lines.ts';
import type { Settings } from './settings.ts';

/** Runs the command; the exit code. */
export async function verifyFile(settings: Settings): Promise<number> {
  let exitCode = 0;
  await runLines(settings, (result) => {
    if ('error' in result || result.machinery) exitCode = 1;
    const answer =
      'error' in result
        ? { line: result.line, error: result.error }
        : {
            key: result.input.key ?? null,
            verdict: result.verdict.verdict,
            findings: result.verdict.findings,
            reasons: result.verdict.reasons,
            cpuMs: result.verdict.cpuMs,
            // Left out of the line where no model was asked.
            model: result.verdict.model,
            tokens: result.verdict.tokens,
            costMicros: result.verdict.model === undefined ? undefined : result.verdict.costMicros,
          };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
  return exitCode;
}
