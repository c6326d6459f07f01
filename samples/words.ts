// The words a till prints, by language, and the small pieces of markup that all layouts share.
import { printed, type Receipt } from './receipts.ts';
import { writeMoney } from './writing.ts';

const english = {
  total: 'TOTAL',
  subtotal: 'Sub Total',
  discount: 'Discount',
  service: 'Service Charge',
  unrounded: 'Total Sales Incl Tax',
  rounding: 'Rounding Adj',
  cash: 'Cash',
  change: 'Change',
  card: 'Debit Card',
  transfer: 'Bank Transfer',
  date: 'Date',
  time: 'Time',
  number: 'Receipt No',
  cashier: 'Cashier',
  item: 'Description',
  quantity: 'Qty',
  price: 'Price',
  amount: 'Amount',
  included: 'included in total',
  net: 'Net',
  thanks: 'THANK YOU, PLEASE COME AGAIN',
};

const german: typeof english = {
  total: 'GESAMT',
  subtotal: 'Zwischensumme',
  discount: 'Rabatt',
  service: 'Bedienungsgeld',
  unrounded: 'Summe vor Rundung',
  rounding: 'Rundung',
  cash: 'Bar',
  change: 'Rückgeld',
  card: 'EC-Karte',
  transfer: 'Überweisung',
  date: 'Datum',
  time: 'Uhrzeit',
  number: 'Bon-Nr.',
  cashier: 'Es bediente Sie',
  item: 'Bezeichnung',
  quantity: 'Menge',
  price: 'Preis',
  amount: 'Betrag',
  included: 'enthalten',
  net: 'Netto',
  thanks: 'Vielen Dank für Ihren Einkauf',
};

/** The words of the receipt's language. */
export function wordsOf(receipt: Receipt): typeof english {
  return receipt.shop.locale === 'de-DE' ? german : english;
}

/** Text made safe for markup. */
export function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A line with something at each end. */
export function row(left: string, right: string, style = ''): string {
  return `<div class="row ${style}"><span>${text(left)}</span><span>${text(right)}</span></div>`;
}

/** Lines in the middle. */
export function middle(lines: readonly string[], style = ''): string {
  return lines.map((line) => `<div class="middle ${style}">${text(line)}</div>`).join('');
}

/** A rule across the paper. */
export function rule(kind: 'dash' | 'double' | 'solid' | 'stars' = 'dash'): string {
  return kind === 'stars' ? `<div class="stars">${'*'.repeat(80)}</div>` : `<div class="rule ${kind}"></div>`;
}

/** `6%`, `7.25%`, in German `19,00%`. */
export function percent(rate: number, receipt: Receipt): string {
  return receipt.shop.locale === 'de-DE' ? `${printed(receipt, rate)}%` : `${rate / 100}%`;
}

/** Everything from the subtotal to the change, the amount to pay in larger type. */
export function sums(receipt: Receipt, big: 'amount' | 'money' = 'amount'): string {
  const { bill, plan } = receipt;
  const words = wordsOf(receipt);
  const amount = (minor: number): string => printed(receipt, minor);
  const lines = [row(words.subtotal, amount(bill.subtotal))];
  if (bill.discount > 0) lines.push(row(`${words.discount} ${plan.sale.discount}%`, amount(-bill.discount)));
  if (bill.service > 0) lines.push(row(`${words.service} ${plan.sale.service}%`, amount(bill.service)));
  if (plan.sale.tax?.added === true)
    for (const line of bill.taxes)
      if (line.tax > 0) lines.push(row(`${plan.sale.tax.label} ${percent(line.rate, receipt)}`, amount(line.tax)));
  if (plan.sale.rounds === true && plan.sale.tax !== undefined)
    lines.push(row(words.unrounded, amount(bill.unrounded)));
  if (plan.sale.rounds === true) lines.push(row(words.rounding, amount(bill.rounding)));
  const total = big === 'money' ? writeMoney(bill.total, receipt.shop.locale) : amount(bill.total);
  lines.push(row(plan.totalWord ?? words.total + (big === 'money' ? '' : sign(receipt)), total, 'total'));
  if (plan.sale.pay === 'cash') lines.push(row(words.cash, amount(bill.cash)), row(words.change, amount(bill.change)));
  if (plan.sale.pay === 'card') lines.push(row(words.card, amount(bill.total)));
  return lines.join('');
}

/** The tax that is in the prices, as a small table at the foot; nothing where tax is put on top. */
export function taxTable(receipt: Receipt): string {
  const { tax } = receipt.plan.sale;
  if (tax === undefined || tax.added) return '';
  const words = wordsOf(receipt);
  const lines = receipt.bill.taxes.map((line) => {
    const cells = [percent(line.rate, receipt), printed(receipt, line.net), printed(receipt, line.tax)];
    return `<tr>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`;
  });
  return `<table class="tax"><tr><th>${text(tax.label)}</th><th>${words.net}</th><th>${text(tax.label)} ${words.amount}</th></tr>${lines.join('')}</table>`;
}

/** A row of bars that no scanner reads, with the number below. */
export function bars(receipt: Receipt): string {
  const widths = Array.from({ length: 46 }, () => receipt.draw.int(1, 4));
  const spans = widths.map(
    (width, index) => `<i style="width:${width}px;background:${index % 2 === 0 ? 'currentColor' : 'none'}"></i>`,
  );
  return `<div class="bars">${spans.join('')}</div>`;
}

function sign(receipt: Receipt): string {
  const signs = {
    'en-MY': ' (RM)',
    'en-SG': ' S$',
    'en-US': ' USD',
    'en-AU': ' AUD',
    'en-GB': ' GBP',
    'de-DE': ' EUR',
  };
  return signs[receipt.shop.locale];
}
