/**
 * Every default of the gate in one object, and the one place of this package that reads the environment. All problems
 * are reported at once, each with its variable's name; empty means unset. Nothing is read at import.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidegateError } from './errors.ts';
import type { Limits } from './types.ts';

/** An environment: `process.env`, or a plain object in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What holds where neither the gate nor the environment says otherwise. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  batchMax: 20,
  concurrencyMax: 4,
  attemptsMax: 5,
  attemptTimeoutMs: 60_000,
  runDeadlineMs: 240_000,
  leaseMarginMs: 30_000,
  shutStreak: 5,
  probeMs: 30_000,
  probeMaxMs: 900_000,
  backoffMs: 5_000,
  backoffMaxMs: 900_000,
  retryAfterMaxMs: 900_000,
  deferralsMax: 10,
  ratePerMinute: null,
  dailyBudgetMicros: null,
  reserveMicros: 10_000,
  tokensPerMinute: null,
  reserveTokens: 5_000,
  timeZone: 'UTC',
  keepMs: 30 * 24 * 3_600_000,
  shutdownGraceMs: 20_000,
});

/** An attempt lasts at most this long. */
const ATTEMPT_MS_MAX = 3_600_000;
/** A batch is never larger than this, whatever is asked for. */
export const BATCH_CEILING = 100;
/** A bearer secret shorter than this is refused. */
export const SECRET_LENGTH_MIN = 16;

const WHOLE_NUMBERS: readonly {
  readonly variable: string;
  readonly limit: Exclude<keyof Limits, 'timeZone'>;
  readonly unitMs: number;
  readonly min: number;
  readonly max: number;
  readonly clamps: boolean;
}[] = [
  { variable: 'BATCH_SIZE', limit: 'batchMax', unitMs: 1, min: 1, max: BATCH_CEILING, clamps: true },
  { variable: 'CONCURRENCY', limit: 'concurrencyMax', unitMs: 1, min: 1, max: 10_000, clamps: false },
  { variable: 'RATE_PER_MINUTE', limit: 'ratePerMinute', unitMs: 1, min: 1, max: 1_000_000, clamps: false },
  { variable: 'TOKENS_PER_MINUTE', limit: 'tokensPerMinute', unitMs: 1, min: 1, max: 1_000_000_000, clamps: false },
  { variable: 'MAX_ATTEMPTS', limit: 'attemptsMax', unitMs: 1, min: 1, max: 1_000, clamps: false },
  { variable: 'ATTEMPT_TIMEOUT_SECONDS', limit: 'attemptTimeoutMs', unitMs: 1_000, min: 1, max: 3_600, clamps: false },
  { variable: 'RUN_DEADLINE_SECONDS', limit: 'runDeadlineMs', unitMs: 1_000, min: 2, max: 86_400, clamps: false },
];

/** Reads what the environment says of the limits; `problems` and `warnings` are sentences that name the variable. */
export function readLimitsFrom(env: Environment): {
  readonly limits: Partial<Limits>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  const limits: { -readonly [Name in keyof Limits]?: Limits[Name] } = {};
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { variable, limit, unitMs, min, max, clamps } of WHOLE_NUMBERS) {
    const text = env[variable]?.trim();
    if (text === undefined || text === '') continue;
    const number = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(number)) {
      problems.push(`${variable}: expected a whole number, got "${text.slice(0, 40)}"`);
    } else if (number >= min && number <= max) {
      limits[limit] = number * unitMs;
    } else if (clamps) {
      limits[limit] = Math.min(max, Math.max(min, number)) * unitMs;
      warnings.push(`${variable}: ${number} is outside ${min} to ${max}, using ${limits[limit]}`);
    } else {
      problems.push(`${variable}: expected ${min} to ${max}, got ${number}`);
    }
  }
  readDailyBudget(env, limits, problems);
  readTimeZone(env, limits, problems);
  const timeoutMs = limits.attemptTimeoutMs ?? DEFAULT_LIMITS.attemptTimeoutMs;
  const deadlineMs = limits.runDeadlineMs ?? DEFAULT_LIMITS.runDeadlineMs;
  if (timeoutMs >= deadlineMs) {
    problems.push(
      `ATTEMPT_TIMEOUT_SECONDS (${timeoutMs / 1000}) has to be less than RUN_DEADLINE_SECONDS (${deadlineMs / 1000}): a tick starts nothing that it cannot finish`,
    );
  }
  return { limits, problems, warnings };
}

type Problems = string[];

function readDailyBudget(env: Environment, limits: { dailyBudgetMicros?: number | null }, problems: Problems): void {
  const text = set(env.DAILY_BUDGET_USD)?.trim();
  if (text === undefined) return;
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) limits.dailyBudgetMicros = Math.round(Number(text) * 1_000_000);
  else problems.push(`DAILY_BUDGET_USD: expected dollars such as 5 or 12.50, got "${text.slice(0, 40)}"`);
}

function readTimeZone(env: Environment, limits: { timeZone?: string }, problems: Problems): void {
  const zone = set(env.TIME_ZONE)?.trim();
  if (zone === undefined) return;
  try {
    // An offset would be read with the opposite sign by PostgreSQL.
    if (/^[+-]/.test(zone)) throw new RangeError(zone);
    new Intl.DateTimeFormat('en', { timeZone: zone });
    limits.timeZone = zone;
  } catch {
    problems.push(`TIME_ZONE: expected a zone such as Europe/Berlin, got "${zone.slice(0, 40)}"`);
  }
}

/** The limits in force: the gate's own, else the environment's, else the defaults. Throws `configuration`. */
export function readLimits(own: Partial<Limits> = {}, env: Environment = process.env): Limits {
  const { limits, problems } = readLimitsFrom(env);
  if (problems.length > 0) throw configurationError(problems);
  const merged = { ...DEFAULT_LIMITS, ...limits, ...own };
  const wrong = wrongLimits(merged);
  if (wrong.length > 0) throw configurationError(wrong);
  return { ...merged, batchMax: Math.min(BATCH_CEILING, Math.max(1, Math.trunc(merged.batchMax))) };
}

/** What limits given in code cannot be; the environment's have been checked by their variables' names. */
function wrongLimits(limits: Limits): readonly string[] {
  const { timeZone: _zone, ratePerMinute, dailyBudgetMicros, tokensPerMinute, reserveTokens, ...numbers } = limits;
  const free = new Set([
    'reserveMicros',
    'backoffMs',
    'backoffMaxMs',
    'leaseMarginMs',
    'retryAfterMaxMs',
    'shutdownGraceMs',
  ]);
  const problems = Object.entries(numbers)
    .filter(([name, value]) => !Number.isFinite(value) || value < (free.has(name) ? 0 : 1))
    .map(([name, value]) => `limits.${name}: expected a number from ${free.has(name) ? 0 : 1}, got ${value}`);
  if (ratePerMinute !== null && !(ratePerMinute > 0))
    problems.push(`limits.ratePerMinute: expected more than 0 or null, got ${ratePerMinute}`);
  if (tokensPerMinute !== null && !(tokensPerMinute > 0))
    problems.push(`limits.tokensPerMinute: expected more than 0 or null, got ${tokensPerMinute}`);
  if (!(reserveTokens >= 0)) problems.push(`limits.reserveTokens: expected a number from 0, got ${reserveTokens}`);
  if (dailyBudgetMicros !== null && !(dailyBudgetMicros >= 0)) {
    problems.push(`limits.dailyBudgetMicros: expected 0 or more or null, got ${dailyBudgetMicros}`);
  }
  if (limits.attemptTimeoutMs > ATTEMPT_MS_MAX)
    problems.push('limits.attemptTimeoutMs: an attempt lasts at most an hour');
  return problems;
}

/** Where the database is, and what its certificate is checked against. */
export interface DatabaseSettings {
  readonly url: string;
  readonly ca: string | undefined;
}

/**
 * The database by `DATABASE_URL`, else `POSTGRES_URL`, else the embedded one that `npm start` has written down in
 * `TIDEGATE_DIR`. Throws `configuration` when there is none.
 */
export function readDatabaseSettings(env: Environment = process.env): DatabaseSettings {
  const url = set(env.DATABASE_URL) ?? set(env.POSTGRES_URL) ?? embeddedUrl(env);
  if (url === undefined) {
    throw new TidegateError('configuration', 'DATABASE_URL is not set, and no embedded database was found.', {
      hint: 'Set DATABASE_URL to a PostgreSQL 15 or later, or run "npm start" once: it brings its own.',
    });
  }
  return { url, ca: readCertificate(env) };
}

/** The database for migrations: the direct one where a pooler stands before it, else the same. */
export function readDirectDatabase(env: Environment = process.env): DatabaseSettings {
  const direct = set(env.DATABASE_DIRECT_URL) ?? set(env.POSTGRES_URL_NON_POOLING);
  return direct === undefined ? readDatabaseSettings(env) : { url: direct, ca: readCertificate(env) };
}

/** `DATABASE_CA` as PEM text; it may hold the text itself or a path to it. */
function readCertificate(env: Environment): string | undefined {
  const value = set(env.DATABASE_CA);
  if (value === undefined || value.includes('-----BEGIN')) return value?.replaceAll('\\n', '\n');
  try {
    return readFileSync(value, 'utf8');
  } catch (cause) {
    throw new TidegateError(
      'configuration',
      `DATABASE_CA: expected PEM text or the path of a PEM file, got "${value}".`,
      {
        cause,
      },
    );
  }
}

function embeddedUrl(env: Environment): string | undefined {
  try {
    return set(readFileSync(join(set(env.TIDEGATE_DIR) ?? '.tidegate', 'database-url'), 'utf8').trim());
  } catch {
    return undefined;
  }
}

/** The bearers that may open the gate, the present one first. A weak one is a `cron_secret_weak`, none `cron_secret_missing`. */
export function readCronSecrets(env: Environment = process.env): readonly string[] {
  const secret = set(env.CRON_SECRET);
  if (secret === undefined) {
    throw new TidegateError('cron_secret_missing', 'CRON_SECRET is not set: the gate stays closed.', {
      hint: `Set CRON_SECRET to a random text of at least ${SECRET_LENGTH_MIN} characters.`,
    });
  }
  if (secret.length < SECRET_LENGTH_MIN) {
    throw new TidegateError('cron_secret_weak', `CRON_SECRET is shorter than ${SECRET_LENGTH_MIN} characters.`, {
      hint: 'Generate one with "openssl rand -hex 32".',
    });
  }
  const previous = set(env.CRON_SECRET_PREVIOUS);
  return previous === undefined || previous.length < SECRET_LENGTH_MIN ? [secret] : [secret, previous];
}

/** What executor tokens are signed with: `EXECUTOR_SECRET`, else `ADMIN_TOKEN`; undefined when neither is set. */
export function readExecutorSecret(env: Environment = process.env): string | undefined {
  return set(env.EXECUTOR_SECRET) ?? set(env.ADMIN_TOKEN);
}

/** The id of the launcher that started this process, kept in its runs so that its next life ends their leases. */
export function readLauncher(env: Environment = process.env): string | null {
  return set(env.TIDEGATE_LAUNCHER) ?? null;
}

/** For the command line, which speaks for itself: nothing below a warning is logged, unless `LOG_LEVEL` asks for it. */
export function quieten(env: Record<string, string | undefined> = process.env): void {
  env.LOG_LEVEL = set(env.LOG_LEVEL) ?? 'warn';
}

/** The log's threshold. */
export function readLogLevel(env: Environment = process.env): string {
  return set(env.LOG_LEVEL) ?? 'info';
}

/** All problems in one error, one sentence each. */
export function configurationError(problems: readonly string[]): TidegateError {
  return new TidegateError('configuration', problems.join('\n'));
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
