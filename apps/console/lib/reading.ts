/**
 * The verifier of this process, and whose fault its failures are. Reading processes are dear, so that there is one
 * verifier however many copies of this module the bundler makes.
 */
import { createVerifier, isVerifierError, type Verifier } from '@tidegate/verifier';
import { Defer } from 'tidegate';
import { readEnvironment } from './environment.ts';

const place = Symbol.for('tidegate.console.verifier');
const busyMs = 5_000;

/** The one verifier; nothing is started before its first request. */
export function processVerifier(): Verifier {
  const shelf = globalThis as { [place]?: Verifier };
  shelf[place] ??= createVerifier({ attemptTimeoutMs: readEnvironment().limits.attemptTimeoutMs });
  return shelf[place];
}

/** Ends the reading processes, if any were started. */
export async function closeVerifier(): Promise<void> {
  const shelf = globalThis as { [place]?: Verifier };
  await shelf[place]?.close();
  delete shelf[place];
}

/** Throws a verifier's failure with its blame: no reading at all is the gate's fault, no free reader nobody's. */
export function sorted(thrown: unknown): never {
  if (!isVerifierError(thrown)) throw thrown;
  if (thrown.code === 'ocr_busy') throw new Defer(busyMs, thrown.message);
  if (thrown.code !== 'ocr_unavailable') throw thrown;
  throw Object.assign(new Error(thrown.message, { cause: thrown }), { code: thrown.code, blame: 'gate' });
}
