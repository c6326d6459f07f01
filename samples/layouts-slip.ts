// The narrow layouts: till slip, long grocery list, pharmacy, café, petrol station. Each takes a receipt and returns the
// markup of its paper; looks come from `paper.ts`.
import { printed, type Receipt } from './receipts.ts';
import type { Item } from './till.ts';
import { bars, middle, row, rule, sums, taxTable, text, wordsOf } from './words.ts';
import { writeMoney } from './writing.ts';

/** The slip of a small shop: two lines an item. */
export function till(receipt: Receipt): string {
  const { shop, company, plan } = receipt;
  const words = wordsOf(receipt);
  return [
    middle([company], 'strong large'),
    middle([...shop.address, `Tel: ${shop.phone}`, ...shop.numbers], 'small'),
    rule('double'),
    middle([shop.numbers.some((line) => line.startsWith('GST')) ? 'TAX INVOICE' : 'CASH BILL'], 'strong'),
    row(`${words.number}: ${receipt.receiptNumber}`, `Ctr 0${receipt.draw.int(1, 4)}`),
    row(`${words.date}: ${receipt.datePrinted}`, plan.time),
    row(`${words.cashier}: ${receipt.cashier}`, ''),
    rule(),
    ...receipt.bill.items.map((item) => itemOnTwoLines(receipt, item)),
    rule(),
    row(`Item(s): ${receipt.bill.items.length}`, ''),
    sums(receipt),
    rule(),
    taxTable(receipt),
    middle([words.thanks, 'GOODS SOLD ARE NOT RETURNABLE'], 'small gap'),
  ].join('');
}

/** A supermarket's long list, with a sign, item codes, tax letters and bars. */
export function grocery(receipt: Receipt): string {
  const { shop, company, plan, bill } = receipt;
  const words = wordsOf(receipt);
  const letters = plan.sale.tax?.reducedRate !== undefined;
  return [
    `<div class="sign">${text(shop.sign)}</div>`,
    middle([company], 'strong'),
    middle([...shop.address, shop.phone, ...shop.numbers], 'small'),
    rule('stars'),
    ...bill.items.map((item) => {
      const letter = letters ? (item.reduced ? ' F' : ' T') : '';
      const line = row(item.name, printed(receipt, item.amount) + letter);
      const below =
        item.quantity === '1' ? item.code : `${item.code}  ${item.quantity} @ ${printed(receipt, item.unitPrice)}`;
      return line + (plan.font === 'courier' || item.quantity !== '1' ? row(`  ${below}`, '', 'small') : '');
    }),
    rule('stars'),
    sums(receipt),
    rule(),
    taxTable(receipt),
    row(
      `ITEMS SOLD ${bill.items.reduce((count, item) => count + Number(item.quantity), 0)}`,
      `TILL ${receipt.draw.int(2, 9)}`,
    ),
    row(`${receipt.datePrinted}  ${plan.time}`, `#${receipt.receiptNumber}`),
    row(`${words.cashier} ${receipt.cashier}`, ''),
    middle([`YOU COULD HAVE EARNED ${receipt.draw.int(11, 48)} POINTS TODAY`, words.thanks], 'small gap'),
    bars(receipt),
  ].join('');
}

/** A chemist's slip: a table with codes, quantities and prices. */
export function pharmacy(receipt: Receipt): string {
  const { shop, company, plan, bill } = receipt;
  const words = wordsOf(receipt);
  const lines = bill.items.map(
    (item) =>
      `<tr><td colspan="4">${text(item.name)}</td></tr><tr><td>${item.code}</td><td>${item.quantity}</td><td>${printed(receipt, item.unitPrice)}</td><td>${printed(receipt, item.amount)}</td></tr>`,
  );
  return [
    `<div class="cross">✚</div>`,
    middle([company], 'strong large'),
    middle([...shop.address, `Tel ${shop.phone}`, ...shop.numbers], 'small'),
    rule('solid'),
    row(`${words.number} ${receipt.receiptNumber}`, plan.time),
    row(`${words.date}`, receipt.datePrinted),
    rule('solid'),
    `<table class="items"><tr><th>Code</th><th>${words.quantity}</th><th>${words.price}</th><th>${words.amount}</th></tr>${lines.join('')}</table>`,
    rule('solid'),
    sums(receipt),
    rule('solid'),
    taxTable(receipt),
    middle([shop.locale === 'de-DE' ? 'Umtausch nur mit Bon' : 'Keep medicines out of reach of children'], 'small gap'),
    middle([words.thanks], 'small'),
  ].join('');
}

/** A café's or a baker's slip: airy, sign on top, the total with its currency. */
export function cafe(receipt: Receipt): string {
  const { shop, company, plan, bill } = receipt;
  const words = wordsOf(receipt);
  return [
    `<div class="sign">${text(shop.sign)}</div>`,
    middle([company, ...shop.address], 'small'),
    middle([...shop.numbers], 'small'),
    rule('solid'),
    row(receipt.datePrinted, plan.time),
    row(
      `${words.number} ${receipt.receiptNumber}`,
      shop.locale === 'de-DE' ? 'Kasse 1' : `Table ${receipt.draw.int(1, 18)}`,
    ),
    rule('solid'),
    ...bill.items.map((item) => row(`${item.quantity} × ${item.name}`, printed(receipt, item.amount), 'airy')),
    rule('solid'),
    sums(receipt, 'money'),
    taxTable(receipt),
    middle([`${words.cashier}: ${receipt.cashier}`], 'small gap'),
    middle([shop.locale === 'de-DE' ? 'Auf Wiedersehen!' : 'See you again soon'], 'italic'),
  ].join('');
}

/** The slip of a petrol station: pump, volume, price. */
export function fuel(receipt: Receipt): string {
  const { shop, company, plan, bill } = receipt;
  const words = wordsOf(receipt);
  const [first, ...rest] = bill.items;
  if (first === undefined) throw new Error('A petrol station sells at least petrol.');
  const price = (first.unitPrice / 100).toFixed(3);
  return [
    `<div class="sign">${text(shop.sign)}</div>`,
    middle([company], 'strong'),
    middle([...shop.address, shop.phone, ...shop.numbers], 'small'),
    rule('stars'),
    row(words.date, `${receipt.datePrinted} ${plan.time}`),
    row(words.number, receipt.receiptNumber),
    row('Pump', `0${receipt.draw.int(1, 8)}`),
    rule(),
    row(first.name, printed(receipt, first.amount), 'strong'),
    row(`  ${first.quantity} ${first.unit} @ ${price}/${first.unit}`, '', 'small'),
    ...rest.map((item) =>
      row(`${item.quantity === '1' ? '' : `${item.quantity} x `}${item.name}`, printed(receipt, item.amount)),
    ),
    rule(),
    sums(receipt),
    taxTable(receipt),
    rule(),
    row('CARD', `XXXX XXXX XXXX ${receipt.draw.digits(4)}`, 'small'),
    row('AUTH', receipt.draw.digits(6), 'small'),
    row('APPROVED', writeMoney(bill.total, shop.locale), 'small'),
    middle(['DRIVE SAFELY'], 'gap'),
  ].join('');
}

function itemOnTwoLines(receipt: Receipt, item: Item): string {
  return (
    row(item.name, '') + row(`  ${item.quantity} x ${printed(receipt, item.unitPrice)}`, printed(receipt, item.amount))
  );
}
