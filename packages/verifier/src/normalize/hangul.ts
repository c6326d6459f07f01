/**
 * Hangul as it is compared: syllables as the jamo they are made of, since readers mistake one stroke and not a letter,
 * and amounts written out in words. Pure text.
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

const digits = '영일이삼사오육칠팔구';
const units: Readonly<Record<string, number>> = { 십: 10, 백: 100, 천: 1000 };
const groups: Readonly<Record<string, number>> = { 만: 10_000, 억: 100_000_000 };

/** The won of an amount in words, `일금 일백삼십칠만오천원정`, or null where the words are none. */
export function writtenWon(text: string): number | null {
  const words = /(?:일금|금)?([영일이삼사오육칠팔구십백천만억]+)원(?:정|整)?/.exec(text.replace(/\s/g, ''))?.[1];
  if (words === undefined || !/[십백천만억]/.test(words)) return null;
  let [total, four, digit] = [0, 0, 0];
  for (const sign of words) {
    const value = digits.indexOf(sign);
    if (value >= 0) digit = value;
    else if (units[sign] !== undefined) {
      four += (digit === 0 ? 1 : digit) * (units[sign] as number);
      digit = 0;
    } else {
      total += (four + digit === 0 ? 1 : four + digit) * (groups[sign] as number);
      [four, digit] = [0, 0];
    }
  }
  return total + four + digit;
}
