/**
 * Findings about the server and the role: version, encoding, schema, isolation, time limits. One query for the facts,
 * one pure function a finding.
 */
import { ask } from '../database.ts';
import { quoted } from '../source.ts';
import type { Database } from '../types.ts';
import { error, type Finding, present, warning } from './finding.ts';

const VERSION_MIN = 150_000;
/** A step waits for locks 2 s altogether, and the client gives a query up after 5 s. */
const STATEMENT_MS_MIN = 3_000;
const STATEMENT_MS_MAX = 60_000;
/** The step waits 200 ms for a group's locks. */
const LOCK_MS_MIN = 200;

/** What the server says of itself and of the role. Durations in milliseconds, 0 for none. */
export interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly role: string;
  readonly database: string;
  readonly superuser: boolean;
  readonly isolation: string;
  readonly readOnly: boolean;
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleMs: number;
}

/** Reads them; the settings are those that a session of this role begins with. */
export async function readServer(database: Database): Promise<ServerFacts> {
  const [facts] = await ask<ServerFacts>(database, FACTS, []);
  if (facts === undefined) throw new Error('the facts are exactly one row');
  return facts;
}

const FACTS = `
select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
  current_user as role, current_database() as database,
  (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as superuser,
  current_setting('default_transaction_isolation') as isolation,
  current_setting('default_transaction_read_only')::boolean as "readOnly",
  (select s.setting::int from pg_catalog.pg_settings s where s.name = 'statement_timeout') as "statementMs",
  (select s.setting::int from pg_catalog.pg_settings s where s.name = 'lock_timeout') as "lockMs",
  (select s.setting::int from pg_catalog.pg_settings s where s.name = 'idle_in_transaction_session_timeout') as "idleMs"`;

/** All findings about the server and the role. */
export function serverFindings(facts: ServerFacts): readonly Finding[] {
  const each = [version, encoding, isolation, readOnly, statementTimeout, lockTimeout, idleTimeout, superuser];
  return present(each.map((finding) => finding(facts)));
}

function version({ version }: ServerFacts): Finding | null {
  if (version >= VERSION_MIN) return null;
  const major = Math.floor(version / 10_000);
  return error(
    'version',
    `PostgreSQL is version ${major}; the gate needs 15 or later (views with security_invoker).`,
    'pg_upgrade to PostgreSQL 15 or later, or your provider\'s "upgrade".',
  );
}

function encoding({ encoding, database }: ServerFacts): Finding | null {
  if (encoding === 'UTF8') return null;
  return error(
    'encoding',
    `The database's encoding is ${encoding}: answers that it cannot hold would fail their records.`,
    `create database ${quoted(`${database}_utf8`)} encoding 'UTF8' template template0;`,
  );
}

function isolation(facts: ServerFacts): Finding | null {
  if (facts.isolation === 'read committed') return null;
  return error(
    'isolation',
    `Sessions of ${facts.role} begin with isolation ${facts.isolation}: the step refuses anything but read committed.`,
    setting(facts, 'default_transaction_isolation', 'read committed'),
  );
}

function readOnly(facts: ServerFacts): Finding | null {
  if (!facts.readOnly) return null;
  return error(
    'read_only',
    `Sessions of ${facts.role} are read-only: no outcome could be written.`,
    setting(facts, 'default_transaction_read_only', 'off'),
  );
}

function statementTimeout(facts: ServerFacts): Finding | null {
  const { role, statementMs } = facts;
  if (statementMs >= STATEMENT_MS_MIN && statementMs <= STATEMENT_MS_MAX) return null;
  const mend = setting(facts, 'statement_timeout', '10s');
  if (statementMs === 0 || statementMs > STATEMENT_MS_MAX) {
    const now = statementMs === 0 ? 'no statement_timeout' : `a statement_timeout of ${statementMs / 1000} s`;
    const says = `${role} has ${now}: a query that its client gave up after 5 s goes on in the database.`;
    return warning('statement_timeout', says, mend);
  }
  const says = `${role} has a statement_timeout of ${statementMs} ms: a step that waits for locks for 2 s would be cut off.`;
  return error('statement_timeout', says, mend);
}

function lockTimeout(facts: ServerFacts): Finding | null {
  if (facts.lockMs === 0 || facts.lockMs >= LOCK_MS_MIN) return null;
  return warning(
    'lock_timeout',
    `${facts.role} has a lock_timeout of ${facts.lockMs} ms: opening and closing a run would fail where they only had to wait.`,
    setting(facts, 'lock_timeout', '2s'),
  );
}

function idleTimeout(facts: ServerFacts): Finding | null {
  if (facts.idleMs > 0) return null;
  return warning(
    'idle_timeout',
    `${facts.role} has no idle_in_transaction_session_timeout: a client that hangs inside a transaction keeps its locks for ever.`,
    setting(facts, 'idle_in_transaction_session_timeout', '60s'),
  );
}

function superuser({ role, superuser }: ServerFacts): Finding | null {
  if (!superuser) return null;
  return warning(
    'superuser',
    `${role} is a superuser: the role that ticks needs its own tables and yours, and nothing else.`,
    "create role tidegate_ticker login password '…'; -- then: npx tidegate init --role tidegate_ticker",
  );
}

/** For this role in this database: that goes before what the role or the database says, and touches nobody else. */
function setting({ role, database }: ServerFacts, name: string, value: string): string {
  return `alter role ${quoted(role)} in database ${quoted(database)} set ${name} = '${value}';`;
}
