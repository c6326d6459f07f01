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
const thin = new Set(['1', 'J', 'T', 'F', 'R']);
/** What readers make of brackets, commas and rules between letters. */
const strokes = new Set(['1', '_', 'C', 'J']);
const half = 0.5;

/** Lays tokens along compact text; null when the text is empty. */
export function align(tokens: readonly string[], text: string): Alignment | null {
  const name = fold(tokens.join(''));
  const page = fold(text);
  if (page === '' || name === '') return null;
  const width = page.length + 1;
  const table = new Float64Array((name.length + 1) * width);
  for (let i = 1; i <= name.length; i += 1) {
    const letter = name[i - 1] as string;
    table[i * width] = i;
    for (let j = 1; j <= page.length; j += 1) {
      const other = page[j - 1] as string;
      const replace = (table[(i - 1) * width + j - 1] as number) + replacing(letter, other);
      const missing = (table[(i - 1) * width + j] as number) + (thin.has(letter) ? half : 1);
      const extra = (table[i * width + j - 1] as number) + (strokes.has(other) ? half : 1);
      table[i * width + j] = Math.min(replace, missing, extra);
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
        ? (table[(i - 1) * width + j - 1] as number) + replacing(name[i - 1] as string, page[j - 1] as string)
        : Infinity;
    const missing = (table[(i - 1) * width + j] as number) + (thin.has(name[i - 1] as string) ? half : 1);
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

function replacing(a: string, b: string): number {
  if (a === b) return 0;
  if (b === '_') return half;
  return likeShapes.has(a < b ? a + b : b + a) ? half : 1;
}
