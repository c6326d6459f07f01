/**
 * Which rows deserve a second look: those that the findings in doubt rest on. Where something was not found at all there
 * is no such row, and the whole page is read again. Pure.
 */

import { doubtReasons } from './match/match.ts';
import type { Box, Evidence, Finding, Line, Page } from './types.ts';

/** Rows of one page by their numbers. */
export interface Rows {
  readonly page: number;
  readonly rows: readonly number[];
}

/** Rows in doubt of one attachment's pages; null when a row alone will not do. */
export function rowsInDoubt(findings: readonly Finding[], pages: readonly Page[]): Rows[] | null {
  const doubtful = findings.filter((finding) => !isSure(finding) && !isSaidTwice(finding));
  if (doubtful.some(({ evidence }) => evidence.length === 0)) return null;
  const evidence = doubtful.flatMap((finding) => finding.evidence);
  return pages.flatMap((page) => {
    const own = evidence.filter((at) => at.attachment === page.attachment && at.page === page.page);
    const rows = [...new Set(own.map((at) => rowOf(at, page.lines)).filter((row) => row !== null))];
    return rows.length === 0 ? [] : [{ page: page.page, rows: rows.sort((a, b) => a - b) }];
  });
}

function isSure({ finding, reasons }: Finding): boolean {
  return finding === 'match' && !reasons.some((reason) => doubtReasons.has(reason));
}

/** Another value that the page itself prints twice in that role: a third reading would add nothing. */
function isSaidTwice({ finding, reasons, evidence }: Finding): boolean {
  const value = reasons.includes('value_differs') || reasons.includes('value_in_other_role');
  return finding === 'mismatch' && value && evidence.length > 1 && !reasons.some((reason) => doubtReasons.has(reason));
}

/** The row whose words the evidence was cut from. */
function rowOf({ box }: Evidence, lines: readonly Line[]): number | null {
  let [best, share] = [-1, 0];
  lines.forEach((line, row) => {
    const covered = line.words.reduce((sum, word) => sum + common(word.box, box), 0);
    if (covered > share) [best, share] = [row, covered];
  });
  return best < 0 ? null : best;
}

function common(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** A page with some of its rows as they were read again. */
export function withRows(page: Page, again: ReadonlyMap<number, readonly Line[]>): Page {
  return { ...page, lines: page.lines.flatMap((line, row) => again.get(row) ?? [line]) };
}

/** Height of a row's print, as a fraction of the page: a leaning row's box is higher than that. */
export function heightOf(line: Line): number {
  const heights = line.words.map(({ box }) => box[3] - box[1]).sort((a, b) => a - b);
  return heights[Math.floor(heights.length / 2)] ?? line.box[3] - line.box[1];
}
