/**
 * The fields that are compared by a rule of one line: numbers of documents and of businesses, people, other amounts,
 * addresses. Each needs its label beside the value, since the same shape stands on a page in several roles.
 */

import { businessNumberDigits, isBusinessNumber } from '../normalize/business-number.ts';
import { amountsIn, parseMoney, showMoney } from '../normalize/money.ts';
import { nameTokens } from '../normalize/names.ts';
import { compact, contains, fold, lettersOf, skeleton } from '../normalize/text.ts';
import type { Field } from '../types.ts';
import { align } from './align.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';

const buyer = ['BILLTO', 'SOLDTO', 'BUYER', 'CUSTOMER', '공급받는'];

/** A number that names one document: the same letters and digits, beside its label. */
export function matchIdentifier(claim: string, rows: readonly Row[], at: { field: Field }): Outcome {
  const claimed = skeleton(claim);
  if (claimed.length < 2) return notFound('claim_unreadable');
  const holders = rows.filter((row) => fold(compact(row.text)).includes(claimed) && tokenIn(row, claimed));
  const labelled = rows.filter((row) => labelIn(row, at.field));
  const [own] = holders.filter((row) => labelled.includes(row));
  if (own !== undefined) return shown('match', { row: own, claimed, reasons: ['exact'] });
  const [elsewhere] = holders;
  if (elsewhere !== undefined) return shown('match', { row: elsewhere, claimed, reasons: ['other_role_possible'] });
  const [other] = labelled.filter((row) => /\d{3}/.test(row.text));
  if (other === undefined) return notFound('no_number_read');
  return {
    finding: 'mismatch',
    found: other.text,
    reasons: ['value_differs', 'read_once'],
    evidence: [evidenceOf(other)],
  };
}

/** A Korean business number by its checksum; other registration numbers as identifiers. */
export function matchBusinessNumber(claim: string, rows: readonly Row[], at: { field: Field }): Outcome {
  const digits = businessNumberDigits(claim);
  if (digits === null)
    return matchIdentifier(claim, rows, {
      field: { ...at.field, labels: [...at.field.labels, 'reg', 'gst', 'co no', 'id no'] },
    });
  if (!isBusinessNumber(digits)) return notFound('checksum_failed');
  const seen = rows.flatMap((row, index) =>
    [...row.text.matchAll(/(?<!\d)[0-9OIl]{3}\s?[-–.]?\s?[0-9OIl]{2}\s?[-–.]?\s?[0-9OIl]{5}(?!\d)/g)].flatMap(
      (match) => {
        const number = match[0].replace(/O/g, '0').replace(/[Il]/g, '1').replace(/\D/g, '');
        const around = rows.slice(Math.max(0, index - 2), index + 1);
        const bought = around.some((near) => buyer.some((word) => near.letters.includes(word)));
        return isBusinessNumber(number)
          ? [{ number, row, from: match.index, to: match.index + match[0].length, bought }]
          : [];
      },
    ),
  );
  const sellers = seen.filter((number) => !number.bought);
  const own = sellers.find(({ number }) => number === digits);
  if (own !== undefined) {
    const reasons = new Set(sellers.map(({ number }) => number)).size > 1 ? ['other_role_possible'] : ['exact'];
    return { finding: 'match', found: own.number, reasons, evidence: [evidenceOf(own.row, own.from, own.to)] };
  }
  const [other] = sellers;
  if (other === undefined) return notFound('no_number_read');
  return {
    finding: 'mismatch',
    found: other.number,
    reasons: ['value_differs'],
    evidence: [evidenceOf(other.row, other.from, other.to)],
  };
}

/** A person's name: all its words in one row, beside a label. */
export function matchPerson(claim: string, rows: readonly Row[], at: { field: Field }): Outcome {
  const tokens = nameTokens(claim.replace(/\b(?:MR|MRS|MS|DR|PROF)\b\.?|님|씨|귀하/gi, ''));
  if (tokens.join('').length < 2) return notFound('claim_unreadable');
  for (const row of rows) {
    const laid = align(tokens, compact(row.text));
    if (laid === null || laid.cost > 0) continue;
    const reasons = labelIn(row, at.field) ? ['exact'] : ['other_role_possible'];
    return { finding: 'match', found: claim, reasons, evidence: [evidenceOf(row)] };
  }
  return notFound('no_name_read');
}

/** An amount that stands beside its own label. */
export function matchLabelledMoney(claim: string, rows: readonly Row[], at: { field: Field; whole: boolean }): Outcome {
  const claimed = parseMoney(claim);
  if (claimed === null) return notFound('claim_unreadable');
  for (const row of rows.filter((candidate) => labelIn(candidate, at.field))) {
    const amounts = amountsIn(row.text, at);
    const own = amounts.find(({ cents }) => cents === claimed);
    if (own !== undefined) {
      const reasons = amounts.length > 1 ? ['other_role_possible'] : ['exact'];
      return { finding: 'match', found: showMoney(own.cents), reasons, evidence: [evidenceOf(row, own.from, own.to)] };
    }
    const [other] = amounts;
    if (other !== undefined) {
      return {
        finding: 'mismatch',
        found: showMoney(other.cents),
        reasons: ['value_differs', 'read_once'],
        evidence: [evidenceOf(row, other.from, other.to)],
      };
    }
  }
  return notFound('no_amount_read');
}

function labelIn(row: Row, field: Field): boolean {
  const excluded = field.otherLabels?.some((label) => row.letters.includes(lettersOf(label))) ?? false;
  return !excluded && field.labels.some((label) => contains(row.letters, lettersOf(label)));
}

/** The claim must be a whole run of letters and digits in the row, hyphens and slashes aside, not the middle of one. */
function tokenIn(row: Row, claimed: string): boolean {
  return (
    row.text.split(/[\s:#]+/).some((part) => {
      const text = skeleton(part);
      return text === claimed || (text.endsWith(claimed) && claimed.length >= 5);
    }) ||
    row.words.some(
      (_, i) =>
        skeleton(
          row.words
            .slice(i)
            .map(({ word }) => word.text)
            .join(''),
        ) === claimed,
    )
  );
}

function shown(finding: 'match', at: { row: Row; claimed: string; reasons: string[] }): Outcome {
  const holder = at.row.words.find(({ word }) => skeleton(word.text).includes(at.claimed));
  const evidence = holder === undefined ? evidenceOf(at.row) : evidenceOf(at.row, holder.from, holder.to);
  return { finding, found: evidence.quote, reasons: at.reasons, evidence: [evidence] };
}
