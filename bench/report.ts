/**
 * What a bench hands over, and how it is written down: a Markdown table between two markers of `docs/benchmarks.md`, so
 * that one bench can be run again without the others. Knows nothing of what is measured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';

/** A cell is text as it stands, or a number that is rounded to three digits. */
export type Cell = string | number;

/** One table and what is to be said about it. */
export interface Report {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sentences below the table: what was measured and how, the noise. */
  readonly notes: readonly string[];
  readonly bars: readonly Bar[];
}

/** A figure that has to hold. */
export interface Bar {
  readonly text: string;
  readonly met: boolean;
}

/** One bench: `byNameOnly` is left out unless it is asked for. */
export interface Bench {
  readonly title: string;
  readonly byNameOnly?: boolean;
  run(say: (line: string) => void): Promise<Report>;
}

const FILE = join(resolve(import.meta.dirname, '..'), 'docs/benchmarks.md');
/** What else the machine did when the benches began. */
const LOAD = loadavg()[0] ?? 0;
const LOAD_MAX = 1;

const BEGIN = `# Benchmarks

Measured and written by \`npm run bench -- --write\` (\`npm run bench -- lease walk\` for some of them; each section below is
replaced by its own bench only). Figures of different sections may come from different moments: compare within a table. The
peers are measured where \`npm ci --prefix bench/peers\` has installed them.
`;

/** The whole section of one bench, without its markers. */
export function sectionOf(title: string, report: Report, database: string | null): string {
  const cores = availableParallelism();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`;
  const shape = [`${cores} cores`, memory, database, `Node ${process.versions.node}`].filter((one) => one !== null);
  const right = report.columns.map((_, n) => (n === 0 ? '---' : '---:'));
  const lines = [report.columns, right, ...report.rows.map((row) => row.map(cellOf))];
  return [
    `## ${title}`,
    lines.map((line) => `| ${line.join(' | ')} |`).join('\n'),
    ...(report.bars.length === 0
      ? []
      : [report.bars.map(({ text, met }) => `- ${met ? 'met' : '**missed**'}: ${text}`).join('\n')]),
    report.notes.join(' '),
    ...(LOAD > LOAD_MAX
      ? [
          `**The machine was busy with other work (load ${LOAD.toFixed(0)} before it began)**: costs compare, times and rates do not.`,
        ]
      : []),
    `${new Date().toISOString().slice(0, 10)}, ${shape.join(', ')}.`,
  ].join('\n\n');
}

/** Puts a section in the place of the one before it, or before those that come later in `order`. */
export function writeSection(name: string, section: string, order: readonly string[]): void {
  const markers = (one: string): readonly [string, string] => [`<!-- bench:${one} -->`, `<!-- /bench:${one} -->`];
  const [open, close] = markers(name);
  const text = textOf(FILE);
  const [before, after] = [text.indexOf(open), text.indexOf(close)];
  const block = `${open}\n${section}\n${close}`;
  const later = order
    .slice(order.indexOf(name) + 1)
    .map((one) => text.indexOf(markers(one)[0]))
    .filter((at) => at >= 0);
  const at = later.length === 0 ? text.length : Math.min(...later);
  const next =
    before < 0 || after < before
      ? `${`${text.slice(0, at).trimEnd()}\n\n${block}\n\n${text.slice(at)}`.trimEnd()}\n`
      : `${text.slice(0, before)}${block}${text.slice(after + close.length)}`;
  writeFileSync(FILE, next);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return BEGIN;
  }
}

function cellOf(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '–';
  const rounded = Math.abs(cell) >= 100 ? Math.round(cell) : Number(cell.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
