/**
 * Whether what was read is language: counts everyday words and well-formed values. A page upside down or in a script
 * the reader does not know yields letters too, and confident ones, but next to none of these.
 */

import type { Line } from '../types.ts';

const everyday = new Set(
  (
    'total subtotal sub grand cash change tax gst sst vat date time tel phone fax invoice receipt bill no number qty ' +
    'quantity price amount amt item items description desc unit disc discount rounding rounded rm usd eur sgd paid ' +
    'payment card visa debit credit balance due net gross incl inclusive excl thank you thanks please come again ' +
    'welcome goods sold returned exchange not are is the of and for with to from by our your customer cashier counter ' +
    'staff sales table order pos terminal company sdn bhd ltd limited inc llc pte reg road street jalan jln taman ' +
    'kuala lumpur selangor johor malaysia store shop restaurant restoran enterprise trading hardware market mart ' +
    'summary code rate registration address account bank signature name member points service charge day month year ' +
    'jumlah tunai baki terima kasih tarikh masa resit harga kuantiti ' +
    'summe zwischensumme gesamt gesamtbetrag bar ruckgeld mwst ust netto brutto datum rechnung kasse bon betrag menge ' +
    'preis stuck danke dank uhr gmbh steuer karte gegeben auf wiedersehen ihr fur und der die das es ' +
    'tva ttc ht merci montant especes carte rendu facture ticket quantite prix heure vous votre visite rue sous ' +
    'iva gracias efectivo cambio factura fecha importe cantidad precio hora calle tarjeta por su compra totale ' +
    'contanti resto grazie totaal btw bedrag pin bedankt ' +
    'jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun am pm open hours email www com'
  ).split(' '),
);

/** Shapes of dates, amounts and times: whatever the language, they say that a page was read. */
export const valueShapes = [/\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}/, /\d+[.,]\d{2}(?!\d)/, /\d{1,2}:\d{2}/];

/** How much of a page reads as language: everyday words count one each, well-formed values half, at most six of them. */
export function languageScore(lines: readonly Line[]): number {
  let words = 0;
  let values = 0;
  for (const line of lines) {
    for (const { text } of line.words) {
      for (const part of plain(text).split(/[^a-z]+/)) if (part.length > 1 && everyday.has(part)) words += 1;
      if (valueShapes.some((shape) => shape.test(text))) values += 1;
    }
  }
  return words + Math.min(6, values) / 2;
}

/** Lower case without accents: readers lose them. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Enough language to call what stands on the page readable, and a claim contradicted by it. */
export function isLegible(score: number): boolean {
  return score >= 5;
}
