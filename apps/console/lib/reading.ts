/**
 * The verifier of this process. Reading processes are dear, so that there is one verifier however many copies of this
 * module the bundler makes.
 */
import { createVerifier, type Verifier } from '@tidegate/verifier';
import { readEnvironment } from './environment.ts';
import { logWarning } from './log.ts';

const place = Symbol.for('tidegate.console.verifier');
const shelf = globalThis as { [place]?: Verifier };

/** The one verifier; nothing is started before its first request. */
export function processVerifier(): Verifier {
  shelf[place] ??= openVerifier();
  return shelf[place];
}

function openVerifier(): Verifier {
  const { languageModel, limits } = readEnvironment();
  return createVerifier({
    attemptTimeoutMs: limits.attemptTimeoutMs,
    warn: logWarning,
    ...(languageModel === null ? {} : { languageModel }),
  });
}

/** Ends the reading processes, if any were started. */
export async function closeVerifier(): Promise<void> {
  await shelf[place]?.close();
  delete shelf[place];
}
