/**
 * Korean forms laid out by hand, as if they had been read: boxes with text at their places, for tests of matching.
 */

import { shippedKinds } from '../src/kinds.ts';
import { matchClaims } from '../src/match/match.ts';
import type { Finding, Page, Word } from '../src/types.ts';
import { parseClaims } from '../src/verdict/claims.ts';
import { decide, defaultPolicy } from '../src/verdict/policy.ts';

/** A box of print: text, left edge and row, in tenths of the page's width and in lines. */
export type Print = readonly [text: string, x: number, row: number, change?: Partial<Word>];

/** A page of boxes; a letter is a fiftieth of the page wide. */
export function formPage(prints: readonly Print[]): Page {
  const rows = Map.groupBy(prints, ([, , row]) => row);
  const lines = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([row, boxes]) => {
      const words = boxes
        .toSorted((a, b) => a[1] - b[1])
        .map(([text, x, , change]): Word => {
          const left = x / 10;
          return {
            text,
            box: [left, row / 40, left + text.length / 50, row / 40 + 0.016],
            confidence: 0.99,
            ...change,
          };
        });
      return { words, box: [0, row / 40, 1, row / 40 + 0.016] as const };
    });
  return { attachment: 0, page: 1, width: 1000, height: 1400, turned: 0, lines, legible: true };
}

/** Findings and verdict of claims about such a page. */
export function askForm(
  kindName: string,
  claims: Readonly<Record<string, string>>,
  prints: readonly Print[],
  again: readonly Print[] = [],
): { verdict: string; of: (field: string) => Finding } {
  const kind = shippedKinds.find(({ name }) => name === kindName);
  if (kind === undefined) throw new Error(`no kind ${kindName}`);
  const parsed = parseClaims(kind, claims, 'ko-KR');
  const findings = matchClaims(parsed.claims, {
    pages: [formPage(prints)],
    again: again.length === 0 ? [] : [formPage(again)],
    locale: 'ko-KR',
    fields: kind.fields,
  });
  const { verdict } = decide(
    { kind, findings, claimFaults: parsed.faults, pageFaults: [], legible: true },
    defaultPolicy,
  );
  return {
    verdict,
    of(field) {
      const found = findings.find((finding) => finding.field === field);
      if (found === undefined) throw new Error(`no finding about ${field}`);
      return found;
    },
  };
}
