/**
 * What each row of a receipt is about, by its words: a total, a part of one, money handed over, a tax summary. Labels
 * are compared as letters without spaces, an edit in five allowed, since readers drop spaces and mistake letters.
 */

import { type Amount, amountsIn } from '../normalize/money.ts';
import { contains } from '../normalize/text.ts';
import type { Row } from './rows.ts';

/** The part a row plays in the sum. */
export type Role =
  | 'total'
  | 'sub'
  | 'cash'
  | 'card'
  | 'change'
  | 'rounding'
  | 'tax'
  | 'service'
  | 'discount'
  | 'count'
  | 'summary'
  | 'item';

/** A row with its amounts and its part in the sum. */
export interface MoneyRow {
  readonly row: Row;
  readonly role: Role;
  /** For totals: whether the words leave no doubt (grand, payable, inclusive, after rounding). */
  readonly strong: boolean;
  readonly amounts: readonly Amount[];
}

const totals = [
  'TOTAL',
  'JUMLAH',
  'AMOUNTDUE',
  'AMTDUE',
  'PAYABLE',
  'BALANCEDUE',
  'NETAMOUNT',
  'NETAMT',
  'NETTAMT',
  'BILLAMOUNT',
  'TOPAY',
  'SUMME',
  'GESAMT',
  'ZUZAHLEN',
  'TOTAAL',
  'TOTALE',
  '합계',
  '총액',
  '총금액',
  '총계',
  '결제금액',
  '받을금액',
  '판매금액',
  '청구금액',
  '合計',
  '合计',
  '总计',
  '總計',
];
const strongWords = [
  'GRAND',
  'NETT',
  'NETTOTAL',
  'FINAL',
  'PAYABLE',
  'DUE',
  'ROUNDED',
  'AFTERROUND',
  'AFTERADJ',
  'INCL',
  'INCGST',
  'INCSST',
  'INCTAX',
  'TOPAY',
  '결제금액',
  '받을금액',
];
const counts = [
  'QTY',
  'QUANTITY',
  'COUNT',
  'ITEMSOLD',
  'TOTALITEM',
  'NOOFITEM',
  'ITEMS',
  'PCS',
  'POINT',
  'MEMBER',
  'PAX',
  '수량',
];
const taxes = ['GST', 'SST', 'VAT', 'TAX', 'MWST', 'TVA', 'CUKAI', '부가세', '세액', '부가가치세'];
const before = ['EXCL', 'EXCGST', 'EXCSST', 'EXCTAX', 'BEFORE', 'WITHOUT', 'TAXABLE', 'SUPPLIES', 'SUPPLY'];
const services = [
  'SERVICECHARGE',
  'SERVICECHG',
  'SVCCHG',
  'SVRCHG',
  'SVRCHRG',
  'SRVCHG',
  'SRVCHRG',
  'SERVCHARGE',
  'SERCHARGE',
  'SVCCHARGE',
  'SERVICE',
  '봉사료',
];
const cards = [
  'VISA',
  'MASTERCARD',
  'MASTER',
  'AMEX',
  'DEBIT',
  'CREDITCARD',
  'CREDIT',
  'EWALLET',
  'MYDEBIT',
  'NETS',
  'MAESTRO',
  'GRABPAY',
  'TNGO',
  'BANKCARD',
  '신용카드',
  '카드',
];
const cashes = [
  'CASH',
  'TENDER',
  'PAID',
  'RECEIVED',
  'RECEIVE',
  'PAYMENT',
  'TUNAI',
  'BAYARAN',
  'GEGEBEN',
  'ESPECES',
  'EFECTIVO',
  '현금',
  '받은금액',
];
const changes = ['CHANGE', 'BAKI', 'KEMBALI', 'RUCKGELD', 'RÜCKGELD', 'RUECKGELD', 'RENDU', 'WECHSELGELD', '거스름'];
const discounts = ['DISCOUNT', 'DISC', 'SAVING', 'SAVED', 'VOUCHER', 'REBATE', 'PROMO', 'LESS', 'DISKAUN', '할인'];
const subs = [
  'SUBTOTAL',
  'SUBTTL',
  'ZWISCHENSUMME',
  'ZWISUMME',
  'SOUSTOTAL',
  'GROSSAMT',
  'GROSSAMOUNT',
  'GROSSTOTAL',
  'NETTPRICE',
  '소계',
  '공급가액',
  '과세물품',
];
const summaryHeads = [
  'GSTSUMMARY',
  'SSTSUMMARY',
  'TAXSUMMARY',
  'VATSUMMARY',
  'GSTANALYSIS',
  'TAXANALYSIS',
  'GSTDETAIL',
  'TAXCODE',
  'GSTCODE',
  'TAXABLEAMT',
];

/** Rows that carry amounts, with their roles; a total's label without an amount takes that of the row beside it. */
export function moneyRows(rows: readonly Row[], at: { whole: boolean }): MoneyRow[] {
  const out: MoneyRow[] = [];
  let summaryLeft = 0;
  rows.forEach((row, index) => {
    const amounts = amountsIn(row.text, at).filter(
      (amount) => amount.sure || /[\p{L}]/u.test(row.text.slice(0, amount.from)),
    );
    const isHead = amounts.length === 0 && summaryHeads.some((word) => contains(row.letters, word));
    if (isHead) summaryLeft = 7;
    else if (summaryLeft > 0) summaryLeft -= 1;
    const { role, strong } =
      summaryLeft > 0 ? { role: 'summary' as const, strong: false } : roleOf(labelOf(row, amounts));
    if (amounts.length > 0) out.push({ row, role, strong, amounts });
    else if (role === 'total' && !isHead) {
      const borrowed = bareNeighbour(rows, index, at);
      if (borrowed !== null) out.push({ row: borrowed.row, role, strong, amounts: borrowed.amounts });
    }
  });
  return out;
}

/** Letters before the last amount: what stands behind it are tax codes. */
function labelOf(row: Row, amounts: readonly Amount[]): string {
  const last = amounts[amounts.length - 1];
  if (last === undefined) return row.letters;
  const letters = row.text
    .slice(0, last.from)
    .replace(/\bln/g, 'In')
    .toUpperCase()
    .replace(/0(?=[A-Z])|(?<=[A-Z])0/g, 'O')
    .replace(/1(?=[A-Z])|(?<=[A-Z])1/g, 'I');
  return letters.replace(/[^\p{L}]/gu, '');
}

/** The role its words give a row. Order matters: the narrower words are asked first. */
export function roleOf(label: string): { role: Role; strong: boolean } {
  const has = (words: readonly string[]): boolean => words.some((word) => contains(label, word));
  const exactly = (words: readonly string[]): boolean => words.some((word) => label.includes(word));
  const plain = (role: Role): { role: Role; strong: boolean } => ({ role, strong: false });
  if (label === '') return plain('item');
  const isTotal = has(totals) || /^T(?:T)?L(?:RM)?$/.test(label) || /^NETT?(?:RM)?$/.test(label);
  if (exactly(changes) && !exactly(['CHARGE'])) return plain('change');
  if (isTotal && exactly(counts)) return plain('count');
  if (has(subs)) return plain('sub');
  if (isTotal) {
    if (exactly(['DISC', 'SAVING', 'SAVED', 'REBATE'])) return plain('discount');
    if (has(before)) return plain('sub');
    const inclusive = exactly(['INCL', 'INCGST', 'INCTAX', 'INCSST', 'INCVAT', 'INCIU', 'INCIS']);
    if (exactly(taxes) && !inclusive) return plain('tax');
    if (exactly(taxes) && /^(?:GST|SST|VAT|TAX)/.test(label)) return plain('tax');
    if (exactly(['CASH', 'TENDER', 'PAID', 'RECEIVED']) && !exactly(['PAYABLE'])) return plain('cash');
    if (exactly(['INCLUDED', 'INCLUDES'])) return plain('total');
    return { role: 'total', strong: exactly(strongWords) };
  }
  if (has(['ROUND', 'ROUNDING'])) return plain('rounding');
  if (has(services)) return plain('service');
  if (exactly(['CASHIER'])) return plain('item');
  if (exactly(discounts)) return plain('discount');
  if (exactly(cards)) return plain('card');
  if (exactly(cashes) || /^BAR(?:EUR)?$/.test(label)) return plain('cash');
  if (exactly(taxes)) return plain('tax');
  return plain('item');
}

/** An amount without words of its own in the row just below or above. */
function bareNeighbour(
  rows: readonly Row[],
  index: number,
  at: { whole: boolean },
): { row: Row; amounts: Amount[] } | null {
  const label = rows[index] as Row;
  for (const step of [1, -1]) {
    const row = rows[index + step];
    if (row === undefined || row.page !== label.page || row.letters.length > 3) continue;
    const amounts = amountsIn(row.text, at);
    const gap = Math.abs(row.box[1] + row.box[3] - label.box[1] - label.box[3]) / 2;
    if (amounts.length === 1 && gap < 1.6 * (label.box[3] - label.box[1])) return { row, amounts };
  }
  return null;
}
