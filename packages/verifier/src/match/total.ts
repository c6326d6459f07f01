/**
 * Which amount is the total, and whether the claim is it. An amount needs two kinds of support, its words and the
 * receipt's own arithmetic, before it outweighs a rival; two sums within the rounding of a coin are one.
 */

import { amountsIn, parseMoney, showMoney } from '../normalize/money.ts';
import { oneDigitInDoubt } from '../normalize/text.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';
import { type MoneyRow, moneyRows, type Role } from './total-rows.ts';

/** The rounding of cash to five hundredths moves a sum by at most two. */
const coin = 2;

type Support = 'strong' | 'repeated' | 'paid' | 'parts' | 'items' | 'card' | 'words';

interface Candidate {
  readonly cents: number;
  /** Rows that print it under a total's words. */
  readonly labelled: readonly MoneyRow[];
  readonly support: ReadonlySet<Support>;
}

/** What is known of a page beside its rows: whether its currency has no fractions, and what it says in words. */
interface Sums {
  readonly whole: boolean;
  readonly inWords?: ReadonlySet<number>;
}

/** Compares a claimed total with rows. */
export function matchTotal(claim: string, rows: readonly Row[], at: Sums): Outcome {
  const claimed = parseMoney(claim);
  if (claimed === null) return notFound('claim_unreadable');
  const money = moneyRows(rows, at);
  const candidates = candidatesOf(money, at.inWords);
  const printed = rows.flatMap((row) => amountsIn(row.text, at)).filter((amount) => amount.cents === claimed).length;
  const settled = settle(candidates);
  if (settled === null) return undecided(claimed, candidates, { money, printed });
  const sameSum =
    settled.cents === claimed || (Math.abs(settled.cents - claimed) <= coin && printedAsTotal(claimed, money));
  if (sameSum) return answer('match', candidateFor(claimed, candidates) ?? settled, money, ['exact']);
  if (
    Math.round(settled.cents / 5) * 5 === claimed &&
    money.some(({ role }) => role === 'rounding' || role === 'cash')
  ) {
    return answer('match', settled, money, ['rounded_to_coin']);
  }
  const doubts = doubtsOf(claimed, settled, printed);
  if (candidateFor(claimed, candidates) !== undefined || wasPaid(claimed, money)) doubts.push('total_ambiguous');
  return answer('mismatch', settled, money, doubts);
}

/** The sum in hundredths that has more support than any other, though it may be too little to settle it; null at a tie. */
export function leadingTotal(rows: readonly Row[], at: { whole: boolean }): number | null {
  const [best, ...others] = candidatesOf(moneyRows(rows, at));
  if (best === undefined) return null;
  const leads = others.every((other) => Math.abs(other.cents - best.cents) <= coin || weight(other) < weight(best));
  return leads ? best.cents : null;
}

/** Whether the receipt says that just this sum was paid: it then may be the total whatever else is called so. */
function wasPaid(cents: number, money: readonly MoneyRow[]): boolean {
  return paidSums(money).has(cents) || lastOf(money, 'card').includes(cents);
}

/** Certain only when the page itself says so twice, or the claim is nowhere and no slip of the reader explains it. */
function doubtsOf(claimed: number, settled: Candidate, printed: number): string[] {
  const reasons = printed > 0 ? ['value_in_other_role'] : ['value_differs'];
  const slip = oneDigitInDoubt(String(Math.abs(claimed)), String(Math.abs(settled.cents)));
  const twice =
    settled.labelled.length + [...settled.support].filter((kind) => kind !== 'strong' && kind !== 'repeated').length >=
    2;
  if (slip && !twice) reasons.push('digit_in_doubt');
  if (!twice && (printed > 0 || !settled.support.has('strong'))) reasons.push('read_once');
  return reasons;
}

function undecided(
  claimed: number,
  candidates: readonly Candidate[],
  at: { money: readonly MoneyRow[]; printed: number },
): Outcome {
  const own = candidateFor(claimed, candidates);
  if (own !== undefined) return answer('match', own, at.money, ['total_ambiguous']);
  const [best] = candidates;
  if (best === undefined) return notFound(at.printed > 0 ? 'value_without_role' : 'no_total_read');
  return answer('mismatch', best, at.money, ['total_ambiguous']);
}

function candidateFor(cents: number, candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find((candidate) => candidate.cents === cents);
}

function answer(
  finding: 'match' | 'mismatch',
  candidate: Candidate,
  money: readonly MoneyRow[],
  reasons: string[],
): Outcome {
  const shown = candidate.labelled.length > 0 ? candidate.labelled : rowsWith(candidate.cents, money);
  const evidence = shown.slice(0, 3).flatMap(({ row, amounts }) => {
    const amount = amounts.findLast(({ cents }) => cents === candidate.cents);
    return amount === undefined ? [] : [evidenceOf(row, amount.from, amount.to)];
  });
  return { finding, found: showMoney(candidate.cents), reasons, evidence };
}

function rowsWith(cents: number, money: readonly MoneyRow[]): MoneyRow[] {
  const roles: Role[] = ['cash', 'card', 'sub', 'item'];
  return money
    .filter(({ amounts }) => amounts.some((amount) => amount.cents === cents))
    .sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
}

function printedAsTotal(cents: number, money: readonly MoneyRow[]): boolean {
  return (
    money.some(({ role, amounts }) => ['total', 'cash', 'card', 'sub'].includes(role) && last(amounts) === cents) ||
    paidSums(money).has(cents)
  );
}

/** The one candidate that outweighs all others, or null. Candidates within a coin of it are the same sum. */
function settle(candidates: readonly Candidate[]): Candidate | null {
  const [best, ...others] = candidates;
  if (best === undefined) return null;
  const rivals = others.filter((other) => Math.abs(other.cents - best.cents) > coin);
  if (best.labelled.length === 0 && best.support.size < 2) return null;
  const [rival] = rivals;
  if (rival === undefined) return best;
  if (weight(best) >= weight(rival) + 2) return best;
  return proven(best) && !proven(rival) && weight(best) > weight(rival) ? best : null;
}

function proven(candidate: Candidate): boolean {
  return (
    candidate.support.has('paid') ||
    candidate.support.has('parts') ||
    candidate.support.has('items') ||
    candidate.support.has('card') ||
    candidate.support.has('words')
  );
}

function weight({ labelled, support }: Candidate): number {
  const others = (['paid', 'parts', 'items', 'card', 'words'] as const).filter((kind) => support.has(kind)).length;
  return (
    (labelled.length > 0 ? 2 : 0) + (support.has('strong') ? 1 : 0) + (support.has('repeated') ? 1 : 0) + 2 * others
  );
}

/** Amounts that may be the total, the best supported first. */
function candidatesOf(money: readonly MoneyRow[], inWords: ReadonlySet<number> = new Set()): Candidate[] {
  const paid = paidSums(money);
  const parts = partSums(money);
  const items = itemSums(money);
  const cards = new Set(lastOf(money, 'card'));
  const total = money.filter(({ role }) => role === 'total');
  const near = (sums: ReadonlySet<number>, cents: number): boolean =>
    [-2, -1, 0, 1, 2].some((step) => sums.has(cents + step));
  const values = new Set([...lastOf(money, 'total')]);
  const labelFree = values.size === 0;
  if (labelFree) for (const cents of lastOf(money, 'sub')) values.add(cents);
  return [...values]
    .filter((cents) => cents > 0)
    .map((cents): Candidate => {
      const labelled = total.filter(({ amounts }) => last(amounts) === cents);
      const support = new Set<Support>();
      if (labelled.some(({ strong }) => strong)) support.add('strong');
      if (labelled.length > 1) support.add('repeated');
      if (near(paid, cents)) support.add('paid');
      if (near(parts, cents)) support.add('parts');
      if (near(items, cents)) support.add('items');
      if (cards.has(cents)) support.add('card');
      if (near(inWords, cents)) support.add('words');
      return { cents, labelled, support };
    })
    .sort((a, b) => weight(b) - weight(a) || b.cents - a.cents);
}

/** Sums that were paid: money handed over less change; or handed over exactly, when no change is printed. */
function paidSums(money: readonly MoneyRow[]): Set<number> {
  const cash = lastOf(money, 'cash').filter((cents) => cents > 0);
  const change = lastOf(money, 'change');
  const sums = new Set<number>();
  for (const handed of cash) {
    if (change.length === 0) sums.add(handed);
    for (const back of change) sums.add(handed - Math.abs(back));
  }
  return sums;
}

/** A subtotal with tax, service, rounding and discount added in every way a receipt may mean it. */
function partSums(money: readonly MoneyRow[]): Set<number> {
  const extras = (['tax', 'service', 'rounding', 'discount'] as const).flatMap((role) => {
    const values = [...new Set(lastOf(money, role))].filter((cents) => cents !== 0).slice(0, 3);
    return values.length === 0 ? [] : [[0, ...values.map((cents) => (role === 'discount' ? -Math.abs(cents) : cents))]];
  });
  let sums = new Set(lastOf(money, 'sub').filter((cents) => cents > 0));
  for (const choices of extras) sums = new Set([...sums].flatMap((sum) => choices.map((extra) => sum + extra)));
  return sums;
}

/** The sum of the item rows above the first row that sums up, from every place where the list may begin. */
function itemSums(money: readonly MoneyRow[]): Set<number> {
  const end = money.findIndex(({ role }) => role === 'total' || role === 'sub' || role === 'count');
  const values = money
    .slice(0, Math.max(0, end))
    .flatMap(({ role, amounts }) => (role === 'item' || role === 'discount' ? [last(amounts) ?? 0] : []));
  const sums = new Set<number>();
  let sum = 0;
  for (const value of values.reverse()) {
    sum += value;
    sums.add(sum);
  }
  return sums;
}

function lastOf(money: readonly MoneyRow[], wanted: Role): number[] {
  return money.flatMap(({ role, amounts }) => (role === wanted ? [last(amounts) ?? 0] : []));
}

function last(amounts: MoneyRow['amounts']): number | undefined {
  return amounts[amounts.length - 1]?.cents;
}
