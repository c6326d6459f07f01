/**
 * Hangul as it is compared: syllables as the jamo they are made of, since readers mistake one stroke and not a letter.
 * Pure text.
 */

/** A text as jamo: initial, vowel and final of each syllable as one number each; other letters as themselves. */
export function jamoOf(text: string): string[] {
  return [...text].flatMap((letter) => {
    const code = letter.charCodeAt(0) - 0xac00;
    if (code < 0 || code >= 11_172) return [letter];
    const final = code % 28;
    const parts = [`i${Math.floor(code / 588)}`, `v${Math.floor((code % 588) / 28)}`];
    return final === 0 ? parts : [...parts, `f${final}`];
  });
}

/** Edits (insert, delete, replace) of jamo between two short texts. */
export function jamoDistance(a: string, b: string): number {
  const [from, to] = [jamoOf(a), jamoOf(b)];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replace = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}

/** Share of a text's letters that are Hangul; 0 when it has none. */
export function hangulShare(text: string): number {
  const letters = text.match(/\p{L}/gu) ?? [];
  return letters.length === 0 ? 0 : letters.filter((letter) => /[가-힣]/.test(letter)).length / letters.length;
}
