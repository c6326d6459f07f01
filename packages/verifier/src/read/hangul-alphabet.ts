/**
 * The line reader's alphabet: a syllable is spelt as its initial, vowel and final, so that 67 classes write all 11,172
 * syllables; then digits, Latin letters and signs. Class 0 is CTC's blank. The same table as hangul/train/alphabet.py.
 */

import type { Letter } from './recognize.ts';

const initials = 19;
const vowels = 21;
const finals = 27;
const firstSign = 1 + initials + vowels + finals;
const signs = [
  ...'0123456789',
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  ...'.,-()/:&%\'"~*#+[]<>@=_·₩㈜!?',
];

/** Classes of the network, the blank included. */
export const hangulClasses = firstSign + signs.length;

/** One class that the network saw, at a place along the line (0 to 1), and how sure it was. */
export interface Seen {
  readonly class: number;
  readonly at: number;
  readonly score: number;
}

/** Puts jamo together; one that makes no syllable is left out, being half a letter that nobody could read. */
export function lettersOf(seen: readonly Seen[]): Letter[] {
  const letters: Letter[] = [];
  for (let i = 0; i < seen.length; ) {
    const first = seen[i] as Seen;
    if (first.class >= firstSign) {
      letters.push({ char: signs[first.class - firstSign] as string, at: first.at });
      i += 1;
      continue;
    }
    const second = seen[i + 1];
    if (first.class > initials || second === undefined || !isVowel(second.class)) {
      i += 1;
      continue;
    }
    const third = seen[i + 2];
    const final = third !== undefined && isFinal(third.class) ? third.class - initials - vowels : 0;
    const code = 0xac00 + (first.class - 1) * 588 + (second.class - 1 - initials) * 28 + final;
    const last = final > 0 ? (third as Seen) : second;
    letters.push({ char: String.fromCharCode(code), at: (first.at + last.at) / 2 });
    i += final > 0 ? 3 : 2;
  }
  return letters;
}

function isVowel(index: number): boolean {
  return index > initials && index <= initials + vowels;
}

function isFinal(index: number): boolean {
  return index > initials + vowels && index < firstSign;
}
