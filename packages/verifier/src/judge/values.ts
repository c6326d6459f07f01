/**
 * Values as a model writes them, compared by type: with a claim, with each other, and with words that were read here.
 */

import { orderOnPage } from '../match/date.ts';
import { rowsOf } from '../match/rows.ts';
import { type DateOrder, datesIn, orderOf, parseDate } from '../normalize/dates.ts';
import { amountsIn, parseMoney } from '../normalize/money.ts';
import { nameTokens } from '../normalize/names.ts';
import { skeleton } from '../normalize/text.ts';
import type { FieldType, Page } from '../types.ts';
import { standsIn } from './ground.ts';

/** How dates and amounts are written: as the record's locale says, else as the pages show. */
export interface Language {
  readonly order: DateOrder;
  /** Amounts have no fractions. */
  readonly whole: boolean;
  /** A locale that says the same to a comparator that sees a few rows only. */
  readonly locale: string | null;
}

const localeOfOrder: Readonly<Record<string, string>> = { dmy: 'en-GB', mdy: 'en-US', ymd: 'en-CA' };

/** The language of pages, whatever part of them is looked at later. */
export function languageOf(given: {
  readonly shown: readonly { readonly page: Page }[];
  readonly locale: string | null;
}): Language {
  const rows = rowsOf(given.shown.map(({ page }) => page));
  const order = orderOf(given.locale) ?? orderOnPage(rows);
  const whole = /^(?:ko|ja)\b/i.test(given.locale ?? '') || rows.some((row) => /[₩원円]/.test(row.text));
  const locale = given.locale ?? (whole ? 'ko-KR' : order === null ? null : (localeOfOrder[order] ?? null));
  return { order, whole, locale };
}

/** Whether two ways of writing mean one value. */
export function sameValue(type: FieldType, { a, b, order }: { a: string; b: string; order: DateOrder }): boolean {
  switch (type) {
    case 'money': {
      const [one, other] = [parseMoney(a), parseMoney(b)];
      return one !== null && one === other;
    }
    case 'date': {
      const [one, other] = [parseDate(a, order), parseDate(b, order)];
      return one.length > 0 && one.join() === other.join();
    }
    case 'company':
    case 'person': {
      const [one, other] = [nameTokens(a), nameTokens(b)].map((tokens) => skeleton(tokens.join('')));
      return one !== '' && one === other;
    }
    default:
      return skeleton(a) !== '' && skeleton(a) === skeleton(b);
  }
}

/** Whether a text that was read here holds a value. */
export function valueStands(
  type: FieldType,
  { value, text, order, whole }: { value: string; text: string } & Language,
): boolean {
  switch (type) {
    case 'money': {
      const cents = parseMoney(value);
      return cents !== null && amountsIn(text, { whole }).some((amount) => amount.cents === cents);
    }
    case 'date': {
      const days = parseDate(value, order).join();
      return days !== '' && datesIn(text, order).some((reading) => reading.days.join() === days);
    }
    default:
      return standsIn(value, text);
  }
}
