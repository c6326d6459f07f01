/**
 * Connections: one pool a process, every wait bounded, TLS verified off loopback. Knows PostgreSQL's and the network's
 * errors by their codes; knows nothing of gates.
 */
import pg from 'pg';
import { readDatabaseSettings } from './config.ts';
import { TidegateError } from './errors.ts';
import { log } from './log.ts';
import type { Database } from './types.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 5;
const shared = Symbol.for('tidegate.pool');

/** The process's one pool, from the environment, opened on first use. */
export function openPool(): pg.Pool {
  const place = globalThis as { [shared]?: pg.Pool };
  if (place[shared] === undefined) {
    const { url, ca } = readDatabaseSettings();
    place[shared] = openPoolFor(url, { ca });
  }
  return place[shared];
}

/** Ends the process's pool, if it was opened; the next use opens another. */
export async function closePool(): Promise<void> {
  const place = globalThis as { [shared]?: pg.Pool };
  const pool = place[shared];
  delete place[shared];
  await pool?.end();
}

/** A pool over `url`. No start-up option, no named statement: it works behind a transaction-mode pooler. */
export function openPoolFor(
  url: string,
  {
    max = CONNECTIONS_MAX,
    ca,
    queryTimeoutMs = QUERY_TIMEOUT_MS,
  }: { max?: number; ca?: string | undefined; queryTimeoutMs?: number } = {},
): pg.Pool {
  const { connectionString, ssl } = connectionOf(url, ca);
  const pool = new pg.Pool({
    connectionString,
    ssl,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'tidegate',
  });
  // Without a listener a goodbye from the server to an idle connection ends the process.
  pool.on('error', (error) => log.debug('an idle connection ended', { error: error.message }));
  return pool;
}

/** Takes `sslmode` out of the URL (pg would drop the certificate for it) and says what it means here. */
export function connectionOf(
  url: string,
  ca: string | undefined,
): { readonly connectionString: string; readonly ssl: false | { rejectUnauthorized: true; ca?: string } } {
  const parsed = parse(url);
  const mode = parsed.searchParams.get('sslmode');
  for (const name of ['sslmode', 'uselibpqcompat', 'sslrootcert']) parsed.searchParams.delete(name);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const local = host === '' || host === 'localhost' || host === '::1' || host.startsWith('127.');
  const asked = mode !== null && mode !== 'disable' && mode !== 'prefer' && mode !== 'allow';
  if (!local && mode === 'disable') {
    log.warn('the connection to the database is not encrypted: its URL says sslmode=disable', { host });
  }
  const encrypted = mode === 'disable' ? false : !local || asked;
  return {
    connectionString: parsed.href,
    ssl: encrypted ? { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) } : false,
  };
}

function parse(url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.protocol === 'postgres:' || parsed.protocol === 'postgresql:') return parsed;
  } catch {
    // Said below, without the text: it holds a password.
  }
  throw new TidegateError('configuration', 'DATABASE_URL: expected postgres://user:password@host:port/database.');
}

/** Runs one statement and turns what the network or the server's state did into `database_unavailable`. */
export async function ask<Row>(database: Database, text: string, values: unknown[]): Promise<Row[]> {
  try {
    return (await database.query(text, values)).rows as Row[];
  } catch (error) {
    throw translated(error);
  }
}

/** The error a caller should see: TidegateError for a database that is away, the schema's age, the role's privileges or isolation. */
export function translated(error: unknown): unknown {
  const { code, message } = facts(error);
  if (isTransient(error)) {
    return new TidegateError('database_unavailable', `The database cannot be reached: ${message}`, { cause: error });
  }
  if (code !== undefined && CERTIFICATE_FAULTS.has(code)) {
    return new TidegateError('database_unavailable', `The database's certificate was not accepted: ${message}`, {
      cause: error,
      hint: 'Set DATABASE_CA to the authority that signed it (Supabase shows it under Project Settings, Database, SSL Configuration).',
    });
  }
  if (code === 'TG001' || code === 'TG002') {
    const hint = (error as { hint?: string }).hint;
    const says = code === 'TG001' ? 'isolation' : 'privileges';
    return new TidegateError(says, message, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
  if (code === '42501' && OUR_OWN.test(message)) {
    return new TidegateError('privileges', `The database role may not do what a tick does: ${message}`, {
      cause: error,
      hint: 'Run "npx tidegate check" as this role: it names each grant and policy that is missing, with its statement.',
    });
  }
  if (code === '42P01' || code === '3F000' || code === '42883' || code === '42703') {
    if (
      /tidegate\.(gates|runs|items|attempts|hours|migrations|step_|settle_|count_|hear_|lease_|bury_|prepared_|apply_fault)|schema "tidegate"/.test(
        message,
      )
    ) {
      return new TidegateError('schema_outdated', `Schema tidegate is missing or older than this program: ${message}`, {
        cause: error,
        hint: 'Run "npx tidegate migrate" (npm start does it by itself).',
      });
    }
  }
  return error;
}

/** What the engine's own objects are called in a refusal, which leaves their schema out. */
const OUR_OWN =
  /schema "?tidegate\b|(table|relation) "?(gates|runs|items|attempts|hours|migrations)\b|function \w+_\d+\b/;

const CERTIFICATE_FAULTS = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Nobody's fault and worth trying again: no connection, a shutdown, a timeout, a lock, a serialization failure. */
export function isTransient(error: unknown): boolean {
  const { code, message } = facts(error);
  if (code !== undefined) {
    if (/^(08|53|57P0)/.test(code) || ['40001', '40P01', '55P03', '57014', '25006'].includes(code)) return true;
    if (/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(code)) return true;
  }
  return /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Connection ended|not queryable|server closed the connection|pool after calling end/i.test(
    message,
  );
}

/** The code (of the error or, for several addresses tried, of its first cause) and the message. */
function facts(error: unknown): { readonly code: string | undefined; readonly message: string } {
  const own = error as { code?: string; message?: string; errors?: { code?: string; message?: string }[] };
  const first = own?.errors?.[0];
  return { code: own?.code ?? first?.code, message: own?.message || first?.message || String(error) };
}
