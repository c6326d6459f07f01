/**
 * Text as it is compared: compatibility forms folded, invisible characters gone, look-alikes of OCR made equal.
 * Letters and digits that look alike are free to be confused; two different digits never are.
 */

/** Compatibility forms folded, control and zero-width characters removed, white space single. */
export function clean(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Letters without their accents, which readers lose; Hangul and other scripts stay whole. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .normalize('NFC');
}

/** Share of a text's letters that are Latin; 1 when it has none. */
export function latinShare(text: string): number {
  const letters = text.match(/\p{L}/gu) ?? [];
  return letters.length === 0
    ? 1
    : letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length / letters.length;
}

/** Upper-case letters and digits of any script, nothing else. */
export function compact(text: string): string {
  return clean(text)
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const folds: Readonly<Record<string, string>> = {
  O: '0',
  D: '0',
  Q: '0',
  I: '1',
  L: '1',
  '|': '1',
  Z: '2',
  S: '5',
  B: '8',
  G: '6',
};

/** Compact text in which letters that OCR takes for digits are those digits. */
export function skeleton(text: string): string {
  return fold(compact(text));
}

/** Folds the look-alikes of text that is compact already; the length stays. */
export function fold(text: string): string {
  return text.replace(/[ODQILZSBG|]/g, (letter) => folds[letter] ?? letter);
}

/** Letters only, digits that stand for letters turned back, upper case: for label words. */
export function lettersOf(text: string): string {
  return clean(text)
    .toUpperCase()
    .replace(/0/g, 'O')
    .replace(/[1|]/g, 'I')
    .replace(/5/g, 'S')
    .replace(/[^\p{L}]/gu, '');
}

/** Edits (insert, delete, replace) between two short strings. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Whether a word stands in a text of letters, an edit in every five letters allowed. */
export function contains(text: string, word: string): boolean {
  if (text.includes(word)) return true;
  const edits = Math.floor(word.length / 5);
  if (edits === 0 || text.length < word.length - edits) return false;
  let row = new Uint16Array(text.length + 1);
  let next = new Uint16Array(text.length + 1);
  for (let i = 1; i <= word.length; i += 1) {
    const letter = word.charCodeAt(i - 1);
    next[0] = i;
    for (let j = 1, left = i; j <= text.length; j += 1) {
      const replace = (row[j - 1] as number) + (letter === text.charCodeAt(j - 1) ? 0 : 1);
      left = Math.min(replace, (row[j] as number) + 1, left + 1);
      next[j] = left;
    }
    [row, next] = [next, row];
  }
  return row.some((edit) => edit <= edits);
}

const confusedDigits = new Set(['38', '08', '68', '56', '17', '06']);

/**
 * Whether two strings of digits differ in one place only, by digits that a reader confuses on a bad print: such a
 * difference, read once, is no proof.
 */
export function oneDigitInDoubt(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const differing = [...a].map((digit, i) => [digit, b[i] ?? ''].sort().join('')).filter((pair) => pair[0] !== pair[1]);
  return differing.length === 1 && confusedDigits.has(differing[0] ?? '');
}
