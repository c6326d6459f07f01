// True and forged claims about the Korean papers: one field is forged at a time, the others stay true.
import type { Draw } from '../random.ts';
import type { Paper } from './documents.ts';
import { businessNumberOf, checkDigit, companyOf, hyphened, personOf, printedDay, won } from './words.ts';

/** One line of the list, as the command line reads it. */
export interface KoreanLine {
  readonly key: string;
  readonly kind: string;
  readonly locale: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly attachments: readonly string[];
  readonly expected: 'verified' | 'rejected';
  readonly variant: string;
  readonly field: string | null;
}

const types: Readonly<Record<string, 'number' | 'person' | 'company' | 'date' | 'money' | 'document'>> = {
  business_number: 'number',
  company: 'company',
  representative: 'person',
  name: 'person',
  date: 'date',
  issue_date: 'date',
  birth_date: 'date',
  expiry_date: 'date',
  total: 'money',
  supply_amount: 'money',
  tax_amount: 'money',
  document_number: 'document',
};

/** All claims about one paper. */
export function koreanClaims(paper: Paper, at: { id: string; file: string; draw: Draw }): KoreanLine[] {
  const base = { kind: paper.kind, locale: 'ko-KR', attachments: [at.file] };
  const lines: KoreanLine[] = [
    {
      ...base,
      key: `${at.id}-true`,
      claims: spelt(paper.truth, at.draw),
      expected: 'verified',
      variant: 'true',
      field: null,
    },
  ];
  for (const field of Object.keys(paper.truth)) {
    for (const { variant, value } of forgeries(paper, field, at.draw)) {
      const claims = { ...paper.truth, [field]: value };
      lines.push({ ...base, key: `${at.id}-${field}-${variant}`, claims, expected: 'rejected', variant, field });
    }
  }
  return lines;
}

/** The truth in another usual spelling. */
function spelt(truth: Paper['truth'], draw: Draw): Record<string, string> {
  return Object.fromEntries(
    Object.entries(truth).map(([field, value]) => {
      if (types[field] === 'date') return [field, draw.pick([value, printedDay(value, 1), printedDay(value, 2)])];
      if (types[field] === 'money')
        return [field, draw.pick([value, won(Number(value)), `${won(Number(value))}원`, `₩${won(Number(value))}`])];
      if (types[field] === 'number') return [field, draw.pick([value, value.replace(/-/g, '')])];
      return [field, value];
    }),
  );
}

function forgeries(paper: Paper, field: string, draw: Draw): { variant: string; value: string }[] {
  const truth = paper.truth[field] ?? '';
  switch (types[field]) {
    case 'number':
      return [
        { variant: 'number-digit', value: oneDigit(truth, draw) },
        { variant: 'number-valid', value: validNeighbour(truth, draw) },
        { variant: 'number-other', value: businessNumberOf(draw) },
        ...paper.others.number.map((value) => ({ variant: 'number-role', value })),
      ];
    case 'document':
      return [{ variant: 'document-digit', value: oneDigit(truth, draw) }];
    case 'person':
      return [
        { variant: 'person-near', value: nearName(truth, draw) },
        {
          variant: 'person-syllable',
          value: truth.slice(0, -1) + other([...'호진우석미연'], truth.at(-1) ?? '', draw),
        },
        { variant: 'person-other', value: anotherPerson(truth, draw) },
        ...paper.others.person.map((value) => ({ variant: 'person-role', value })),
      ];
    case 'company':
      return [
        { variant: 'company-near', value: nearCompany(truth, draw) },
        { variant: 'company-other', value: anotherCompany(truth, draw) },
        ...paper.others.company.map((value) => ({ variant: 'company-role', value })),
      ];
    case 'date': {
      const dates = ['date', 'issue_date', 'birth_date', 'expiry_date'].filter(
        (name) => name !== field && paper.truth[name] !== undefined,
      );
      return [
        { variant: 'date-digit', value: otherDay(truth, draw) },
        ...[...paper.others.date, ...dates.map((name) => paper.truth[name] ?? '')]
          .filter((value) => value !== truth)
          .map((value) => ({ variant: 'date-role', value })),
      ];
    }
    case 'money': {
      const amounts = ['total', 'supply_amount', 'tax_amount']
        .filter((name) => name !== field)
        .map((name) => Number(paper.truth[name]));
      const roles = new Set(
        [...paper.others.money, ...amounts].filter((value) => Number.isFinite(value) && String(value) !== truth),
      );
      return [
        { variant: 'money-digit', value: oneDigit(truth, draw) },
        ...[...roles].map((value) => ({ variant: 'money-role', value: String(value) })),
      ];
    }
    default:
      return [];
  }
}

function other<T>(list: readonly T[], not: T, draw: Draw): T {
  return draw.pick(list.filter((one) => one !== not));
}

/** The same company under another legal form would be a true claim. */
function anotherCompany(truth: string, draw: Draw): string {
  let company = companyOf(draw);
  while (truth.includes(company.bare)) company = companyOf(draw);
  return company.printed;
}

function anotherPerson(truth: string, draw: Draw): string {
  let person = personOf(draw);
  while (person === truth) person = personOf(draw);
  return person;
}

function oneDigit(text: string, draw: Draw): string {
  const places = [...text].flatMap((sign, i) => (/\d/.test(sign) && i > 0 ? [i] : []));
  const at = draw.pick(places);
  return text.slice(0, at) + other([...'0123456789'], text[at] ?? '', draw) + text.slice(at + 1);
}

/** Another number that passes the check, two digits off. */
function validNeighbour(number: string, draw: Draw): string {
  const digits = number.replace(/-/g, '').slice(0, 9);
  const at = draw.int(3, 8);
  const nine = digits.slice(0, at) + other([...'0123456789'], digits[at] ?? '', draw) + digits.slice(at + 1);
  return hyphened(nine + checkDigit(nine));
}

/** One jamo of one syllable changed: 준 to 춘 or 존 or 줄. */
function nearName(name: string, draw: Draw): string {
  const at = draw.int(1, name.length - 1);
  return name.slice(0, at) + nearSyllable(name[at] ?? '가', draw) + name.slice(at + 1);
}

function nearSyllable(syllable: string, draw: Draw): string {
  const code = syllable.charCodeAt(0) - 0xac00;
  const parts = [Math.floor(code / 588), Math.floor((code % 588) / 28), code % 28] as [number, number, number];
  const which = draw.int(0, 2);
  const usual = [
    [0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 18],
    [0, 2, 4, 6, 8, 12, 13, 17, 18, 20],
    [0, 1, 4, 8, 16, 17, 21],
  ][which] ?? [0];
  parts[which] = other(usual, parts[which] ?? 0, draw);
  return String.fromCharCode(0xac00 + parts[0] * 588 + parts[1] * 28 + parts[2]);
}

function nearCompany(name: string, draw: Draw): string {
  const places = [...name].flatMap((sign, i) =>
    /[가-힣]/.test(sign) && !/주식회사|유한회사|\(주\)/.test(name.slice(Math.max(0, i - 3), i + 4)) ? [i] : [],
  );
  const all = places.length > 0 ? places : [...name].flatMap((sign, i) => (/[가-힣]/.test(sign) ? [i] : [])).slice(-1);
  const at = draw.pick(all);
  return name.slice(0, at) + nearSyllable(name[at] ?? '가', draw) + name.slice(at + 1);
}

function otherDay(day: string, draw: Draw): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const changed = String(1 + ((Number(date) + draw.int(1, 26)) % 28)).padStart(2, '0');
  if (draw.next() < 0.5 && changed !== date) return `${year}-${month}-${changed}`;
  return `${year}-${String(1 + (Number(month) % 12)).padStart(2, '0')}-${date}`;
}
