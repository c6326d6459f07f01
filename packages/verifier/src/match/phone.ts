/**
 * Claimed telephone numbers against rows: a number is what the words before it say, and a fax is no telephone. The same
 * digits in another role, or of a country that nothing tells, are a doubt.
 */

import { callingCode, type Phone, parsePhone, phonesIn, samePhone, showPhone } from '../normalize/phones.ts';
import { compact, lettersOf, oneDigitInDoubt } from '../normalize/text.ts';
import type { Field } from '../types.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';

/** Words before numbers that can be dialled, by what answers there. */
const groups: readonly (readonly string[])[] = [
  ['TEL', 'TELEPHONE', 'PHONE', 'TELNO', 'PHONENO', '전화', '전화번호', '대표전화', '연락처', 'T'],
  ['MOBILE', 'HP', 'HPNO', 'CELL', 'HANDPHONE', '휴대폰', '휴대전화', '핸드폰', 'M'],
  ['FAX', 'FAXNO', 'FACSIMILE', 'TELEFAX', '팩스', '팩스번호', '모사전송', 'F'],
];

interface Printed {
  readonly phone: Phone;
  readonly row: Row;
  readonly from: number;
  readonly to: number;
  /** Of which groups the words before it are; none where they say nothing. */
  readonly roles: ReadonlySet<number>;
  readonly own: boolean;
}

/** A telephone number by its digits, in its own role; `locale` names the country of numbers that name none. */
export function matchPhone(
  claim: string,
  rows: readonly Row[],
  { field, locale }: { field: Field; locale: string | null },
): Outcome {
  const claimed = parsePhone(claim);
  if (claimed === null) return notFound('claim_unreadable');
  const home = callingCode(locale);
  const printed = rows.flatMap((row) => printedIn(row, field));
  const equal = printed.filter(({ phone }) => samePhone(claimed, phone, home) !== false);
  const own = equal.filter((one) => one.own).map((one) => matched(one, claimed, home));
  const sure = own.find(({ reasons }) => reasons.length === 1) ?? own[0];
  if (sure !== undefined) return sure;
  const other = printed.find((one) => one.own);
  const [elsewhere] = equal;
  if (other === undefined) {
    if (elsewhere === undefined) return notFound('no_number_read');
    const outcome = matched(elsewhere, claimed, home);
    return field.alone === true && elsewhere.roles.size === 0
      ? outcome
      : { ...outcome, reasons: ['other_role_possible'] };
  }
  const reasons = [elsewhere === undefined ? 'value_differs' : 'value_in_other_role', 'read_once'];
  const slip = oneDigitInDoubt(claimed.national, other.phone.national);
  if (slip || !isReadTwice(other)) reasons.push('digit_in_doubt');
  return { ...shown('mismatch', other), reasons };
}

function matched(one: Printed, claimed: Phone, home: string | null): Outcome {
  const reasons = ['exact'];
  if (samePhone(claimed, one.phone, home) === null) reasons.push('country_not_shown');
  if (claimed.extension !== null && claimed.extension !== one.phone.extension) {
    // Another extension is another line; none printed contradicts nothing.
    if (one.phone.extension !== null) return { ...shown('mismatch', one), reasons: ['value_differs', 'read_once'] };
    reasons.push('extension_not_shown');
  }
  if (!isReadTwice(one)) reasons.push('read_once');
  return { ...shown('match', one), reasons };
}

function shown(finding: 'match' | 'mismatch', { phone, row, from, to }: Printed): Outcome {
  return { finding, found: showPhone(phone), reasons: [], evidence: [evidenceOf(row, from, to)] };
}

/** The numbers of a row with the words that stand before each; a number without words takes those of its neighbour. */
function printedIn(row: Row, field: Field): Printed[] {
  const text = withDigits(row.text);
  const owned = groupsOf(field.labels.map((label) => compact(label)));
  const words = field.labels.map((label) => lettersOf(label));
  let [end, roles, own] = [0, new Set<number>(), false];
  return phonesIn(text).map(({ phone, from, to }) => {
    const before = text.slice(Math.min(end, from), from);
    if (/\p{L}/u.test(before)) {
      const said = saidBy(before);
      roles = groupsOf(said);
      own =
        [...roles].some((role) => owned.has(role)) || (roles.size === 0 && said.some((word) => words.includes(word)));
    }
    end = to;
    return { phone, row, from, to, roles, own };
  });
}

/** The words right before a number: one label, or two with a stroke between them (Tel/Fax). */
function saidBy(before: string): string[] {
  const labels = before.toUpperCase().match(/(?:\p{L}[\p{L}\s./&]*\p{L}|\p{L})(?=[^\p{L}]*$)/u)?.[0] ?? '';
  const parts = labels.split(/[/&]/).map((part) => part.replace(/[^\p{L}]/gu, ''));
  const last =
    labels
      .replace(/[^\p{L}/&]+/gu, ' ')
      .trim()
      .split(/[\s/&]/)
      .at(-1) ?? '';
  return [...new Set([...parts, labels.replace(/[^\p{L}]/gu, ''), last])].filter((word) => word !== '');
}

function groupsOf(words: readonly string[]): Set<number> {
  // Hangul is read without spaces: the last word of several is how they end.
  const ends = (word: string, name: string): boolean =>
    word === name || (name.length > 1 && /^\p{Script=Hangul}+$/u.test(name) && word.endsWith(name));
  const isOf = (group: readonly string[]): boolean => words.some((word) => group.some((name) => ends(word, name)));
  return new Set(groups.flatMap((group, index) => (isOf(group) ? [index] : [])));
}

/** Letters that readers put for digits, where a digit stands beside them and no letter. The length stays. */
function withDigits(text: string): string {
  return text
    .replace(/(?<=\d)[OoQ]|(?<!\p{L})[OoQ](?=[\d)-])/gu, '0')
    .replace(/(?<=\d)[Il|](?!\p{L})|(?<!\p{L})[Il|](?=\d)/gu, '1');
}

/** Whether a second reader, where there is one, reads the same digits in these boxes. */
function isReadTwice({ row, from, to }: Printed): boolean {
  const digits = (text: string): string => text.replace(/\D/g, '');
  return row.words
    .filter((word) => word.from < to && word.to > from && word.word.also !== undefined)
    .every(({ word }) => digits(word.also ?? '').includes(digits(word.text)) || digits(word.also ?? '') === '');
}
