/**
 * Amounts of won written out in words, in Hangul and in hanja with their formal signs: 일금 일백이십삼만원정, 壹拾萬원整, 3억 5천만원. What
 * is not spelt as an amount must be is none: there is no nearest one. Pure text.
 */

/** Digits by their signs, the formal ones that nobody can add a stroke to beside the plain ones. */
const digitSigns = [
  '영零〇공',
  '일一壹壱弌',
  '이二貳贰弐貮',
  '삼三參叁参叄',
  '사四肆',
  '오五伍',
  '육륙六陸陆',
  '칠七柒漆',
  '팔八捌',
  '구九玖',
];
const tenSigns: readonly (readonly [number, string])[] = [
  [1_000, '천千仟阡'],
  [100, '백百佰陌'],
  [10, '십十拾'],
];
const groupSigns: readonly (readonly [number, string])[] = [
  [1_000_000_000_000, '조兆'],
  [100_000_000, '억億亿'],
  [10_000, '만萬万'],
];
const signs = [...digitSigns, ...tenSigns.map(([, all]) => all), ...groupSigns.map(([, all]) => all)].join('');
/** Beyond this an amount is no whole number of hundredths any more. */
const wonMax = 9e13;

const won = '[원圓円元]';
const run = `(?:[${signs}]|[1-9](?=[천백십])|\\d[\\d,]*(?=[만억조]))`;
/** 금 alone announces an amount where no word ends in it: 현금 is what was paid in. */
const announced = new RegExp(`(?:일금|(?<![가-힣])금|一金|金)[:：]?(${run}{1,30})${won}`, 'gu');
const closed = new RegExp(`(?<![${signs}\\d,])(${run}{2,30})${won}(?:정|整|正)`, 'gu');
const alone = new RegExp(`^(${run}{2,30})${won}$`, 'u');

/** The won of an amount in Hangul or hanja numerals, or null where they are not in the order of a number. */
export function wonOf(numerals: string): number | null {
  let [total, lastGroup] = [0, Number.POSITIVE_INFINITY];
  let rest = numerals;
  if (rest === '') return null;
  if ((digitSigns[0] as string).includes(rest)) return 0;
  while (rest !== '') {
    const four = fourOf(rest);
    if (four === null) return null;
    rest = rest.slice(four.length);
    const group = rest === '' ? 1 : (groupSigns.find(([, all]) => all.includes(rest[0] as string))?.[0] ?? 0);
    // A group without digits is one of it, but only at the beginning: 만원 is 10,000.
    if (group === 0 || group >= lastGroup || (four.length === 0 && (group === 1 || total > 0))) return null;
    total += (four.length === 0 ? 1 : four.value) * group;
    lastGroup = group;
    rest = rest.slice(group === 1 ? 0 : 1);
  }
  return total <= wonMax ? total : null;
}

/** The number below ten thousand that a text begins with, and how much of the text it takes; null when it is misspelt. */
function fourOf(text: string): { value: number; length: number } | null {
  const figures = /^(\d[\d,]*)(?=[만억조])/.exec(text)?.[1];
  if (figures !== undefined) {
    const value = Number(figures.replace(/,/g, ''));
    return value > 0 && value < 10_000 ? { value, length: figures.length } : null;
  }
  let [value, lastUnit, length] = [0, 10_000, 0];
  for (;;) {
    const digit = digitAt(text, length);
    if (digit === 0) return null;
    const at = length + (digit > 0 ? 1 : 0);
    const unit = tenSigns.find(([, all]) => all.includes(text[at] ?? ' '))?.[0] ?? 1;
    if (unit === 1 && digit < 0) return { value, length };
    if (unit >= lastUnit) return null;
    value += (digit < 0 ? 1 : digit) * unit;
    lastUnit = unit;
    length = at + (unit === 1 ? 0 : 1);
    if (unit === 1) return { value, length };
  }
}

/** The digit that a sign stands for, or -1; a figure counts before 천, 백 and 십: 5천. */
function digitAt(text: string, at: number): number {
  const sign = text[at] ?? ' ';
  if (/[1-9]/.test(sign)) return Number(sign);
  return digitSigns.findIndex((all) => all.includes(sign));
}

/** Amounts in Hangul or hanja in a text, in won: behind 금 or before 정, or where a text is nothing else. */
export function writtenWons(text: string): number[] {
  const bare = text.normalize('NFKC').replace(/[\s_]/g, '');
  const found = [...bare.matchAll(announced), ...bare.matchAll(closed)].map((match) => match[1] ?? '');
  const whole = alone.exec(bare)?.[1];
  const all = whole === undefined ? found : [...found, whole];
  return [...new Set(all.map(wonOf).filter((amount) => amount !== null))];
}

const hanjaRun = new RegExp(`[${signs.replace(/[가-힣]/g, '')}]{2,30}`, 'gu');

/** The longest run of numerals in hanja, which a reader of Hangul cannot spell; null where there is none. */
export function hanjaNumerals(text: string): string | null {
  const runs = (text.match(hanjaRun) ?? []).toSorted((a, b) => b.length - a.length);
  return runs[0] ?? null;
}

/** Whether a box says in Hangul that an amount in words is in it, whatever it says between. */
export function saysInWords(text: string): boolean {
  return text.length >= 4 && /^일?금(?!액)|원.?$/.test(text);
}
