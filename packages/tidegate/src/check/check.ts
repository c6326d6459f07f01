/**
 * `tidegate check`: looks at the way to the database, the server, the role, the views and, with a gate's file, its apply;
 * with a URL at the deployed endpoint. Prints the limits in force. Changes nothing.
 */
import type pg from 'pg';
import { type DatabaseSettings, readLimits } from '../config.ts';
import { openPoolFor, translated } from '../database.ts';
import { isTidegateError } from '../errors.ts';
import type { LoadedGate } from '../gate-file.ts';
import { schemaState } from '../migrate.ts';
import { viewOf } from '../source.ts';
import type { Database, Limits } from '../types.ts';
import { applyFindings } from './apply.ts';
import { connectionFindings, type Way, wayOf } from './connection.ts';
import { endpointFindings } from './endpoint.ts';
import { error, type Finding } from './finding.ts';
import { shapeOf } from './plan.ts';
import { privilegeFindings } from './privileges.ts';
import { behindFindings, rowFindings } from './rows.ts';
import { readServer, serverFindings } from './server.ts';
import { missingView, readView, readViews, viewFindings } from './view.ts';
import { walkFindings } from './walk.ts';

const QUERY_MS_MAX = 15_000;

/** What to look at. */
export interface CheckSetting {
  /** Undefined: the database is not looked at. */
  readonly database: DatabaseSettings | undefined;
  readonly direct?: DatabaseSettings | undefined;
  readonly gate?: LoadedGate | undefined;
  readonly url?: URL | undefined;
}

/** What was found. `way` is how the database is reached; null when it was not looked at. */
export interface Report {
  readonly limits: Limits;
  readonly way: Way | null;
  readonly findings: readonly Finding[];
}

/** Looks at everything that the setting names. A gate with a pool of its own is looked at through that pool. */
export async function check({ database, direct, gate, url }: CheckSetting): Promise<Report> {
  const findings: Finding[] = [];
  const own = poolIn(gate?.options.database);
  if (own !== undefined) {
    findings.push(...(await databaseFindings(own, gate)));
  } else if (database !== undefined) {
    findings.push(...connectionFindings({ url: database.url, direct: (direct ?? database).url }));
    const pool = openPoolFor(database.url, { max: 1, ca: database.ca, queryTimeoutMs: QUERY_MS_MAX });
    findings.push(...(await databaseFindings(pool, gate).finally(() => pool.end())));
  }
  if (url !== undefined) findings.push(...(await endpointFindings(url)));
  const way = own !== undefined || database === undefined ? null : wayOf(database.url);
  return { limits: readLimits(gate?.options.limits), way, findings };
}

/** The gate's own pool, where it has one that lends a connection: what is tried needs a transaction. */
function poolIn(database: Database | undefined): Pick<pg.Pool, 'connect'> | undefined {
  return database !== undefined && 'connect' in database ? (database as unknown as pg.Pool) : undefined;
}

async function databaseFindings(
  pool: Pick<pg.Pool, 'connect'>,
  gate: LoadedGate | undefined,
): Promise<readonly Finding[]> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    return [unreachable(translated(cause))];
  }
  try {
    return await findingsOver(client, gate);
  } finally {
    client.release();
  }
}

async function findingsOver(client: pg.PoolClient, gate: LoadedGate | undefined): Promise<readonly Finding[]> {
  const server = await readServer(client);
  const findings = [...serverFindings(server)];
  if (!(await hasSchema(client))) return [...findings, outdated()];
  findings.push(...(await privilegeFindings(client, server.role)));
  // What the role may not see cannot be judged: first the grants, then the rest.
  if (findings.some(({ code }) => ['schema_usage', 'table_privileges', 'policies'].includes(code))) return findings;
  if ((await schemaState(client)) !== 'current') findings.push(outdated());
  const views = gate === undefined ? await readViews(client) : [viewOf(gate.gate.name)];
  for (const view of views) findings.push(...(await gateFindings(client, view, gate?.options.apply)));
  return findings;
}

async function gateFindings(
  client: pg.PoolClient,
  view: string,
  apply: string | undefined,
): Promise<readonly Finding[]> {
  const facts = await readView(client, view);
  if (facts === null) return [missingView(view)];
  const findings = [...viewFindings(facts), ...(await behindFindings(client, facts))];
  const blocking = ['view_privilege', 'columns', 'key_type', 'table_unreadable'];
  if (findings.some(({ code }) => blocking.includes(code))) return findings;
  const names = ['key', 'position', 'revision'].filter((name) => facts.columns[name] !== undefined);
  const shape = await shapeOf(client, view, names);
  findings.push(...(await rowFindings(client, facts, shape)));
  if (findings.some(({ code }) => code === 'view_raises')) return findings;
  findings.push(...(await walkFindings(client, facts, shape)));
  if (apply !== undefined) findings.push(...(await applyFindings(client, { apply, facts, shape })));
  return findings;
}

async function hasSchema(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query(
    "select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'tidegate' and c.relname = 'migrations'",
  );
  return rows.length === 1;
}

function outdated(): Finding {
  return error(
    'schema_outdated',
    'The schema tidegate is not there, or older than this program.',
    'npx tidegate migrate',
  );
}

function unreachable(cause: unknown): Finding {
  const hint = isTidegateError(cause) ? cause.hint : undefined;
  const code = isTidegateError(cause) ? cause.code : 'database_refuses';
  return error(code, (cause as Error).message, hint ?? 'psql "$DATABASE_URL" -c "select 1"');
}
