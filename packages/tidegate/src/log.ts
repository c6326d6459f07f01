/**
 * JSON lines on standard error: a time, a level, a sentence and facts. Never claims, documents, secrets or whole answers.
 */
import { readLogLevel } from './config.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

/** Facts beside the sentence: ids, codes, counts, durations. */
export type Facts = Readonly<Record<string, unknown>>;

/** One function per level; a level below `LOG_LEVEL` writes nothing. */
export const log: Readonly<Record<Level, (message: string, facts?: Facts) => void>> = {
  debug: (message, facts) => write('debug', message, facts),
  info: (message, facts) => write('info', message, facts),
  warn: (message, facts) => write('warn', message, facts),
  error: (message, facts) => write('error', message, facts),
};

function write(level: Level, message: string, facts: Facts = {}): void {
  const threshold = LEVELS.indexOf(readLogLevel() as Level);
  if (LEVELS.indexOf(level) < (threshold === -1 ? 1 : threshold)) return;
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...facts })}\n`);
}
