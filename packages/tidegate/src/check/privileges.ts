/**
 * Findings about what the role may do with schema `tidegate`, and who else may. Asked of the catalogue for the role that
 * is connected; changes nothing.
 */
import { ask } from '../database.ts';
import { quoted } from '../source.ts';
import type { Database } from '../types.ts';
import { error, type Finding, present } from './finding.ts';

/** The engine's tables and what a tick does with each. */
export const TABLE_PRIVILEGES: Readonly<Record<string, readonly string[]>> = {
  migrations: ['select'],
  gates: ['select', 'insert', 'update'],
  runs: ['select', 'insert', 'update', 'delete'],
  items: ['select', 'insert', 'update', 'delete'],
  attempts: ['select', 'insert', 'update', 'delete'],
  hours: ['select', 'insert', 'update', 'delete'],
};

/** All findings about privileges on the engine's own schema. */
export async function privilegeFindings(database: Database, role: string): Promise<readonly Finding[]> {
  const usage = await schemaUsage(database, role);
  if (usage !== null) return [usage];
  return present([
    await tableGrants(database, role),
    await functionGrants(database, role),
    await policies(database, role),
    await exposure(database),
  ]);
}

async function schemaUsage(database: Database, role: string): Promise<Finding | null> {
  const [row] = await ask<{ may: boolean }>(
    database,
    "select has_schema_privilege(current_user, 'tidegate', 'usage') as may",
    [],
  );
  if (row?.may === true) return null;
  return error(
    'schema_usage',
    `${role} may not use schema tidegate.`,
    `grant usage on schema tidegate to ${quoted(role)};`,
  );
}

async function tableGrants(database: Database, role: string): Promise<Finding | null> {
  const wanted = Object.entries(TABLE_PRIVILEGES).flatMap(([table, list]) => list.map((may) => [table, may] as const));
  const rows = await ask<{ table: string; privilege: string }>(
    database,
    `select w.table, w.privilege
     from unnest($1::text[], $2::text[]) with ordinality as w ("table", privilege, n)
     where not has_table_privilege(current_user, format('tidegate.%I', w.table), w.privilege)
     order by w.n`,
    [wanted.map(([table]) => table), wanted.map(([, may]) => may)],
  );
  if (rows.length === 0) return null;
  const tables = [...new Set(rows.map(({ table }) => table))];
  const grant = (table: string): string => {
    const lacking = rows.filter((row) => row.table === table).map(({ privilege }) => privilege);
    return `grant ${lacking.join(', ')} on tidegate.${table} to ${quoted(role)};`;
  };
  return error(
    'table_privileges',
    `${role} lacks privileges on ${tables.map((table) => `tidegate.${table}`).join(', ')}.`,
    tables.map(grant).join('\n'),
  );
}

async function functionGrants(database: Database, role: string): Promise<Finding | null> {
  const rows = await ask<{ name: string }>(
    database,
    `select p.oid::regprocedure::text as name
     from pg_catalog.pg_proc p
     where p.pronamespace = 'tidegate'::regnamespace and not has_function_privilege(current_user, p.oid, 'execute')
     order by 1`,
    [],
  );
  if (rows.length === 0) return null;
  return error(
    'function_privileges',
    `${role} may not execute ${rows.map(({ name }) => name.replace(/\(.*/, '')).join(', ')}.`,
    rows.map(({ name }) => `grant execute on function ${name} to ${quoted(role)};`).join('\n'),
  );
}

async function policies(database: Database, role: string): Promise<Finding | null> {
  const rows = await ask<{ table: string }>(
    database,
    `select c.relname as "table"
     from pg_catalog.pg_class c
     where c.relnamespace = 'tidegate'::regnamespace and c.relkind = 'r' and c.relname = any ($1)
       and row_security_active(c.oid)
       and not exists (
         select from pg_catalog.pg_policy p
         where p.polrelid = c.oid and p.polpermissive and (p.polcmd = '*' or c.relname = 'migrations' and p.polcmd = 'r')
           and exists (select from unnest(p.polroles) r (oid) where r.oid = 0 or pg_has_role(current_user, r.oid, 'usage')))
     order by 1`,
    [Object.keys(TABLE_PRIVILEGES)],
  );
  if (rows.length === 0) return null;
  const tables = rows.map(({ table }) => table);
  return error(
    'policies',
    `Row security hides ${tables.map((table) => `tidegate.${table}`).join(', ')} from ${role}: it would see no gate.`,
    tables.map((table) => policyFor(table, role)).join('\n'),
  );
}

/** The policy that lets a role work on one of the engine's tables. */
export function policyFor(table: string, role: string): string {
  const reads = table === 'migrations' ? 'for select to' : 'to';
  const checks = table === 'migrations' ? '' : ' with check (true)';
  return `create policy ${quoted(`ticks as ${role}`)} on tidegate.${table} ${reads} ${quoted(role)} using (true)${checks};`;
}

/** Nobody who comes through an API may reach the schema. */
async function exposure(database: Database): Promise<Finding | null> {
  const rows = await ask<{ grantee: string }>(
    database,
    `select distinct coalesce(quote_ident(r.rolname), 'public') as grantee
     from pg_catalog.pg_namespace n
     cross join lateral aclexplode(n.nspacl) a
     left join pg_catalog.pg_roles r on r.oid = a.grantee
     where n.nspname = 'tidegate' and (a.grantee = 0 or r.rolname in ('anon', 'authenticated'))
     order by 1`,
    [],
  );
  if (rows.length === 0) return null;
  const who = rows.map(({ grantee }) => grantee).join(', ');
  return error(
    'exposed',
    `${who} may use schema tidegate: it belongs to the server alone.`,
    `revoke all on all tables in schema tidegate from ${who};\nrevoke all on schema tidegate from ${who};`,
  );
}
