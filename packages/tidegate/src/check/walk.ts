/**
 * Findings about how the gate reads its view: oldest first in bites, and one row by its key. Reads plans, and runs
 * nothing over the table.
 */
import type pg from 'pg';
import { quoted } from '../source.ts';
import { error, type Finding, present, type Severity } from './finding.ts';
import { nodesOf, type PlanNode, planOf, type Shape, tableOf, WITH_INDEXES, withoutAlias } from './plan.ts';
import { body, rebuilt, type ViewFacts } from './view.ts';

/** From here on a scan of a table for each bite or each look-up is felt. */
const ROWS_MAX = 10_000;

/** What the findings read. */
interface Plans {
  readonly facts: ViewFacts;
  readonly shape: Shape;
  /** The walk and the look-up where indexes are preferred, and the walk as it is planned today. */
  readonly walk: PlanNode;
  readonly lookup: PlanNode;
  readonly today: PlanNode;
  /** Rows by `schema.table`, estimated. */
  readonly rows: ReadonlyMap<string, number>;
  /** Names of the indexes that begin with the key's own column. */
  readonly keyIndexes: ReadonlySet<string>;
}

/** All findings about plans. */
export async function walkFindings(client: pg.ClientBase, facts: ViewFacts, shape: Shape): Promise<readonly Finding[]> {
  const view = `tidegate.${quoted(facts.view)}`;
  const walkText = `select s.key, s.position, s.skip from ${view} s order by s.position, s.key limit 200`;
  const read = ['key', 'skip', 'revision', 'payload'].filter((name) => facts.columns[name] !== undefined);
  const lookupText = `select ${read.map((name) => `s.${name}`).join(', ')} from ${view} s where s.key = $1::${facts.columns.key} limit 1`;
  const { rows: sample } = await client.query(`select s.key::text as key from ${view} s limit 1`);
  const values = [(sample[0] as { key: string } | undefined)?.key ?? null];
  // Without a row, a key that no row has; a null would be planned away.
  if (values[0] === null) values[0] = /^(integer|bigint)$/.test(facts.columns.key ?? '') ? '0' : NOBODY;
  const walk = await planOf(client, walkText, { settings: WITH_INDEXES });
  const today = await planOf(client, walkText);
  const lookup = await planOf(client, lookupText, { values, settings: WITH_INDEXES });
  const rows = await sizesOf(client, [walk, lookup, today]);
  const plans = { facts, shape, walk, lookup, today, rows, keyIndexes: await keyIndexesOf(client, shape) };
  const found = [wholeTable(plans), keyCast(plans), lookupIndex(plans)];
  return present(found[0] !== null ? found : [...found, walkIndex(plans), walkToday(plans), perRow(plans)]);
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A window, aggregate or distinct over the table is computed anew for every bite and every look-up. */
function wholeTable({ facts, walk, lookup, rows }: Plans): Finding | null {
  const nodes = [walk, lookup].flatMap((plan) => nodesOf(plan, { perRow: false }));
  const culprit = nodes.find((node) => {
    if (!/^(WindowAgg|Aggregate|Group|Unique|SetOp)$/.test(node['Node Type'])) return false;
    // Inside a lateral, by index: once a row, as in a correlated subquery.
    const scans = nodesOf(node).filter((one) => one['Relation Name'] !== undefined);
    return scans.some((scan) => scan['Index Cond'] === undefined) || node['Node Type'] === 'WindowAgg';
  });
  if (culprit === undefined) return null;
  const what = culprit['Node Type'] === 'WindowAgg' ? 'a window function' : 'an aggregate, distinct or set operation';
  const scan = nodesOf(culprit).find((node) => node['Relation Name'] !== undefined);
  const size = scan === undefined ? 0 : (rows.get(tableOf(scan) ?? '') ?? 0);
  return found(
    size > ROWS_MAX ? 'error' : 'warning',
    'whole_table',
    `tidegate.${facts.view} computes ${what} over the table: each bite of 200 rows and each lease would read all of it.`,
    `create or replace view tidegate.${quoted(facts.view)} with (security_invoker = true) as … -- with a correlated subquery in its place: (select count(*) from public.lines l where l.record_id = a.id)`,
  );
}

function keyCast({ facts, shape }: Plans): Finding | null {
  const key = shape.columns.key;
  const cast = /^\((\S+)\)::[a-z ()0-9]+$/.exec(key?.expression ?? '');
  if (key === undefined || key.column !== null || cast === null || key.table === null) return null;
  const uncast = body(facts).replace(/\((\S+?)\)::[a-z ()0-9]+? AS key\b/, '$1 AS key');
  return error(
    'key_cast',
    `The key of tidegate.${facts.view} is cast (${key.expression}): it has to be the row's own column, or no index finds it.`,
    rebuilt(facts, uncast, {}),
  );
}

function lookupIndex(plans: Plans): Finding | null {
  const { shape, lookup, rows, keyIndexes } = plans;
  const key = shape.columns.key;
  if (key?.table == null) return lookupScans(plans);
  if (key.column === null) return null;
  const scan = nodesOf(lookup).find((node) => tableOf(node) === key.table);
  // An index that has the key in second place is no look-up, though its plan names the key; and a small table's plan may
  // take any.
  const used = keyIndexes.has(scan?.['Index Name'] ?? '') && scan?.['Index Cond'] !== undefined;
  const large = (rows.get(key.table) ?? 0) > ROWS_MAX;
  if (scan === undefined || used || (keyIndexes.size > 0 && !large)) return null;
  return found(
    large ? 'error' : 'warning',
    'lookup_index',
    `No index finds a row of ${key.table} by ${key.column}: each lease would read the whole table.`,
    `create unique index concurrently on ${key.table} (${key.column});`,
  );
}

/** A key that several tables bring, or that the planner cannot follow through the view. */
function lookupScans({ facts, lookup, rows }: Plans): Finding | null {
  const scan = nodesOf(lookup, { perRow: false }).find(
    (node) => node['Node Type'] === 'Seq Scan' && (rows.get(tableOf(node) ?? '') ?? 0) > ROWS_MAX,
  );
  if (scan === undefined) return null;
  return error(
    'lookup_index',
    `A look-up by key in tidegate.${facts.view} reads all of ${tableOf(scan)}: its key does not reach that table's index.`,
    `create or replace view tidegate.${quoted(facts.view)} with (security_invoker = true) as … -- the key a plain column of one type in each branch, no distinct, no limit`,
  );
}

function walkIndex({ facts, shape, walk, rows }: Plans): Finding | null {
  const { key, position } = shape.columns;
  const nodes = nodesOf(walk, { perRow: false });
  const sorts = nodes.some((node) => node['Node Type'] === 'Sort');
  const scans = nodes.some((node) => node['Node Type'] === 'Seq Scan' && tableOf(node) === key?.table);
  if (!sorts && !scans) return null;
  const table = key?.table ?? null;
  const size = Math.max(0, ...nodes.map((node) => rows.get(tableOf(node) ?? '') ?? 0));
  const ordered = position !== undefined && key?.column != null && position.table === table;
  const where = shape.filter === null ? '' : ` where ${withoutAlias(shape.filter, key?.alias ?? '')}`;
  const by = ordered && key !== undefined ? `${orderOf(position, key.alias)}, ${key.column}` : 'position, key';
  return found(
    size > ROWS_MAX ? 'error' : 'warning',
    'walk_index',
    `No index has the order of tidegate.${facts.view} (position, key): each bite would sort everything that waits.`,
    ordered
      ? `create index concurrently on ${table} (${by})${where};`
      : `-- position and key have to be columns of one table, with an index:\ncreate index concurrently on ${table ?? 'your_table'} (your_position, your_key)${where};`,
  );
}

function orderOf(position: { readonly column: string | null; readonly expression: string }, alias: string): string {
  return position.column ?? `(${withoutAlias(position.expression, alias)})`;
}

/** An index serves, and is not used today: the planner believes the table to be small. */
function walkToday({ facts, shape, walk, today, rows }: Plans): Finding | null {
  const table = shape.columns.key?.table ?? null;
  if (table === null || (rows.get(table) ?? 0) <= ROWS_MAX) return null;
  const scans = (plan: PlanNode): boolean =>
    nodesOf(plan).some((node) => node['Node Type'] === 'Seq Scan' && tableOf(node) === table);
  if (!scans(today) || scans(walk)) return null;
  return error(
    'walk_plan',
    `The walk over tidegate.${facts.view} reads all of ${table} although an index has its order: the statistics are old.`,
    `analyze ${table};`,
  );
}

/** A correlated subquery over a large table without an index. */
function perRow({ facts, shape, lookup, rows }: Plans): Finding | null {
  if (shape.columns.key?.table == null) return null;
  const scan = nodesOf(lookup).find(
    (node) =>
      node['Node Type'] === 'Seq Scan' &&
      tableOf(node) !== shape.columns.key?.table &&
      (rows.get(tableOf(node) ?? '') ?? 0) > ROWS_MAX,
  );
  if (scan === undefined) return null;
  const column = /\b\w+\.(\w+) = /.exec(scan.Filter ?? '')?.[1] ?? 'its_foreign_key';
  return error(
    'joined_index',
    `tidegate.${facts.view} reads all of ${tableOf(scan)} for each row: no index serves its condition ${scan.Filter ?? ''}.`,
    `create index concurrently on ${tableOf(scan)} (${column});`,
  );
}

async function keyIndexesOf(client: pg.ClientBase, { columns: { key } }: Shape): Promise<ReadonlySet<string>> {
  const { rows } = await client.query(
    `select c.relname as name from pg_catalog.pg_index i
     join pg_catalog.pg_class c on c.oid = i.indexrelid
     join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = to_regclass($1) and i.indisvalid and quote_ident(a.attname) = $2`,
    [key?.table ?? null, key?.column ?? null],
  );
  return new Set((rows as { name: string }[]).map(({ name }) => name));
}

async function sizesOf(client: pg.ClientBase, plans: readonly PlanNode[]): Promise<ReadonlyMap<string, number>> {
  const tables = [...new Set(plans.flatMap((plan) => nodesOf(plan)).map(tableOf))].filter((name) => name !== null);
  const { rows } = await client.query(
    `select t.name, case when c.reltuples < 0 then pg_relation_size(c.oid) / 100 else c.reltuples end::float8 as rows
     from unnest($1::text[]) t (name) join pg_catalog.pg_class c on c.oid = to_regclass(t.name)`,
    [tables],
  );
  return new Map((rows as { name: string; rows: number }[]).map(({ name, rows: count }) => [name, count]));
}

function found(severity: Severity, code: string, says: string, mend: string): Finding {
  return { code, severity, says, mend };
}
