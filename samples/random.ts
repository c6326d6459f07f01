// Seeded randomness, so that the script renders the same receipts every time. Owns the generator and the few draws the
// other files need; knows nothing of receipts.

/** A stream of draws that a seed fixes for ever. */
export interface Draw {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** A new list with the same elements in another order. */
  shuffle<T>(list: readonly T[]): T[];
  /** Digits, as many as asked for, never starting with a zero. */
  digits(count: number): string;
}

/** Opens the stream that belongs to a seed (FNV-1a into mulberry32). */
export function drawFrom(seed: string): Draw {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619);

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  function int(low: number, high: number): number {
    return low + Math.floor(next() * (high - low + 1));
  }
  function pick<T>(list: readonly T[]): T {
    const found = list[int(0, list.length - 1)];
    if (found === undefined) throw new Error('Nothing to pick from.');
    return found;
  }
  function shuffle<T>(list: readonly T[]): T[] {
    const left = [...list];
    const taken: T[] = [];
    while (left.length > 0) taken.push(...left.splice(int(0, left.length - 1), 1));
    return taken;
  }
  function digits(count: number): string {
    let written = String(int(1, 9));
    while (written.length < count) written += String(int(0, 9));
    return written;
  }
  return { next, int, pick, shuffle, digits };
}
