/**
 * Exchanging the admin token for a session. Wrong tokens are counted for the whole process: whoever guesses gets slower,
 * whoever knows is never made to wait, and no address has to be believed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { requireAdminToken, unauthorized } from './admission.ts';
import { InputError } from './errors.ts';
import { openSession } from './session.ts';

const wrongMax = 10;
const windowMs = 60_000;

interface Wrongs {
  count: number;
  since: number;
}

/** One count a process; the bundler makes several copies of this module. */
const shelf = globalThis as { [key: symbol]: Wrongs | undefined };
const place = Symbol.for('tidegate.console.wrong-tokens');

/**
 * The cookie of a new session.
 * @throws InputError 401 for a wrong token, 429 for one of many.
 */
export async function signIn(token: unknown, { secure, nowMs }: { secure: boolean; nowMs: number }): Promise<string> {
  const right = requireAdminToken();
  if (typeof token === 'string' && isSame(token, right)) return await openSession('admin', { secure });
  const last = shelf[place];
  const wrongs = last === undefined || nowMs - last.since > windowMs ? { count: 0, since: nowMs } : last;
  wrongs.count += 1;
  shelf[place] = wrongs;
  if (wrongs.count <= wrongMax) throw unauthorized();
  throw new InputError(429, 'too_many_wrong_tokens', 'Too many wrong tokens; wait a minute.', {
    headers: { 'retry-after': String(Math.ceil((wrongs.since + windowMs - nowMs) / 1000) || 1) },
  });
}

/** Compares hashes, so that neither length nor time tells anything. */
function isSame(given: string, right: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(right));
}
