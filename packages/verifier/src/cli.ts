#!/usr/bin/env node
/**
 * The command line `tidegate-verifier`: picks the command and turns its outcome into an exit code. 0: done; 1: fell
 * short, a line could not be used or reading could not start; 2: unusable arguments.
 */

import { evaluate } from './cli/eval.ts';
import { readSettings, usage } from './cli/settings.ts';
import { verifyFile } from './cli/verify.ts';
import { commandEnvironment } from './environment.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const settings = readSettings(process.argv.slice(2), commandEnvironment());
if ('help' in settings) {
  process.stdout.write(`${usage}\n`);
} else if ('problems' in settings) {
  process.stderr.write(`${settings.problems.join('\n')}\n\n${usage}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await (settings.command === 'eval' ? evaluate(settings) : verifyFile(settings));
}
