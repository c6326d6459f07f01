/**
 * Amounts written out in English words, as receipts and invoices repeat them: one hundred and twenty-three ringgit and
 * fifty sen only. Readers drop spaces and mistake letters; a word is known with one letter of five mistaken. Pure text.
 */

import { clean } from './text.ts';

const small = (
  'ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN SIXTEEN SEVENTEEN ' +
  'EIGHTEEN NINETEEN'
).split(' ');
const tens = 'TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY'.split(' ');
const scales: Readonly<Record<string, number>> = {
  THOUSAND: 1e3,
  MILLION: 1e6,
  BILLION: 1e9,
  TRILLION: 1e12,
};
const wholes =
  'RINGGITMALAYSIA MALAYSIANRINGGIT RINGGITS RINGGIT USDOLLARS SINGAPOREDOLLARS DOLLARS DOLLAR EUROS EURO POUNDSSTERLING POUNDS POUND WON KOREANWON RUPEES RUPEE'.split(
    ' ',
  );
/** Beyond this an amount is no whole number of hundredths any more. */
const unitsMax = 9e13;
const hundredths = 'SEN CENTS CENT PENCE'.split(' ');
const vocabulary = [
  ...small,
  ...tens,
  'HUNDRED',
  ...Object.keys(scales),
  ...wholes,
  ...hundredths,
  'AND',
  'ONLY',
  'FOURTY',
].toSorted((a, b) => b.length - a.length);
const numbers = new Set([...small, ...tens, 'HUNDRED', ...Object.keys(scales), 'FOURTY']);
/** Words before an amount in words. */
const announced = /INWORDS?|SUMOF|AMOUNTOF/;

/** The value of an English number below a quadrillion in its words, or null when they are in no such order. */
export function englishNumber(said: readonly string[]): number | null {
  let [total, hundreds, lastScale, lastPart] = [0, 0, Number.POSITIVE_INFINITY, 1_000];
  if (said.length === 1 && said[0] === 'ZERO') return 0;
  if (said.length === 0 || said[0] === 'AND' || said.at(-1) === 'AND') return null;
  for (const word of said) {
    const unit = small.indexOf(word);
    const ten = (tens.indexOf(word === 'FOURTY' ? 'FORTY' : word) + 2) * 10;
    if (word === 'AND') continue;
    if (word === 'HUNDRED') {
      if (hundreds === 0 || hundreds > 9 || lastPart >= 1_000) return null;
      [hundreds, lastPart] = [hundreds * 100, 100];
    } else if (scales[word] !== undefined) {
      const scale = scales[word];
      if (hundreds === 0 || scale >= lastScale) return null;
      total += hundreds * scale;
      [hundreds, lastScale, lastPart] = [0, scale, 1_000];
    } else if (ten >= 20) {
      if (lastPart < 100) return null;
      [hundreds, lastPart] = [hundreds + ten, 20];
    } else {
      if (unit <= 0 || lastPart < 20 || (lastPart === 20 && unit > 9)) return null;
      [hundreds, lastPart] = [hundreds + unit, unit > 9 ? 1 : 2];
    }
  }
  return total + hundreds;
}

/** An amount in words: its hundredths, and the rows it takes. */
export interface WrittenAmount {
  readonly cents: number;
  readonly from: number;
  readonly to: number;
}

/** Amounts in words in rows of text; one may run on into the next row. */
export function writtenAmounts(rows: readonly string[]): WrittenAmount[] {
  const found: WrittenAmount[] = [];
  for (let row = 0; row < rows.length; row += 1) {
    const own = runIn(rows[row] as string);
    if (own === null) continue;
    const longer = own.endsRow && row + 1 < rows.length ? runIn(`${rows[row]} ${rows[row + 1]}`) : null;
    const goesOn = longer !== null && longer.tokens.length > own.tokens.length;
    const cents = amountOf(goesOn ? longer.tokens : own.tokens, own.announced);
    if (cents !== null) found.push({ cents, from: row, to: row + (goesOn ? 2 : 1) });
    if (goesOn) row += 1;
  }
  return found;
}

interface Run {
  readonly tokens: readonly string[];
  readonly endsRow: boolean;
  readonly announced: boolean;
}

/** The longest run of words of amounts in a row; null where number words also stand apart from it. */
function runIn(row: string): Run | null {
  const text = lettersAndFractions(row);
  const runs: { tokens: string[]; end: number }[] = [];
  let open = false;
  for (let at = 0; at < text.length; ) {
    const fraction = /^#\d{1,2}#/.exec(text.slice(at))?.[0];
    const token = fraction ?? wordAt(text, at);
    if (token === null) {
      open = false;
      at += 1;
      continue;
    }
    if (!open) runs.push({ tokens: [], end: 0 });
    open = true;
    at += token.length;
    const run = runs[runs.length - 1] as { tokens: string[]; end: number };
    run.tokens.push(token === 'FOURTY' ? 'FORTY' : token);
    run.end = at;
  }
  const counts = (tokens: readonly string[]): number => tokens.filter((token) => numbers.has(token)).length;
  const best = runs.toSorted((a, b) => counts(b.tokens) - counts(a.tokens))[0];
  if (best === undefined || counts(best.tokens) === 0) return null;
  const strays = runs.some((run) => run !== best && run.tokens.some((token) => numbers.has(token) && token.length > 4));
  if (strays) return null;
  return { tokens: best.tokens, endsRow: best.end === text.length, announced: announced.test(text) };
}

/** Upper-case letters, digits that readers put for them turned back, and hundredths as #50#. */
function lettersAndFractions(row: string): string {
  return clean(row)
    .toUpperCase()
    .replace(/(?<!\d)(\d{1,2})\s?\/\s?100(?!\d)/g, '#$1#')
    .replace(/0(?=[A-Z])|(?<=[A-Z])0/g, 'O')
    .replace(/1(?=[A-Z])|(?<=[A-Z])1/g, 'I')
    .replace(/[^A-Z#\d]|(?<!#\d?)\d(?!\d?#)/g, '');
}

/** The word of the vocabulary at a place, as it is spelt there or with one letter of at least five mistaken. */
function wordAt(text: string, at: number): string | null {
  const exact = vocabulary.find((word) => text.startsWith(word, at));
  if (exact !== undefined) return exact;
  const near = vocabulary.find((word) => {
    const there = text.slice(at, at + word.length);
    if (word.length < 5 || there.length < word.length) return false;
    return [...word].filter((letter, i) => letter !== there[i]).length === 1;
  });
  return near ?? null;
}

/** Hundredths of a run: the number beside its currency, and the one beside sen, cents or over a hundred. */
function amountOf(tokens: readonly string[], isAnnounced: boolean): number | null {
  const said = tokens.filter((token) => token !== 'ONLY');
  const count = said.filter((token) => numbers.has(token)).length;
  const isClosed = said.length < tokens.length;
  const named = said.some((token) => wholes.includes(token) || hundredths.includes(token));
  const enough = isAnnounced || (named && (isClosed || count > 1)) || (isClosed && count > 2);
  if (!enough) return null;
  const parts = said.findIndex((token) => hundredths.includes(token) || token.startsWith('#'));
  const whole = said.findIndex((token) => wholes.includes(token));
  if (parts < 0) return inHundredths(withoutCurrency(said), []);
  const token = said[parts] as string;
  const behind = said.slice(parts + 1);
  if (token.startsWith('#')) {
    if (behind.some((other) => numbers.has(other))) return null;
    return inHundredths(withoutCurrency(said.slice(0, parts)), [token]);
  }
  if (behind.length > 0) return inHundredths(withoutCurrency(said.slice(0, parts)), behind);
  // RINGGIT ONE HUNDRED AND FIFTY SEN says two amounts: only a currency between the numbers parts them.
  if (whole === 0) return null;
  return inHundredths(said.slice(0, Math.max(0, whole)), said.slice(whole + 1, parts));
}

function withoutCurrency(said: readonly string[]): string[] {
  const left = said.filter((token, i) => !wholes.includes(token) || (i > 0 && i < said.length - 1));
  return left.at(-1) === 'AND' ? left.slice(0, -1) : left;
}

function inHundredths(whole: readonly string[], part: readonly string[]): number | null {
  const trimmed = (said: readonly string[]): readonly string[] => {
    const first = said[0] === 'AND' ? said.slice(1) : said;
    return first.at(-1) === 'AND' ? first.slice(0, -1) : first;
  };
  const [fraction] = part;
  const [units, cents] = [
    whole.length === 0 ? 0 : englishNumber(trimmed(whole)),
    part.length === 0
      ? 0
      : fraction?.startsWith('#') === true
        ? Number(fraction.slice(1, -1))
        : englishNumber(trimmed(part)),
  ];
  if (units === null || cents === null || cents > 99 || units > unitsMax || (whole.length === 0 && part.length === 0))
    return null;
  return units * 100 + cents;
}
