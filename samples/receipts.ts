// The sample receipts as data: plan, shop and bill together, with everything that is printed written out. What the layouts
// print and what the claims say both come from here, so that they cannot part.
import { type Plan, plans } from './plans.ts';
import { type Draw, drawFrom } from './random.ts';
import { companyOf, type Shop, shops } from './shops.ts';
import { type Bill, ringUp } from './till.ts';
import { addDays, writeAmount, writeDate } from './writing.ts';

/** One receipt, ready to be set. */
export interface Receipt {
  /** `001`, `002` and so on. */
  readonly id: string;
  /** Path below the folder of the samples. */
  readonly file: string;
  readonly plan: Plan;
  readonly shop: Shop;
  readonly company: string;
  readonly bill: Bill;
  readonly datePrinted: string;
  /** Day of arrival of a stay, or the day by which an invoice is due; printed in another role than the date. */
  readonly otherDate: string;
  readonly receiptNumber: string;
  readonly cashier: string;
  /** Amounts that the layout prints beside the one to pay, told apart by what they are. */
  readonly others: readonly { readonly what: string; readonly amount: number }[];
  readonly draw: Draw;
}

const names = ['AMIRA', 'JON', 'LIM', 'SOFIE', 'PRIYA', 'NADIA', 'TESS', 'OMAR', 'ULLA', 'WEI'];

/** All receipts, the unreadable ones last. */
export const receipts: readonly Receipt[] = plans.map((plan, index) => {
  const id = String(index + 1).padStart(3, '0');
  const shop = shops.get(plan.shop);
  if (shop === undefined) throw new Error(`No shop ${plan.shop}.`);
  const draw = drawFrom(`receipt ${id}`);
  const bill = ringUp(plan.sale, shop, draw);
  const away = plan.layout === 'folio' ? -(plan.sale.nights?.count ?? 1) : 14;
  return {
    id,
    file: `receipts/${id}.${plan.look.format}`,
    plan,
    shop,
    company: companyOf(shop),
    bill,
    datePrinted: writeDate(plan.date, plan.form),
    otherDate: writeDate(addDays(plan.date, away), plan.form),
    receiptNumber: `${draw.pick(['', 'R', 'A', 'CS'])}${draw.digits(6)}`,
    cashier: draw.pick(names),
    others: otherAmounts(bill),
    draw,
  };
});

/** The amount as this receipt prints it, without a currency sign. */
export function printed(receipt: Receipt, minor: number): string {
  return writeAmount(minor, receipt.shop.locale);
}

/** What every layout prints beside the total, without what would also be true (the total, before or after rounding). */
function otherAmounts(bill: Bill): Receipt['others'] {
  const dearest = [...bill.items].sort((a, b) => b.amount - a.amount)[0];
  const all = [
    { what: 'subtotal', amount: bill.subtotal },
    { what: 'cash', amount: bill.cash },
    { what: 'change', amount: bill.change },
    { what: 'item', amount: dearest?.amount ?? 0 },
    { what: 'tax', amount: bill.taxes[0]?.tax ?? 0 },
  ];
  return all.filter(({ amount }) => amount > 0 && amount !== bill.total && amount !== bill.unrounded);
}
