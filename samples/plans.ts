// The plan of every sample: which shop sold how much on which day, how the receipt is laid out and what became of it.
// Data only; the numbers of the files are the order of this list.
import { digital, illegible, type Look, photo, scan } from './look.ts';
import type { Sale, TaxRule } from './till.ts';
import type { DateForm } from './writing.ts';

/** The faces the receipts are set in. */
export type Font = 'courier' | 'inconsolata' | 'tech' | 'vt' | 'roboto' | 'oswald';

/** The layouts, as `layouts-*.ts` draw them. */
export type Layout = 'till' | 'grocery' | 'pharmacy' | 'cafe' | 'fuel' | 'bill' | 'folio' | 'invoice';

/** One planned receipt. */
export interface Plan {
  readonly shop: string;
  readonly date: string;
  readonly time: string;
  readonly form: DateForm;
  readonly layout: Layout;
  readonly font: Font;
  readonly sale: Sale;
  readonly look: Look;
  /** What stands before the amount to pay, where it is not the country's usual word. */
  readonly totalWord?: string;
  /** Nobody could read it, so that no claim about it can be decided. */
  readonly unreadable?: true;
}

const gst: TaxRule = { label: 'GST', rate: 600, added: false };
const sst: TaxRule = { label: 'SST', rate: 600, added: true };
const serviceTax: TaxRule = { label: 'Service Tax', rate: 600, added: true };
const salesTax: TaxRule = { label: 'Sales Tax', rate: 725, added: true };
const mealsTax: TaxRule = { label: 'Meals Tax', rate: 900, added: true };
const vat: TaxRule = { label: 'VAT', rate: 2000, added: false };
const foodVat: TaxRule = { label: 'VAT', rate: 2000, added: false, reducedRate: 0 };
const mwst: TaxRule = { label: 'MwSt', rate: 1900, added: false };
const foodMwst: TaxRule = { label: 'MwSt', rate: 1900, added: false, reducedRate: 700 };
const gst8: TaxRule = { label: 'GST', rate: 800, added: true };
const gst9: TaxRule = { label: 'GST', rate: 900, added: true };
const auGst: TaxRule = { label: 'GST', rate: 1000, added: false };
const auFoodGst: TaxRule = { label: 'GST', rate: 1000, added: false, reducedRate: 0 };

type Row = readonly [
  shop: string,
  when: string,
  form: DateForm,
  layout: Layout,
  font: Font,
  sale: Sale,
  look: Look,
  more?: { readonly totalWord?: string; readonly unreadable?: true },
];

// biome-ignore format: a table, one receipt a line
const rows: readonly Row[] = [
  ['lumbira', '2018-12-25 14:03', 'd/m/y', 'till', 'courier', { items: 4, rounds: true, pay: 'cash' }, scan({ tilt: 0.4, crumple: 0.15 })],
  ['tekurai', '2018-01-12 11:26', 'd-m-y', 'till', 'inconsolata', { items: 3, pay: 'cash' }, scan({ tilt: -1.2, fade: 0.2 })],
  ['sampan', '2019-03-08 20:41', 'd/m/y', 'bill', 'roboto', { items: 6, service: 10, tax: sst, rounds: true, pay: 'cash' }, photo({ backdrop: 'wood' }), { totalWord: 'GRAND TOTAL' }],
  ['embun', '2017-11-30 17:55', 'd/m/yy', 'pharmacy', 'inconsolata', { items: 5, tax: gst, pay: 'card' }, scan({ tilt: 1.6, grey: false }), { totalWord: 'Total Payable' }],
  ['brackwell', '2022-12-25 09:14', 'm/d/y', 'till', 'tech', { items: 5, tax: salesTax, pay: 'card' }, digital()],
  ['pennywren', '2023-06-17 08:32', 'd MON y', 'cafe', 'courier', { items: 4, pay: 'cash' }, scan({ tilt: -0.6 })],
  ['immerkorn', '2024-02-09 07:48', 'd.m.y', 'cafe', 'inconsolata', { items: 4, tax: foodMwst, pay: 'cash' }, scan({ tilt: 0.9 }), { totalWord: 'SUMME EUR' }],
  ['lanterna', '2023-10-21 19:22', 'd MON y', 'bill', 'courier', { items: 6, service: 10, tax: gst8, pay: 'card' }, photo({ backdrop: 'slate', tilt: 2.1 })],
  ['wattlebrook', '2021-07-04 16:10', 'd/m/y', 'grocery', 'tech', { items: 14, tax: auFoodGst, rounds: true, pay: 'cash' }, scan({ tilt: 0.5, fade: 0.15 })],
  ['gemilau', '2022-09-27 21:05', 'd-m-y', 'grocery', 'courier', { items: 22, discount: 5, rounds: true, pay: 'cash' }, scan({ side: 1400, tilt: -0.7 }), { totalWord: 'NETT TOTAL' }],
  ['quillombe', '2024-05-16 10:02', 'Mon d, y', 'cafe', 'roboto', { items: 3, tax: salesTax, pay: 'card' }, digital({ format: 'png', side: 1000 })],
  ['ratubaru', '2020-08-14 06:51', 'iso', 'fuel', 'vt', { items: 1, fuel: { name: 'PETROL 95', volume: 31_707, price: 2050, unit: 'L' }, pay: 'card' }, scan({ tilt: 1.1 })],
  ['merridot', '2022-04-19 15:37', 'd Month y', 'invoice', 'roboto', { items: 6, pay: 'transfer' }, digital({ side: 1400 }), { totalWord: 'Total Payable' }],
  ['ostermere', '2021-02-26 13:19', 'd/m/y', 'pharmacy', 'tech', { items: 4, tax: vat, pay: 'card' }, photo({ backdrop: 'cloth', tilt: -2.3, blur: 1.5 })],
  ['federstrich', '2023-11-28 10:30', 'd.m.y', 'invoice', 'roboto', { items: 5, tax: mwst, pay: 'transfer' }, scan({ side: 1400, tilt: -0.4, crumple: 0.1 }), { totalWord: 'Gesamtbetrag' }],
  ['tunjangan', '2017-05-03 12:44', 'd/m/y', 'till', 'courier', { items: 7, tax: gst, rounds: true, pay: 'cash' }, scan({ tilt: 2.2, fade: 0.3 }), { totalWord: 'TOTAL INCL. GST' }],
  ['thistlemarch', '2019-08-11 18:27', 'm/d/yy', 'bill', 'courier', { items: 5, tax: mealsTax, pay: 'cash' }, photo({ backdrop: 'wood', tilt: 1.2 }), { totalWord: 'AMOUNT DUE' }],
  ['senandika', '2019-06-05 11:02', 'd MON y', 'folio', 'roboto', { items: 3, nights: { count: 2, price: 18_800 }, service: 10, tax: sst, pay: 'card' }, scan({ side: 1350, tilt: 0.3, grey: false, crumple: 0.1 }), { totalWord: 'TOTAL AMOUNT DUE' }],
  ['coolabindi', '2023-03-22 07:15', 'd/m/yy', 'fuel', 'tech', { items: 2, fuel: { name: 'UNLEADED 91', volume: 42_318, price: 1879, unit: 'L' }, tax: auGst, pay: 'card' }, photo({ backdrop: 'slate', tilt: -1.1, noise: 11, quality: 42, light: 0.8 })],
  ['pelitawan', '2023-02-18 09:40', 'd/m/y', 'cafe', 'vt', { items: 4, pay: 'cash' }, photo({ backdrop: 'wood', light: 0.7, tilt: 1.8 })],
  ['prisk', '2020-11-19 17:33', 'm/d/y', 'grocery', 'inconsolata', { items: 17, tax: { ...salesTax, reducedRate: 0 }, discount: 4, pay: 'card' }, scan({ tilt: -1.3, turn: 180 }), { totalWord: 'BALANCE DUE' }],
  ['heron', '2022-12-03 21:14', 'd Month y', 'bill', 'roboto', { items: 7, service: 12.5, pay: 'card' }, photo({ backdrop: 'cloth', tilt: -1.6, turn: 90 }), { totalWord: 'Total to Pay' }],
  ['silberfarn', '2022-07-13 16:58', 'd.m.yy', 'pharmacy', 'tech', { items: 6, tax: foodMwst, pay: 'cash' }, scan({ tilt: 1.4 }), { totalWord: 'ZU ZAHLEN' }],
  ['nusapena', '2021-10-06 14:20', 'd/m/y', 'invoice', 'inconsolata', { items: 7, discount: 3, pay: 'transfer' }, scan({ side: 1350, tilt: 0.6 })],
  ['tideberry', '2024-09-01 12:11', 'd-Mon-yy', 'cafe', 'oswald', { items: 4, service: 10, tax: gst9, pay: 'card' }, digital({ format: 'webp', quality: 72, side: 1100 })],
  ['grimsale', '2024-01-20 18:46', 'd/m/yy', 'grocery', 'courier', { items: 19, tax: foodVat, pay: 'card' }, scan({ side: 1400, tilt: 0.8, fade: 0.25 }), { totalWord: 'BALANCE DUE' }],
  ['tern', '2020-01-31 10:25', 'd/m/y', 'till', 'inconsolata', { items: 5, tax: auGst, rounds: true, pay: 'cash' }, photo({ backdrop: 'wood', tilt: -2.6 }), { totalWord: 'TOTAL (INC GST)' }],
  ['vanterra', '2021-09-29 22:08', 'm/d/y', 'fuel', 'courier', { items: 1, fuel: { name: 'REGULAR 87', volume: 11_284, price: 3459, unit: 'GAL' }, pay: 'card' }, scan({ tilt: -2, fade: 0.58, noise: 4, blur: 0.9 }), { totalWord: 'TOTAL SALE' }],
  ['mondhirsch', '2024-08-24 20:37', 'd.m.y', 'bill', 'courier', { items: 6, tax: mwst, pay: 'cash' }, photo({ backdrop: 'wood', tilt: 1.5, light: 0.6 }), { totalWord: 'GESAMT EUR' }],
  ['lumbira', '2025-04-07 19:52', 'd/m/yy', 'till', 'vt', { items: 6, rounds: true, pay: 'cash' }, photo({ backdrop: 'slate', tilt: 1, noise: 4 })],
  ['embun', '2016-10-15 12:30', 'iso', 'pharmacy', 'courier', { items: 4, tax: gst, discount: 10, rounds: true, pay: 'cash' }, digital({ grey: true }), { totalWord: 'NET TOTAL' }],
  ['sampan', '2025-01-29 13:17', 'd MON y', 'bill', 'inconsolata', { items: 8, service: 10, tax: serviceTax, pay: 'card' }, scan({ tilt: -1.8, side: 1300 }), { totalWord: 'TOTAL DUE' }],
  ['brackwell', '2024-07-02 15:44', 'Mon d, y', 'till', 'inconsolata', { items: 6, tax: salesTax, discount: 10, pay: 'cash' }, photo({ backdrop: 'slate', tilt: -0.9, turn: 270, turnNoted: true })],
  ['pennywren', '2025-03-14 12:05', 'Weekday, d Month y', 'cafe', 'roboto', { items: 5, tax: foodVat, pay: 'card' }, digital({ side: 1100, format: 'png' })],
  ['gemilau', '2024-06-11 20:09', 'd MON y', 'grocery', 'tech', { items: 26, rounds: true, pay: 'cash' }, scan({ side: 1400, tilt: 0.5 })],
  ['wattlebrook', '2022-10-30 11:48', 'd Month y', 'grocery', 'vt', { items: 11, tax: auFoodGst, discount: 5, pay: 'card' }, photo({ backdrop: 'cloth', tilt: 1.9, side: 1100, quality: 40, blur: 0.8 })],
  ['merridot', '2024-04-05 13:33', 'd/m/y', 'till', 'tech', { items: 5, pay: 'cash' }, scan({ tilt: 1.2, turn: 90 })],
  ['thistlemarch', '2023-04-09 09:58', 'm/d/y', 'bill', 'tech', { items: 6, tax: mealsTax, pay: 'card' }, scan({ tilt: -0.5 })],
  ['nusapena', '2020-03-17 16:22', 'd-m-y', 'till', 'courier', { items: 5, pay: 'cash' }, photo({ backdrop: 'wood', fade: 0.45, tilt: -2.9, crumple: 0.8, folds: 3 })],
  ['tekurai', '2019-02-22 10:11', 'd Month y', 'invoice', 'courier', { items: 6, discount: 10, pay: 'cash' }, photo({ backdrop: 'slate', side: 1400, tilt: 0.8, lean: 2 })],
  ['pelitawan', '2024-08-03 08:19', 'd/m/yy', 'cafe', 'inconsolata', { items: 5, pay: 'cash' }, illegible({ tilt: 2.5, blur: 12 }), { unreadable: true }],
  ['tunjangan', '2018-04-24 15:02', 'd/m/y', 'till', 'inconsolata', { items: 6, tax: gst, rounds: true, pay: 'cash' }, illegible({ backdrop: 'cloth', blur: 11 }), { unreadable: true }],
];

/** The plans, in the order of the files. */
export const plans: readonly Plan[] = rows.map(([shop, when, form, layout, font, sale, look, more]) => {
  const [date = '', time = ''] = when.split(' ');
  return { shop, date, time, form, layout, font, sale, look, ...more };
});
