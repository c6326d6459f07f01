/**
 * `tidegate check` as a command: reads the settings and the gate's file, looks, and puts the report into words.
 */
import { type DatabaseSettings, readDatabaseSettings, readDirectDatabase } from '../config.ts';
import { loadGate } from '../gate-file.ts';
import { check, type Report } from './check.ts';
import type { Finding } from './finding.ts';

/** Looks at the database and, where given, at the gate of `file` and the endpoint at `url`. Exit 1 with an error found. */
export async function checkCommand({
  file,
  url,
}: {
  file: string | undefined;
  url: URL | undefined;
}): Promise<{ readonly code: 0 | 1; readonly report: Report; readonly text: string }> {
  const gate = file === undefined ? undefined : await loadGate(file);
  const needsNone = url !== undefined && file === undefined;
  const database = databaseSettings(needsNone || gate?.options.database !== undefined);
  const report = await check({ database, direct: database && readDirectDatabase(), gate, url });
  const failed = report.findings.some(({ severity }) => severity === 'error');
  return { code: failed ? 1 : 0, report, text: wordsOf(report, { withGate: gate !== undefined }) };
}

/** Where the endpoint alone was asked for, or the gate brings its own pool, a machine without a database is fine. */
function databaseSettings(optional: boolean): DatabaseSettings | undefined {
  try {
    return readDatabaseSettings();
  } catch (error) {
    if (optional) return undefined;
    throw error;
  }
}

/** The report for people: limits, findings with what mends them, a closing line. */
export function wordsOf({ limits, way, findings }: Report, { withGate }: { withGate: boolean }): string {
  const bounds = Object.entries(limits).map(([name, value]) => `  ${name.padEnd(18)} ${value ?? 'none'}`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const closing =
    findings.length === 0
      ? `Nothing found${withGate ? ': the gate may open' : ''}.`
      : `${errors} ${errors === 1 ? 'error' : 'errors'}, ${findings.length - errors} to consider.`;
  const reached = way === null ? [] : [`Database: ${way === 'direct' ? 'direct' : `through a ${way}`}`];
  const unseen =
    withGate || way === null ? [] : ["apply was not looked at: name your gate's file with --gate ./lib/gate.ts."];
  return ['Limits in force', ...bounds, ...reached, '', ...findings.map(findingText), closing, ...unseen].join('\n');
}

function findingText({ code, severity, says, mend }: Finding): string {
  const indented = mend.split('\n').map((line) => `    ${line}`);
  return `${severity === 'error' ? '✗' : '!'} ${says} [${code}]\n${indented.join('\n')}\n`;
}
