/**
 * Amounts that a page writes out in words, as another witness to its total: where words and digits agree the total is
 * read twice, where they differ nobody but a person can say which is meant.
 */

import { parseMoney } from '../normalize/money.ts';
import { writtenAmounts } from '../normalize/written-english.ts';
import { hanjaNumerals, saysInWords, wonOf, writtenWons } from '../normalize/written-won.ts';
import type { Field } from '../types.ts';
import type { Outcome, Row } from './rows.ts';

/** The rounding of cash to five hundredths moves a sum by at most two. */
const coin = 2;
/** What a second witness makes up for. */
const lifted = new Set(['read_once', 'digit_in_doubt']);

/** Hundredths of all amounts in words on these rows. */
export function amountsInWords(rows: readonly Row[]): ReadonlySet<number> {
  const english = writtenAmounts(rows.map((row) => row.text)).map(({ cents }) => cents);
  const korean = rows.flatMap((row) => {
    // One reader spells 금 and 원정, the other the hanja between them.
    const hanja = row.words.flatMap(({ word: { text, also = '' } }) => {
      const amount = saysInWords(text) ? wonOf(hanjaNumerals(also) ?? '') : null;
      return amount === null ? [] : [amount];
    });
    return [...writtenWons(row.text), ...hanja].map((amount) => amount * 100);
  });
  return new Set([...english, ...korean]);
}

/** Whether a page's amount in words is that of a field: of the total, or of a kind's only amount. */
export function isInWords(field: Field, fields: readonly Field[]): boolean {
  return (
    field.type === 'money' && (field.name === 'total' || fields.filter(({ type }) => type === 'money').length === 1)
  );
}

/** What was found in digits, held against what stands there in words. */
export function besideWords(outcome: Outcome, written: ReadonlySet<number>): Outcome {
  const cents = outcome.found === null ? null : parseMoney(outcome.found);
  if (written.size === 0 || cents === null) return outcome;
  const said = [...written].some((amount) => Math.abs(amount - cents) <= coin);
  if (!said) return { ...outcome, reasons: [...outcome.reasons, 'words_and_digits_differ'] };
  // Of two amounts in words one is another's: it bears nothing out.
  if (written.size > 1) return outcome;
  return { ...outcome, reasons: [...outcome.reasons.filter((reason) => !lifted.has(reason)), 'in_words'] };
}
