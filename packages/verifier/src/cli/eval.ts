/**
 * `tidegate-verifier eval`: runs a labelled file and says how much is decided and how much of that is wrong, by
 * variant and by field.
 */

import { linesOf } from './lines.ts';
import { type Rate, rateOf, showRate } from './rates.ts';
import { type Effort, type LineResult, runLines } from './run-lines.ts';
import type { Settings } from './settings.ts';

type Done = Extract<LineResult, { input: unknown }>;

interface Report {
  readonly lines: number;
  readonly labelled: number;
  readonly errors: number;
  readonly coverage: Rate;
  readonly wrongVerify: Rate;
  readonly wrongReject: Rate;
  readonly trueAccepted: Rate;
  readonly forgedRejected: Rate;
  readonly byVariant: readonly {
    variant: string;
    expected: string;
    verified: number;
    rejected: number;
    needsReview: number;
    wrong: Rate;
  }[];
  readonly byField: readonly {
    field: string;
    matched: Rate;
    contradicted: Rate;
    notFound: Rate;
    forgedVerified: Rate;
    forgedRejected: Rate;
  }[];
  readonly documents: number;
  /** Processor time of verifications, all claims about a document together; `perDocument` is their mean. */
  readonly cpuMs: {
    readonly total: number;
    readonly perDocument: number | null;
    readonly median: number | null;
    readonly p95: number | null;
  };
  /** On the clock, the start of the reading processes included. */
  readonly documentsPerMinute: number | null;
  readonly peakMemoryBytes: number;
}

/** Runs the command; the exit code. */
export async function evaluate(settings: Settings): Promise<number> {
  const done: Done[] = [];
  let errors = 0;
  let machinery = false;
  let total = 0;
  const showProgress = process.stderr.isTTY === true && !settings.json;
  if (showProgress) for await (const _ of linesOf(settings.file)) total += 1;
  const effort = await runLines(settings, (result) => {
    if ('error' in result) {
      errors += 1;
      process.stderr.write(`line ${result.line}: ${result.error}\n`);
    } else {
      done.push(result);
      machinery ||= result.machinery;
    }
    if (showProgress) process.stderr.write(`\r${bar(done.length + errors, total)}`);
  });
  if (showProgress) process.stderr.write('\r\u001b[K');
  const report = reportOf(done, { errors, effort });
  process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : `${page(report)}\n`);
  return errors > 0 || machinery || report.labelled === 0 ? 1 : 0;
}

function reportOf(done: readonly Done[], { errors, effort }: { errors: number; effort: Effort }): Report {
  const labelled = done.filter(({ input }) => input.expected === 'verified' || input.expected === 'rejected');
  const honest = labelled.filter(({ input }) => input.expected === 'verified');
  const forged = labelled.filter(({ input }) => input.expected === 'rejected');
  const documents = new Set(done.flatMap(({ verdict }) => verdict.seen.map(({ sha256 }) => sha256))).size;
  return {
    lines: done.length + errors,
    labelled: labelled.length,
    errors,
    coverage: rateOf(labelled.filter(({ verdict }) => verdict.verdict !== 'needs_review').length, labelled.length),
    wrongVerify: share(forged, 'verified'),
    wrongReject: share(honest, 'rejected'),
    trueAccepted: share(honest, 'verified'),
    forgedRejected: share(forged, 'rejected'),
    byVariant: byVariant(labelled),
    byField: byField(honest, forged),
    documents,
    cpuMs: cpuOf(done, documents),
    documentsPerMinute: documents === 0 ? null : Math.round((600_000 * documents) / effort.elapsedMs) / 10,
    peakMemoryBytes: effort.peakBytes,
  };
}

/** Claims about the same files are one case: what they take is shared between its documents. */
function cpuOf(done: readonly Done[], documents: number): Report['cpuMs'] {
  const cases = Map.groupBy(
    done.filter(({ verdict }) => verdict.seen.length > 0),
    ({ verdict }) => verdict.seen.map(({ sha256 }) => sha256).join(),
  );
  const each = [...cases.values()]
    .flatMap((group) => {
      const share = group.reduce((sum, { verdict }) => sum + verdict.cpuMs, 0) / (group[0] as Done).verdict.seen.length;
      return (group[0] as Done).verdict.seen.map(() => share);
    })
    .sort((a, b) => a - b);
  const total = done.reduce((sum, { verdict }) => sum + verdict.cpuMs, 0);
  const at = (part: number): number | null =>
    each.length === 0 ? null : Math.round(each[Math.min(each.length - 1, Math.floor(part * each.length))] as number);
  const perDocument = documents === 0 ? null : Math.round(total / documents);
  return { total, perDocument, median: at(0.5), p95: at(0.95) };
}

function byVariant(labelled: readonly Done[]): Report['byVariant'] {
  const groups = Map.groupBy(labelled, ({ input }) => `${input.expected}/${String(input.variant ?? 'all')}`);
  return [...groups].map(([key, group]) => {
    const [expected = '', variant = ''] = key.split('/');
    const count = (verdict: string): number => group.filter((one) => one.verdict.verdict === verdict).length;
    return {
      variant,
      expected,
      verified: count('verified'),
      rejected: count('rejected'),
      needsReview: count('needs_review'),
      wrong: rateOf(count(expected === 'verified' ? 'rejected' : 'verified'), group.length),
    };
  });
}

function byField(honest: readonly Done[], forged: readonly Done[]): Report['byField'] {
  const names = [...new Set(honest.flatMap(({ verdict }) => verdict.findings.map(({ field }) => field)))];
  return names.map((field) => {
    const findings = honest.flatMap(({ verdict }) => verdict.findings.filter((finding) => finding.field === field));
    const of = (finding: string): Rate =>
      rateOf(findings.filter((one) => one.finding === finding).length, findings.length);
    const forgedHere = forged.filter(({ input }) => input.field === field);
    return {
      field,
      matched: of('match'),
      contradicted: of('mismatch'),
      notFound: of('not_found'),
      forgedVerified: share(forgedHere, 'verified'),
      forgedRejected: share(forgedHere, 'rejected'),
    };
  });
}

function share(group: readonly Done[], verdict: string): Rate {
  return rateOf(group.filter((one) => one.verdict.verdict === verdict).length, group.length);
}

function page(report: Report): string {
  const lines = [
    `${report.lines} lines, ${report.labelled} labelled, ${report.errors} not JSON, ${report.documents} documents`,
    '',
    `coverage (decided)     ${showRate(report.coverage)}`,
    `wrong-verify           ${showRate(report.wrongVerify)}`,
    `wrong-reject           ${showRate(report.wrongReject)}`,
    `true claims verified   ${showRate(report.trueAccepted)}`,
    `forged claims rejected ${showRate(report.forgedRejected)}`,
    '',
    'variant          expected   verified  rejected  review  wrong',
    ...report.byVariant.map(
      (row) =>
        `${row.variant.padEnd(16)} ${row.expected.padEnd(10)} ${String(row.verified).padStart(8)}  ${String(row.rejected).padStart(8)}  ${String(row.needsReview).padStart(6)}  ${showRate(row.wrong)}`,
    ),
    '',
    'field            true: match / mismatch / not found   forged: verified / rejected',
    ...report.byField.map(fieldLine),
    '',
    costLine(report),
    'Intervals are Wilson, 95 %.',
  ];
  return lines.join('\n');
}

function costLine({ cpuMs, documentsPerMinute, peakMemoryBytes }: Report): string {
  const each = `${cpuMs.perDocument ?? 0} ms a document (median ${cpuMs.median ?? 0}, 95th percentile ${cpuMs.p95 ?? 0})`;
  const memory = `${Math.round(peakMemoryBytes / 2 ** 20)} MB`;
  return `CPU ${(cpuMs.total / 1000).toFixed(1)} s, ${each}; ${documentsPerMinute ?? 0} documents a minute; at most ${memory} in a reading process`;
}

function fieldLine({
  field,
  matched,
  contradicted,
  notFound,
  forgedVerified,
  forgedRejected,
}: Report['byField'][number]): string {
  const honest = `${matched.count} / ${contradicted.count} / ${notFound.count} of ${matched.of}`;
  return `${field.padEnd(16)} ${honest.padEnd(37)}${forgedVerified.count} / ${forgedRejected.count} of ${forgedVerified.of}`;
}

function bar(count: number, total: number): string {
  const filled = Math.round((30 * count) / Math.max(1, total));
  return `${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${count}/${total}`;
}
