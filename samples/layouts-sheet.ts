// The wider layouts: restaurant bill, hotel folio, A4 invoice. Each takes a receipt and returns the markup of its paper.
import { printed, type Receipt } from './receipts.ts';
import { middle, row, rule, sums, taxTable, text, wordsOf } from './words.ts';

/** A restaurant's bill, with covers, table and service. */
export function bill(receipt: Receipt): string {
  const { shop, company, plan } = receipt;
  const words = wordsOf(receipt);
  const german = shop.locale === 'de-DE';
  return [
    `<div class="sign">${text(shop.sign)}</div>`,
    middle([company], 'strong'),
    middle([...shop.address, `Tel. ${shop.phone}`, ...shop.numbers], 'small'),
    rule('double'),
    row(
      `${german ? 'Rechnung' : 'Bill'} ${receipt.receiptNumber}`,
      `${german ? 'Tisch' : 'Table'} ${receipt.draw.int(1, 30)}`,
    ),
    row(`${words.date} ${receipt.datePrinted}`, plan.time),
    row(`${words.cashier} ${receipt.cashier}`, german ? '' : `Pax ${receipt.draw.int(2, 6)}`),
    rule('double'),
    ...receipt.bill.items.map((item) => row(`${item.quantity}  ${item.name}`, printed(receipt, item.amount))),
    rule(),
    sums(receipt),
    rule('double'),
    taxTable(receipt),
    middle([german ? 'Es war uns eine Freude' : 'It was a pleasure to serve you'], 'italic gap'),
  ].join('');
}

/** A hotel's account of a stay, with the days of arrival and departure. */
export function folio(receipt: Receipt): string {
  const { shop, company } = receipt;
  const facts = [
    ['Guest', 'Mr / Ms R. Kestrelle'],
    ['Room', String(receipt.draw.int(201, 618))],
    ['Arrival', receipt.otherDate],
    ['Departure', receipt.datePrinted],
    ['Folio No', receipt.receiptNumber],
    ['Date', `${receipt.datePrinted}  ${receipt.plan.time}`],
  ] as const;
  return [
    `<div class="sign">${text(shop.sign)}</div>`,
    middle([company], 'strong large'),
    middle([[...shop.address, shop.phone].join('  ·  '), shop.numbers.join('  ·  ')], 'small'),
    rule('solid'),
    `<div class="facts">${facts.map(([name, value]) => row(name, value)).join('')}</div>`,
    rule('solid'),
    itemTable(receipt),
    `<div class="sums">${sums(receipt)}</div>`,
    '<div class="signature">Guest signature</div>',
    middle(['We hope to welcome you back to the bay'], 'italic gap'),
  ].join('');
}

/** An invoice on A4 that serves as a receipt, with a buyer and a day by which it is due. */
export function invoice(receipt: Receipt): string {
  const { shop, company } = receipt;
  const words = wordsOf(receipt);
  const german = shop.locale === 'de-DE';
  const buyer = german
    ? ['Lindwurm Fahrradwerk GmbH', 'Speichenweg 9', '00355 Altkettenau']
    : ['Marrowstone Cycle Works', '44 Spokeshave Lane'];
  const facts = [
    [german ? 'Rechnungs-Nr.' : 'Invoice No', receipt.receiptNumber],
    [german ? 'Rechnungsdatum' : 'Invoice Date', receipt.datePrinted],
    [german ? 'Fällig am' : 'Payment Due', receipt.otherDate],
    [german ? 'Zahlungsart' : 'Payment', receipt.plan.sale.pay === 'cash' ? words.cash : words.transfer],
  ] as const;
  return [
    `<div class="letterhead"><div><div class="strong large">${text(company)}</div>${[...shop.address, `Tel. ${shop.phone}`, ...shop.numbers].map((line) => `<div class="small">${text(line)}</div>`).join('')}</div><div class="title">${german ? 'RECHNUNG' : 'INVOICE / RECEIPT'}</div></div>`,
    rule('solid'),
    `<div class="letterhead"><div><div class="small">${german ? 'Rechnung an' : 'Bill to'}</div>${buyer.map((line) => `<div>${text(line)}</div>`).join('')}</div><div class="facts narrow">${facts.map(([name, value]) => row(name, value)).join('')}</div></div>`,
    itemTable(receipt),
    `<div class="sums">${sums(receipt, 'money')}</div>`,
    taxTable(receipt),
    `<div class="foot small">${german ? 'Der Betrag wurde dankend erhalten. Die Ware bleibt bis zur vollständigen Bezahlung Eigentum des Verkäufers.' : 'Received with thanks. This is a computer generated document and needs no signature.'}</div>`,
  ].join('');
}

function itemTable(receipt: Receipt): string {
  const words = wordsOf(receipt);
  const lines = receipt.bill.items.map(
    (item, index) =>
      `<tr><td>${index + 1}</td><td>${text(item.name)}</td><td>${item.quantity}</td><td>${printed(receipt, item.unitPrice)}</td><td>${printed(receipt, item.amount)}</td></tr>`,
  );
  return `<table class="wide"><tr><th>#</th><th>${words.item}</th><th>${words.quantity}</th><th>${words.price}</th><th>${words.amount}</th></tr>${lines.join('')}</table>`;
}
