/**
 * Findings about what stands in the view: keys that are there twice, positions that are null, rows that row security
 * hides. Reads at most 100,000 rows, for at most 10 s.
 */
import type pg from 'pg';
import { quoted } from '../source.ts';
import { error, type Finding, present, warning } from './finding.ts';
import type { Lineage, Shape } from './plan.ts';
import { rolledBack, tried } from './session.ts';
import type { ViewFacts } from './view.ts';

const ROWS_READ_MAX = 100_000;
const WHOLE_ROWS_READ = 200;

/** A table behind the view, as this role meets it. */
interface Behind {
  readonly table: string;
  readonly readable: boolean;
  readonly hidden: boolean;
  readonly filtered: boolean;
}

/** Findings about the tables behind a view; asked first, because without them nothing else can be read. */
export async function behindFindings(client: pg.ClientBase, facts: ViewFacts): Promise<readonly Finding[]> {
  const { rows } = await client.query(BEHIND, [facts.view]);
  const tables = rows as Behind[];
  return present([unreadable(facts, tables), hidden(facts, tables), filtered(facts, tables)]);
}

const BEHIND = `
with recursive behind as (
  select c.oid, c.relkind from pg_catalog.pg_class c
  where c.relnamespace = 'tidegate'::regnamespace and c.relname = $1
  union
  select c.oid, c.relkind
  from behind b
  join pg_catalog.pg_rewrite r on r.ev_class = b.oid
  join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
  join pg_catalog.pg_class c on c.oid = d.refobjid
  where b.relkind in ('v', 'm')
), policy as (
  select p.polrelid, pg_get_expr(p.polqual, p.polrelid) as condition
  from pg_catalog.pg_policy p
  where p.polpermissive and p.polcmd in ('*', 'r')
    and exists (select from unnest(p.polroles) r (oid) where r.oid = 0 or pg_has_role(current_user, r.oid, 'usage'))
)
select format('%I.%I', n.nspname, c.relname) as "table",
  has_schema_privilege(current_user, n.oid, 'usage')
    and (has_table_privilege(current_user, c.oid, 'select') or has_any_column_privilege(current_user, c.oid, 'select')) as readable,
  row_security_active(c.oid) and not exists (select from policy p where p.polrelid = c.oid) as hidden,
  row_security_active(c.oid) and not exists (select from policy p where p.polrelid = c.oid and p.condition = 'true') as filtered
from behind b
join pg_catalog.pg_class c on c.oid = b.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where b.relkind in ('r', 'p')
order by 1`;

function unreadable({ view, role }: ViewFacts, tables: readonly Behind[]): Finding | null {
  const names = tables.filter(({ readable }) => !readable).map(({ table }) => table);
  if (names.length === 0) return null;
  const grants = names.map((name) => {
    const schema = name.slice(0, name.lastIndexOf('.'));
    return `grant usage on schema ${schema} to ${quoted(role)};\ngrant select on ${name} to ${quoted(role)};`;
  });
  return error(
    'table_unreadable',
    `${role} may not read ${names.join(', ')} behind tidegate.${view}.`,
    grants.join('\n'),
  );
}

function hidden({ view, role }: ViewFacts, tables: readonly Behind[]): Finding | null {
  const names = tables.filter((one) => one.hidden).map(({ table }) => table);
  if (names.length === 0) return null;
  return error(
    'rows_hidden',
    `Row security hides every row of ${names.join(', ')} from ${role}: tidegate.${view} is empty for it.`,
    names.map((name) => readPolicy(name, role)).join('\n'),
  );
}

function filtered({ view, role }: ViewFacts, tables: readonly Behind[]): Finding | null {
  const names = tables.filter((one) => one.filtered && !one.hidden).map(({ table }) => table);
  if (names.length === 0) return null;
  return warning(
    'rows_filtered',
    `Row security shows ${role} a part of ${names.join(', ')}: what it hides never stands in tidegate.${view}.`,
    names.map((name) => readPolicy(name, role)).join('\n'),
  );
}

function readPolicy(table: string, role: string): string {
  return `create policy ${quoted(`${role} reads`)} on ${table} for select to ${quoted(role)} using (true);`;
}

/** Findings about the view's rows. */
export async function rowFindings(client: pg.ClientBase, facts: ViewFacts, shape: Shape): Promise<readonly Finding[]> {
  const view = `tidegate.${quoted(facts.view)}`;
  const unique = await uniqueKey(client, shape.columns.key);
  const texts = [
    `select s.key::text as key from ${view} s where s.position is null limit 1`,
    `select k.key::text as key from (select s.key from ${view} s limit ${ROWS_READ_MAX}) k group by k.key having count(*) > 1 limit 1`,
    `select max(to_jsonb(r)::text) as key from (select * from ${view} s limit ${WHOLE_ROWS_READ}) r`,
  ];
  const [nulls, twice, whole] = await rolledBack(client, async () => {
    const read: Read[] = [];
    for (const text of texts) read.push(await tried(client, () => client.query(text)));
    return read;
  });
  const [nullAt, twiceAt] = [keyIn(nulls), keyIn(twice)];
  return present([
    slow(facts, [nulls, twice, whole]) ?? raised(facts, [nulls, twice, whole]),
    nullPosition(facts, shape, nullAt),
    await nullablePosition(client, facts, shape, nullAt),
    twiceAt === undefined ? notUnique(shape, unique) : keyTwice(facts, shape, twiceAt, unique),
  ]);
}

type Read = Awaited<ReturnType<typeof tried<pg.QueryResult>>> | undefined;

function keyIn(read: Read): string | undefined {
  return read === undefined || 'code' in read ? undefined : (read.value.rows[0] as { key: string } | undefined)?.key;
}

function slow({ view }: ViewFacts, reads: readonly Read[]): Finding | null {
  if (!reads.some((read) => read !== undefined && 'code' in read && read.code === '57014')) return null;
  return warning(
    'view_slow',
    `tidegate.${view} could not be read in 10 s: its keys and positions were not looked at in full.`,
    `explain (analyze, buffers) select * from tidegate.${quoted(view)} s order by s.position, s.key limit 200;`,
  );
}

function raised({ view }: ViewFacts, reads: readonly Read[]): Finding | null {
  const fault = reads.find((read) => read !== undefined && 'code' in read);
  if (fault === undefined || !('code' in fault)) return null;
  return error(
    'view_raises',
    `Reading tidegate.${view} raised (${fault.code}): ${fault.message}.`,
    `select * from tidegate.${quoted(view)} s order by s.position, s.key limit 200;`,
  );
}

function nullPosition({ view }: ViewFacts, shape: Shape, key: string | undefined): Finding | null {
  if (key === undefined) return null;
  const { column = null, table = null } = shape.columns.position ?? {};
  return error(
    'position_null',
    `The position of ${key} in tidegate.${view} is null: the walk would never come to it.`,
    column === null || table === null
      ? '-- take a column that is never null as position'
      : `update ${table} set ${column} = default where ${column} is null;\nupdate ${table} set ${column} = '-infinity' where ${column} is null;\nalter table ${table} alter column ${column} set not null;`,
  );
}

async function nullablePosition(
  client: pg.ClientBase,
  { view }: ViewFacts,
  shape: Shape,
  nullAt: string | undefined,
): Promise<Finding | null> {
  const position = shape.columns.position;
  if (nullAt !== undefined || position?.table == null || position.column === null) return null;
  const { rows } = await client.query(
    'select a.attnotnull from pg_catalog.pg_attribute a where a.attrelid = to_regclass($1) and quote_ident(a.attname) = $2',
    [position.table, position.column],
  );
  if ((rows[0] as { attnotnull: boolean } | undefined)?.attnotnull !== false) return null;
  return warning(
    'position_nullable',
    `The position of tidegate.${view} may be null one day, and such a row would never be seen.`,
    `alter table ${position.table} alter column ${position.column} set not null;`,
  );
}

async function uniqueKey(client: pg.ClientBase, key: Lineage | undefined): Promise<boolean | null> {
  if (key?.table == null || key.column === null) return null;
  const { rows } = await client.query(
    `select from pg_catalog.pg_index i
     join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid and i.indnkeyatts = 1 and i.indpred is null
       and quote_ident(a.attname) = $2`,
    [key.table, key.column],
  );
  return rows.length > 0;
}

function notUnique({ columns: { key } }: Shape, unique: boolean | null): Finding | null {
  if (unique !== false || key?.table == null) return null;
  return error(
    'key_not_unique',
    `Nothing keeps ${key.column} of ${key.table} unique, and two rows with one key count as one.`,
    `create unique index concurrently on ${key.table} (${key.column});`,
  );
}

function keyTwice({ view }: ViewFacts, shape: Shape, at: string, unique: boolean | null): Finding {
  const key = shape.columns.key;
  return error(
    'key_twice',
    unique === true
      ? `The key ${at} stands in tidegate.${view} more than once: a join multiplies its row.`
      : `The key ${at} stands in tidegate.${view} more than once: such rows count as one.`,
    unique === true || key?.table == null || key.column === null
      ? `create or replace view tidegate.${quoted(view)} with (security_invoker = true) as … -- with exists (…) or "cross join lateral (… limit 1)" in place of the join`
      : `update ${key.table} t set ${key.column} = default where exists (select from ${key.table} o where o.${key.column} = t.${key.column} and o.ctid < t.ctid);\ncreate unique index on ${key.table} (${key.column});`,
  );
}
