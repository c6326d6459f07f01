// The till: what was bought, what is taken off and put on, what is to pay. Pure arithmetic in minor units; it knows nothing
// of paper. Every total on a sample is computed here and nowhere else.
import { goodsOf } from './goods.ts';
import type { Draw } from './random.ts';
import type { Shop } from './shops.ts';

/** A line of a receipt. */
export interface Item {
  readonly name: string;
  readonly code: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: number;
  readonly amount: number;
  readonly reduced: boolean;
}

/** A tax; rates in hundredths of a percent. `added` on top of the prices, or already in them. */
export interface TaxRule {
  readonly label: string;
  readonly rate: number;
  readonly added: boolean;
  /** The rate of food and the like. */
  readonly reducedRate?: number;
}

/** What the plan of a receipt says about its amounts. */
export interface Sale {
  readonly items: number;
  readonly tax?: TaxRule;
  /** Percent put on for service. */
  readonly service?: number;
  /** Percent taken off. */
  readonly discount?: number;
  /** Rounded to five sen or cents. */
  readonly rounds?: boolean;
  readonly pay: 'cash' | 'card' | 'transfer';
  /** Litres and price of fuel: thousandths of a litre or gallon, tenths of a cent. */
  readonly fuel?: { readonly name: string; readonly volume: number; readonly price: number; readonly unit: string };
  /** Nights in a room and the price of one. */
  readonly nights?: { readonly count: number; readonly price: number };
}

/** One rate of a tax summary. */
export interface TaxLine {
  readonly rate: number;
  readonly net: number;
  readonly tax: number;
}

/** Everything a receipt adds up to. */
export interface Bill {
  readonly items: readonly Item[];
  readonly subtotal: number;
  readonly discount: number;
  readonly service: number;
  readonly taxes: readonly TaxLine[];
  readonly tax: number;
  readonly unrounded: number;
  readonly rounding: number;
  /** The amount to pay, taxes included, after rounding. */
  readonly total: number;
  readonly cash: number;
  readonly change: number;
}

/** Rings up a sale. */
export function ringUp(sale: Sale, shop: Shop, draw: Draw): Bill {
  const items = [...specialItems(sale, draw), ...shelfItems(sale, shop, draw)];
  const subtotal = sum(items.map((item) => item.amount));
  const discount = Math.round((subtotal * (sale.discount ?? 0)) / 100);
  const service = Math.round(((subtotal - discount) * (sale.service ?? 0)) / 100);
  const taxes = sale.tax === undefined ? [] : taxLines(items, sale.tax, subtotal, subtotal - discount + service);
  const tax = sum(taxes.map((line) => line.tax));
  const unrounded = subtotal - discount + service + (sale.tax?.added === true ? tax : 0);
  const total = sale.rounds === true ? Math.round(unrounded / 5) * 5 : unrounded;
  const cash = sale.pay === 'cash' ? tendered(total, draw) : 0;
  return {
    items,
    subtotal,
    discount,
    service,
    taxes,
    tax,
    unrounded,
    rounding: total - unrounded,
    total,
    cash,
    change: sale.pay === 'cash' ? cash - total : 0,
  };
}

function specialItems(sale: Sale, draw: Draw): Item[] {
  const found: Item[] = [];
  if (sale.fuel !== undefined) {
    const { name, volume, price, unit } = sale.fuel;
    found.push({
      name,
      code: draw.digits(4),
      quantity: (volume / 1000).toFixed(3),
      unit,
      unitPrice: price / 10,
      amount: Math.round((volume * price) / 10_000),
      reduced: false,
    });
  }
  if (sale.nights !== undefined) {
    const { count, price } = sale.nights;
    found.push({
      name: 'Room charge',
      code: draw.digits(3),
      quantity: String(count),
      unit: 'night',
      unitPrice: price,
      amount: price * count,
      reduced: false,
    });
  }
  return found;
}

function shelfItems(sale: Sale, shop: Shop, draw: Draw): Item[] {
  const trade = shop.trade === 'hotel' ? 'restaurant' : shop.trade;
  const odd = sale.rounds === true && ['grocery', 'pharmacy', 'hardware'].includes(shop.trade);
  const ending = shop.locale === 'en-MY' || shop.locale === 'en-SG' ? 10 : 5;
  return draw
    .shuffle(goodsOf(shop.locale, trade))
    .slice(0, sale.items)
    .map(([name, low, high]) => {
      const spread = Math.round(draw.int(low, high) / ending) * ending;
      const unitPrice = odd && high > 100 ? spread + draw.pick([-1, -2, 0, 3]) : spread;
      const count = draw.next() < 0.7 ? 1 : draw.int(2, 4);
      return {
        name: name.replace('*', ''),
        code: draw.digits(shop.trade === 'grocery' ? 8 : 5),
        quantity: String(count),
        unit: '',
        unitPrice,
        amount: unitPrice * count,
        reduced: name.endsWith('*'),
      };
    });
}

function taxLines(items: readonly Item[], rule: TaxRule, subtotal: number, due: number): TaxLine[] {
  const reducedRate = rule.reducedRate;
  if (reducedRate === undefined) return [taxLine(due, rule.rate, rule.added)];
  const reduced = Math.round((due * sum(items.filter((item) => item.reduced).map((item) => item.amount))) / subtotal);
  return [[due - reduced, rule.rate] as const, [reduced, reducedRate] as const]
    .filter(([amount]) => amount > 0)
    .map(([amount, rate]) => taxLine(amount, rate, rule.added));
}

function taxLine(amount: number, rate: number, added: boolean): TaxLine {
  if (added) return { rate, net: amount, tax: Math.round((amount * rate) / 10_000) };
  const net = Math.round((amount * 10_000) / (10_000 + rate));
  return { rate, net, tax: amount - net };
}

/** Notes and coins somebody would hand over; never exactly the total. */
function tendered(total: number, draw: Draw): number {
  const steps = [500, 1000, 2000, 5000].filter((step) => step < total * 3);
  const step = draw.pick(steps.length === 0 ? [500] : steps);
  const handed = Math.ceil(total / step) * step;
  return handed === total ? handed + step : handed;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
