/**
 * Builders for tests: a page from lines of text, as if it had been read, and claims against it.
 */

import { shippedKinds } from '../src/kinds.ts';
import { matchClaims } from '../src/match/match.ts';
import type { Box, Finding, Kind, Page } from '../src/types.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { decide, defaultPolicy } from '../src/verdict/policy.ts';

/** A legible page whose words stand where a monospaced print would put them. */
export function pageOf(lines: readonly string[], attachment = 0): Page {
  const rowHeight = 1 / (lines.length * 1.5);
  return {
    attachment,
    page: 1,
    width: 600,
    height: Math.max(200, lines.length * 30),
    turned: 0,
    legible: true,
    lines: lines.map((text, row) => {
      const words = [...text.matchAll(/\S+/g)].map((match) => ({
        text: match[0],
        box: [
          match.index / 60,
          row * 1.5 * rowHeight,
          (match.index + match[0].length) / 60,
          (row * 1.5 + 1) * rowHeight,
        ] as Box,
        confidence: 0.95,
      }));
      return {
        words,
        box: [
          words[0]?.box[0] ?? 0,
          row * 1.5 * rowHeight,
          words.at(-1)?.box[2] ?? 1,
          (row * 1.5 + 1) * rowHeight,
        ] as Box,
      };
    }),
  };
}

/** The shipped kind of a name. */
export function kindOf(name: string): Kind {
  const kind = shippedKinds.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

/** Findings of claims about a receipt printed as these lines, by field. */
export function findingsOn(
  lines: readonly string[],
  claims: Record<string, string>,
  at: { locale?: string | null; again?: readonly string[] } = {},
): Record<string, Finding> {
  const parsed = parseClaims(kindOf('receipt'), claims);
  const again = at.again === undefined ? [] : [pageOf(at.again)];
  const findings = matchClaims(parsed.claims, {
    pages: [pageOf(lines)],
    again,
    locale: at.locale === undefined ? 'en-MY' : at.locale,
  });
  return Object.fromEntries(findings.map((finding) => [finding.field, finding]));
}

/** The verdict on claims about a receipt printed as these lines. */
export function verdictOn(
  lines: readonly string[],
  claims: Record<string, string>,
  locale: string | null = 'en-MY',
): string {
  const kind = kindOf('receipt');
  const parsed = parseClaims(kind, claims);
  const findings = matchClaims(parsed.claims, { pages: [pageOf(lines)], again: [pageOf(lines)], locale });
  return decide({ kind, findings, claimFaults: parsed.faults, pageFaults: [], legible: true }, defaultPolicy).verdict;
}

/** A plain receipt with everything on it. */
export const plainReceipt: readonly string[] = [
  'MERAH TIMUR TRADING SDN BHD',
  '(123456-X)',
  'NO 5, JALAN MAWAR 3, TAMAN MELATI',
  'TEL: 03-5550 1234',
  'TAX INVOICE',
  'Invoice No: INV-20431',
  'Date: 07/03/2019  14:22',
  'RED KETTLE          1    20.00    20.00',
  'BLUE MUG            2     5.50    11.00',
  'Sub Total                         31.00',
  'GST 6%                             1.86',
  'Rounding                          -0.01',
  'Total                             32.85',
  'Cash                              50.00',
  'Change                            17.15',
  'GST Summary        Amount     Tax',
  'SR 6%               31.00    1.86',
  'THANK YOU',
];

export const trueClaims = { company: 'Merah Timur Trading Sdn Bhd', date: '2019-03-07', total: '32.85' } as const;
