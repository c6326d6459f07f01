/**
 * The console's settings, from the environment: the only file here that reads `process.env`. Nothing is read at import,
 * since a build has no secrets. All problems come in one error, each naming its variable; empty means unset.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelSettings } from '@tidegate/verifier';
import { DEFAULT_LIMITS, type Limits, readLimitsFrom, TidegateError } from 'tidegate';
import { type AttachmentsPlace, readAttachmentsPlace } from './attachments-place.ts';
import { readLanguageModel } from './language-model.ts';

/** The environment as Node has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything the console can be told, checked. */
export interface Settings {
  readonly cronSecrets: readonly string[];
  readonly adminToken: string | null;
  /** Null: the embedded database, found through `dir`. */
  readonly databaseUrl: string | null;
  /** Where migrations run; null as above. */
  readonly databaseDirectUrl: string | null;
  /** PEM of an authority of one's own, for the connection to the database. */
  readonly databaseCa: string | undefined;
  readonly limits: Limits;
  /** What was given but cut to its bounds, in sentences. */
  readonly warnings: readonly string[];
  readonly timeZone: string;
  /** Cron expression of the local clock, or null for none. */
  readonly schedule: string | null;
  /** Base URL of who verifies instead of this process. */
  readonly executorUrl: string | null;
  /** Asked about what the device leaves in doubt; null for none. */
  readonly languageModel: ModelSettings | null;
  readonly records: boolean;
  /** Where attachments lie. */
  readonly attachments: AttachmentsPlace;
  readonly dir: string;
  readonly seed: 'samples' | 'none';
  readonly port: number;
  readonly host: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** A function platform: nothing starts here, and bodies are cut at 4 MB. */
  readonly serverless: boolean;
}

/** The shortest secret that is taken. */
export const secretLengthMin = 16;

/**
 * Reads and checks every variable of the console.
 * @throws TidegateError `configuration` that lists all problems, one a line.
 */
export function readEnvironment(env: Environment = process.env): Settings {
  const problems: string[] = [];
  const reader = { get: (name: string): string | null => env[name]?.trim() || null, problems };
  const settings = { ...readBasics(reader), ...readPlaces(reader), ...limitsOf(env, problems) };
  refuseWeak(reader, settings.serverless);
  if (problems.length > 0) throw new TidegateError('configuration', problems.join('\n'));
  return settings;
}

interface Reader {
  readonly get: (name: string) => string | null;
  readonly problems: string[];
}

type Places = 'databaseUrl' | 'databaseDirectUrl' | 'databaseCa' | 'executorUrl' | 'attachments' | 'dir' | 'seed';

function readBasics(reader: Reader): Omit<Settings, Places | 'limits' | 'warnings' | 'timeZone'> {
  const { get } = reader;
  return {
    cronSecrets: ['CRON_SECRET', 'CRON_SECRET_PREVIOUS'].flatMap((name) => get(name) ?? []),
    adminToken: get('ADMIN_TOKEN'),
    languageModel: readLanguageModel(reader),
    schedule: get('CRON_SCHEDULE') === 'off' ? null : (get('CRON_SCHEDULE') ?? '*/5 * * * *'),
    records: oneOf(reader, 'RECORDS', ['on', 'off'], 'on') === 'on',
    port: port(reader),
    host: get('HOST') ?? '127.0.0.1',
    logLevel: oneOf(reader, 'LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info'),
    serverless: get('VERCEL') !== null || get('AWS_LAMBDA_FUNCTION_NAME') !== null,
  };
}

function readPlaces(reader: Reader): Pick<Settings, Places> {
  const { get } = reader;
  const dir = resolve(repositoryRoot(), get('TIDEGATE_DIR') ?? '.tidegate');
  const databaseUrl = urlOf(reader, ['DATABASE_URL', 'POSTGRES_URL'], ['postgres:', 'postgresql:']);
  const direct = urlOf(reader, ['DATABASE_DIRECT_URL', 'POSTGRES_URL_NON_POOLING'], ['postgres:', 'postgresql:']);
  return {
    dir,
    databaseUrl,
    databaseDirectUrl: direct ?? databaseUrl,
    databaseCa: certificate(reader),
    executorUrl: baseUrl(reader, 'EXECUTOR_URL'),
    attachments: readAttachmentsPlace(reader, { root: repositoryRoot(), dir }),
    seed: oneOf(reader, 'SEED', ['samples', 'none'], databaseUrl === null ? 'samples' : 'none'),
  };
}

/** The console's own folder. */
export function consoleFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

/** The repository's root: relative paths of the environment start there, whatever folder a process was started in. */
function repositoryRoot(): string {
  return dirname(dirname(consoleFolder()));
}

function limitsOf(env: Environment, problems: string[]): Pick<Settings, 'limits' | 'warnings' | 'timeZone'> {
  const found = readLimitsFrom(env);
  problems.push(...found.problems);
  // Reading on the device costs nothing; what others cost is not known before their first answer.
  const free = !env.EXECUTOR_URL?.trim() && (env.AI_PROVIDER?.trim() || 'local') === 'local';
  const reserveMicros = free ? 0 : DEFAULT_LIMITS.reserveMicros;
  const reserveTokens = free ? 0 : DEFAULT_LIMITS.reserveTokens;
  const limits = { ...DEFAULT_LIMITS, reserveMicros, reserveTokens, ...found.limits };
  return { limits, timeZone: limits.timeZone, warnings: found.warnings };
}

/** A weak secret is refused where there is a start; a function has none, and its endpoint answers 500 by itself. */
function refuseWeak({ get, problems }: Reader, serverless: boolean): void {
  if (serverless) return;
  for (const name of ['CRON_SECRET', 'CRON_SECRET_PREVIOUS', 'ADMIN_TOKEN', 'EXECUTOR_SECRET']) {
    const length = get(name)?.length ?? secretLengthMin;
    if (length < secretLengthMin) {
      problems.push(`${name}: expected at least ${secretLengthMin} characters, got ${length}`);
    }
  }
}

function oneOf<Word extends string>(reader: Reader, name: string, words: readonly Word[], fallback: Word): Word {
  const given = reader.get(name);
  if (given === null) return fallback;
  const word = words.find((candidate) => candidate === given);
  if (word === undefined) reader.problems.push(`${name}: expected ${words.join(' or ')}, got ${given}`);
  return word ?? fallback;
}

function port({ get, problems }: Reader): number {
  const given = get('PORT') ?? '3000';
  const value = Number(given);
  if (/^\d+$/.test(given) && value <= 65_535) return value;
  problems.push(`PORT: expected a whole number up to 65535, got ${given}`);
  return 3000;
}

function urlOf({ get, problems }: Reader, names: readonly string[], protocols: readonly string[]): string | null {
  const name = names.find((candidate) => get(candidate) !== null);
  const given = name === undefined ? null : get(name);
  if (given === null || protocols.includes(URL.parse(given)?.protocol ?? '')) return given;
  // The value may hold a password, so the sentence does not repeat it.
  problems.push(`${name}: expected a URL that begins with ${protocols.join('// or ')}//`);
  return null;
}

/** A URL that a path can follow. One that holds a password could never be called: `fetch` takes none. */
function baseUrl(reader: Reader, name: string): string | null {
  const given = urlOf(reader, [name], ['http:', 'https:']);
  const { username, password, search, hash } = URL.parse(given ?? '') ?? {};
  if (username || password || search || hash) {
    reader.problems.push(`${name}: expected a base URL without user, password, query or fragment`);
  }
  return given;
}

function certificate({ get, problems }: Reader): string | undefined {
  const given = get('DATABASE_CA');
  if (given === null || given.includes('-----BEGIN')) return given?.replaceAll('\\n', '\n');
  try {
    return readFileSync(given, 'utf8');
  } catch {
    problems.push(`DATABASE_CA: expected PEM text or the path of a PEM file, got ${given}`);
    return undefined;
  }
}
