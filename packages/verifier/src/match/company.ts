/**
 * Whether a claimed company is the seller on the page: word by word over text without spaces, since readers drop
 * them. A foreign name contradicts only where the page shows a legible name of its own in the seller's place.
 */

import { businessWords, legalFormPattern, nameTokens } from '../normalize/names.ts';
import { contains, latinShare, lettersOf, withoutAccents } from '../normalize/text.ts';
import { type Alignment, align } from './align.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';

/** One to four rows as one compact text, letters mapped back to where they stand. */
interface Window {
  readonly first: number;
  readonly rows: readonly Row[];
  readonly text: string;
  readonly places: readonly { readonly row: Row; readonly at: number }[];
}

interface Laid {
  readonly window: Window;
  readonly alignment: Alignment;
  readonly tokens: readonly string[];
}

const rowsAtOnce = 4;
const buyerWords = [
  'BILLTO',
  'SOLDTO',
  'SHIPTO',
  'DELIVERTO',
  'CUSTOMER',
  'CUSTNAME',
  'CLIENTNAME',
  'ATTN',
  'BUYER',
  '공급받는',
  '귀하',
  '귀중',
];
const titles = ['TAXINVOICE', 'INVOICE', 'CASHBILL', 'OFFICIALRECEIPT', 'CASHSALE'];

/** Compares a claimed company with rows. */
export function matchCompany(claim: string, rows: readonly Row[]): Outcome {
  const tokens = nameTokens(claim);
  if (tokens.length === 0) return notFound('claim_unreadable');
  if (latinShare(tokens.join('')) < 0.5 && /[^\p{Script=Latin}\p{Script=Han}\P{L}]/u.test(tokens.join('')))
    return notFound('script_not_read_yet');
  const header = headerName(rows);
  const best = bestLaid(tokens, rows);
  if (best === null) return notFound('no_text_read');
  const { costs } = best.alignment;
  const verdicts = best.tokens.map((token, i) => tokenVerdict(token, costs[i] as number));
  const evidence = evidenceOfLaid(best);
  const quote = evidence.map(({ quote: text }) => text).join(' ');
  const length = best.tokens.join('').length;
  if (verdicts.every((verdict) => verdict === 'same') && best.alignment.cost <= Math.max(0.5, length / 8)) {
    const doubts = roleDoubts(best, { rows, header });
    const how = best.alignment.cost === 0 ? 'exact' : 'confusable_only';
    return { finding: 'match', found: quote, reasons: doubts.length > 0 ? doubts : [how], evidence };
  }
  if (isForeign(best)) return otherCompany(header, rows);
  if (!verdicts.includes('different')) return { finding: 'match', found: quote, reasons: ['name_in_doubt'], evidence };
  const reasons = anotherWordStands(best, verdicts) ? ['word_differs'] : ['word_differs', 'name_in_doubt'];
  return { finding: 'mismatch', found: quote, reasons, evidence, byName: true };
}

/**
 * Whether the name is not on the page at all. On readable receipts a name costs at most a letter in six against its
 * own print, and a foreign name a letter in three or more, measured; short names come closer by chance.
 */
function isForeign({ tokens, alignment }: Laid): boolean {
  const length = tokens.join('').length;
  return alignment.cost >= length * (length < 8 ? 0.4 : 0.32);
}

function otherCompany(header: readonly Row[], rows: readonly Row[]): Outcome {
  if (header.length === 0) return notFound('no_name_read');
  const letters = (some: readonly Row[]): string => some.map((row) => row.text).join('');
  if (latinShare(letters(header)) < 0.7 || latinShare(letters(rows)) < 0.7) return notFound('script_not_read_yet');
  const found = header.map((row) => row.text).join(' ');
  return {
    finding: 'mismatch',
    found,
    reasons: ['other_company'],
    evidence: header.map((row) => evidenceOf(row)),
    byName: true,
  };
}

/** Whether other letters stand where a long word of the claim should: a word that was not read at all proves nothing. */
function anotherWordStands(best: Laid, verdicts: readonly string[]): boolean {
  const lost = best.tokens.filter((_, i) => verdicts[i] === 'different');
  if (!lost.some((token) => token.length >= 4)) return false;
  const lostLetters = lost.join('').length;
  const printed = best.window.text.replace(legalFormPattern, '').replace(/[^\p{L}]/gu, '').length;
  return printed >= best.tokens.join('').length - lostLetters + 0.6 * lostLetters;
}

/** Words of up to five letters must be near exact; longer ones may lose a letter in six. */
function tokenVerdict(token: string, cost: number): 'same' | 'close' | 'different' {
  if (/^\d+$/.test(token)) return cost === 0 ? 'same' : 'different';
  const allowed = token.length <= 5 ? (token.length <= 2 ? 0 : 0.5) : Math.floor(token.length / 6);
  if (cost <= allowed) return 'same';
  if (token.length <= 3) return cost <= 2 && token.length > 1 ? 'close' : token.length === 1 ? 'close' : 'different';
  return cost < Math.max(1.5, token.length * 0.4) ? 'close' : 'different';
}

function bestLaid(tokens: readonly string[], rows: readonly Row[]): Laid | null {
  const spellings =
    tokens.includes('AND') && tokens.length > 2 ? [tokens, tokens.filter((token) => token !== 'AND')] : [tokens];
  let best: Laid | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let first = 0; first < rows.length; first += 1) {
    for (let count = 1; count <= rowsAtOnce && first + count <= rows.length; count += 1) {
      const window = windowOf(rows, { first, count });
      if (count > 1 && (window.rows[0] as Row).page !== (window.rows[count - 1] as Row).page) break;
      for (const spelling of spellings) {
        const alignment = align(spelling, window.text);
        if (alignment === null || !spansWindow(window, alignment)) continue;
        const rank = alignment.cost + 0.3 * leftover(window, alignment) + 0.05 * count + 0.002 * first;
        if (rank < bestRank) [best, bestRank] = [{ window, alignment, tokens: spelling }, rank];
      }
    }
  }
  return best;
}

/** An alignment that leaves out the first or the last row belongs to a smaller window. */
function spansWindow({ rows, places }: Window, { from, to }: Alignment): boolean {
  if (rows.length === 1) return true;
  return places[from]?.row === rows[0] && places[to - 1]?.row === rows[rows.length - 1];
}

/** 1 when the rows carry more of a name than the claim has, else 0. */
function leftover(window: Window, alignment: Alignment): number {
  const beside = [besideName(window, alignment.from, -1), besideName(window, alignment.to - 1, 1)];
  return beside.some((text) => nameLetters(text) >= 4) ? 1 : 0;
}

/** Letters in a text that may belong to a name: no legal forms, titles, numbers, or pieces of one or two letters. */
function nameLetters(text: string): number {
  const words = text
    .toUpperCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2 && !/\d\D*\d/.test(word));
  return words.join('').replace(legalFormPattern, '').replace(titlePattern, '').replace(/\d/g, '').length;
}

const titlePattern = /TAX|INVOICE|RECEIPT|COREG|REG|GST|RECHNUNG|QUITTUNG|FACTURE|^AND|AND$/g;

/** What stands next to the name on its row; a gap of two heights parts off another column. */
function besideName({ places }: Window, edge: number, step: 1 | -1): string {
  const start = places[edge];
  if (start === undefined) return '';
  let end = start.at;
  for (let i = edge + step; places[i]?.row === start.row; i += step) {
    const at = (places[i] as { at: number }).at;
    if (isWideGap(start.row, { from: Math.min(at, end), to: Math.max(at, end) })) break;
    end = at;
  }
  return step === 1 ? start.row.text.slice(start.at + 1, end + 1) : start.row.text.slice(end, start.at);
}

function isWideGap(row: Row, at: { from: number; to: number }): boolean {
  const left = row.words.find((word) => at.from >= word.from && at.from < word.to);
  const right = row.words.find((word) => at.to >= word.from && at.to < word.to);
  if (left === undefined || right === undefined || left === right) return false;
  const gap = (right.word.box[0] - left.word.box[2]) * row.page.width;
  return gap > 2 * (left.word.box[3] - left.word.box[1]) * row.page.height;
}

/** A buyer's name, or a name under the title where another stands above it, is not the seller's. */
function roleDoubts(best: Laid, at: { rows: readonly Row[]; header: readonly Row[] }): string[] {
  const doubts: string[] = [];
  const { first, rows } = best.window;
  const above = at.rows.slice(Math.max(0, first - 2), first + 1);
  if (above.some((row) => buyerWords.some((word) => row.letters.includes(word)))) doubts.push('other_role_possible');
  const titled = at.rows.findIndex((row) => titles.some((word) => row.letters.includes(word)));
  const own = at.header[0];
  if (titled >= 0 && first > titled && own !== undefined && !rows.includes(own) && at.rows.indexOf(own) < titled) {
    const seller = align(best.tokens, windowOf(at.header, { first: 0, count: at.header.length }).text);
    const kin = seller !== null && seller.cost <= best.tokens.join('').length * 0.5;
    if (!kin && hasLegalForm(rows) && !ownedBy(at.rows, first)) doubts.push('other_role_possible');
  }
  if (leftover(best.window, best.alignment) === 1) doubts.push('name_is_part');
  return [...new Set(doubts)];
}

function hasLegalForm(rows: readonly Row[]): boolean {
  return rows.some((row) => businessWords.slice(0, 4).some((word) => contains(row.letters, word)));
}

function ownedBy(rows: readonly Row[], first: number): boolean {
  return rows.slice(Math.max(0, first - 1), first + 1).some((row) => /OWNEDBY|MANAGEDBY|OPERATEDBY/.test(row.letters));
}

/**
 * The rows that name the seller: the first ones with a word of letters, above the first address, telephone or
 * registration, those with a business word before others.
 */
export function headerName(rows: readonly Row[]): Row[] {
  const top = rows.slice(0, 12);
  const end = top.findIndex(
    (row, index) =>
      index > 0 &&
      /\d{3}|JALAN|JLN|LOT|TEL|GST|TAXINV|INVOICE|DATE/.test(row.text.toUpperCase().replace(/\s/g, '')) &&
      !isBusiness(row),
  );
  const candidates = (end < 0 ? top.slice(0, 4) : top.slice(0, end)).filter((row) => lettersOf(row.text).length >= 6);
  const named = top.slice(0, 8).filter(isBusiness);
  return named.length > 0 ? named.slice(0, 2) : candidates.slice(0, 2);
}

function isBusiness(row: Row): boolean {
  if (/(?<![a-z])(?:tel|fax|gst|reg)(?![a-z])/i.test(row.text)) return false;
  return businessWords.some((word) => (word.length < 7 ? row.letters.includes(word) : contains(row.letters, word)));
}

function windowOf(rows: readonly Row[], at: { first: number; count: number }): Window {
  const taken = rows.slice(at.first, at.first + at.count);
  const places: { row: Row; at: number }[] = [];
  let text = '';
  for (const row of taken) {
    [...withoutAccents(row.text).toUpperCase()].forEach((char, index) => {
      if (!/[\p{L}\p{N}_|]/u.test(char)) return;
      text += char;
      places.push({ row, at: index });
    });
  }
  return { first: at.first, rows: taken, text, places };
}

function evidenceOfLaid({ window, alignment }: Laid): Outcome['evidence'] {
  return window.rows.flatMap((row) => {
    const places = window.places.slice(alignment.from, alignment.to).filter((place) => place.row === row);
    const [first] = places;
    const last = places[places.length - 1];
    return first === undefined || last === undefined ? [] : [evidenceOf(row, first.at, last.at + 1)];
  });
}
