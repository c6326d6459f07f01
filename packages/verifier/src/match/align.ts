/**
 * A claimed name laid along printed text: the cheapest alignment of the whole name with any stretch of the text, and
 * what it cost in each word. Look-alikes cost nothing, letters of like shape half, everything else one.
 */

import { fold } from '../normalize/text.ts';

/** A name against a stretch of text. */
export interface Alignment {
  /** Cost of each token, in letters. */
  readonly costs: readonly number[];
  readonly cost: number;
  /** The stretch of the compact text it covers. */
  readonly from: number;
  readonly to: number;
}

const likeShapes = new Set(
  [
    'MH',
    'MN',
    'HN',
    'UV',
    'UW',
    'VW',
    'WH',
    'PF',
    'EF',
    'CG',
    'CO',
    'C0',
    'G0',
    'IT',
    '1T',
    '1J',
    '1F',
    'KX',
    'PR',
    'BR',
    '8R',
    '8E',
    'KH',
    '8H',
    'YV',
    'CE',
    'EB',
    'UO',
    'U0',
    'A4',
    '1Y',
    'TY',
    '7T',
    '71',
    'MW',
    'NW',
    'K8',
    'RK',
    'FT',
    'HB',
    'AR',
    '5E',
    '58',
    '86',
    '6C',
    'NK',
  ].map((pair) => [...pair].sort().join('')),
);
const thin = ['1', 'J', 'T', 'F', 'R'];
/** What readers make of brackets, commas and rules between letters. */
const strokes = ['1', '_', 'C', 'J'];
const half = 0.5;

/** Costs by UTF-16 unit, since every letter of a name meets every letter of a page. */
const units = 128;
const replaceCosts = Float64Array.from({ length: units * units }, (_, pair) => {
  const [a, b] = [String.fromCharCode(Math.floor(pair / units)), String.fromCharCode(pair % units)];
  if (a === b) return 0;
  return b === '_' || likeShapes.has(a < b ? a + b : b + a) ? half : 1;
});
const missingCosts = costsOf(thin);
const extraCosts = costsOf(strokes);
const underscore = '_'.charCodeAt(0);

/** Lays tokens along compact text; null when the text is empty. */
export function align(tokens: readonly string[], text: string): Alignment | null {
  const name = fold(tokens.join(''));
  const page = fold(text);
  if (page === '' || name === '') return null;
  const width = page.length + 1;
  const table = new Float64Array((name.length + 1) * width);
  const letters = Uint16Array.from({ length: page.length }, (_, j) => page.charCodeAt(j));
  const extras = Float64Array.from(letters, (letter) => extraCosts[letter] ?? 1);
  for (let i = 1; i <= name.length; i += 1) {
    const letter = name.charCodeAt(i - 1);
    const missing = missingCosts[letter] ?? 1;
    const above = (i - 1) * width;
    const here = i * width;
    table[here] = i;
    for (let j = 1, left = i; j <= page.length; j += 1) {
      const replace = (table[above + j - 1] as number) + replacing(letter, letters[j - 1] as number);
      left += extras[j - 1] as number;
      const without = (table[above + j] as number) + missing;
      if (without < left) left = without;
      if (replace < left) left = replace;
      table[here + j] = left;
    }
  }
  return trace(tokens, { name, page, width, table });
}

function trace(
  tokens: readonly string[],
  at: { name: string; page: string; width: number; table: Float64Array },
): Alignment {
  const { name, page, width, table } = at;
  let to = 0;
  for (let j = 0; j <= page.length; j += 1) {
    if ((table[name.length * width + j] as number) < (table[name.length * width + to] as number)) to = j;
  }
  const owner = tokens.flatMap((token, index) => new Array<number>(token.length).fill(index));
  const costs = tokens.map(() => 0);
  let [i, j] = [name.length, to];
  while (i > 0) {
    const here = table[i * width + j] as number;
    const token = owner[i - 1] as number;
    const replace =
      j > 0
        ? (table[(i - 1) * width + j - 1] as number) + replacing(name.charCodeAt(i - 1), page.charCodeAt(j - 1))
        : Infinity;
    const missing = (table[(i - 1) * width + j] as number) + (missingCosts[name.charCodeAt(i - 1)] ?? 1);
    if (Math.abs(here - replace) < 1e-9) {
      costs[token] = (costs[token] as number) + here - (table[(i - 1) * width + j - 1] as number);
      i -= 1;
      j -= 1;
    } else if (j === 0 || Math.abs(here - missing) < 1e-9) {
      costs[token] = (costs[token] as number) + (j === 0 ? 1 : here - (table[(i - 1) * width + j] as number));
      i -= 1;
    } else {
      costs[token] = (costs[token] as number) + here - (table[i * width + j - 1] as number);
      j -= 1;
    }
  }
  return { costs, cost: table[name.length * width + to] as number, from: j, to };
}

function replacing(a: number, b: number): number {
  if (a < units && b < units) return replaceCosts[a * units + b] as number;
  return a === b ? 0 : b === underscore ? half : 1;
}

function costsOf(cheap: readonly string[]): Float64Array {
  return Float64Array.from({ length: units }, (_, unit) => (cheap.includes(String.fromCharCode(unit)) ? half : 1));
}
