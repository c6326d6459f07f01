/**
 * Plans of the database as data, and what the check reads out of them: which table and column a column of a view comes
 * from, what the view asks of that table, whether an index serves. Judges nothing.
 */
import type pg from 'pg';
import { quoted } from '../source.ts';
import { rolledBack } from './session.ts';

/** A node of a plan, as `explain (format json)` writes it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Output?: readonly string[];
  readonly 'Parent Relationship'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Planner settings under which an index is used wherever one serves, whatever the size of the table today. */
export const WITH_INDEXES = { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_sort: 'off', jit: 'off' };
/** Planner settings under which a table's own conditions all stand in its scan's filter. */
const WITHOUT_INDEXES = { enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_bitmapscan: 'off' };

/** The plan of a statement, which is not run. */
export async function planOf(
  client: pg.ClientBase,
  text: string,
  { values = [], settings = {} }: { values?: unknown[]; settings?: Readonly<Record<string, string>> } = {},
): Promise<PlanNode> {
  return await rolledBack(
    client,
    async () => {
      const { rows } = await client.query(`explain (verbose, costs off, format json) ${text}`, values);
      return (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
    },
    settings,
  );
}

/** All nodes of a plan. `perRow` counts in what runs once for every row: correlated subqueries. */
export function nodesOf(plan: PlanNode, { perRow = true } = {}): readonly PlanNode[] {
  const children = (plan.Plans ?? []).filter(
    (child) => perRow || (child['Parent Relationship'] !== 'SubPlan' && child['Parent Relationship'] !== 'InitPlan'),
  );
  return [plan, ...children.flatMap((child) => nodesOf(child, { perRow }))];
}

/** Where a column of a view comes from. */
export interface Lineage {
  /** The expression in the table's own columns, with the table's alias in the view before each. */
  readonly expression: string;
  /** The one table that the expression reads, quoted; null when it reads several or none. */
  readonly table: string | null;
  readonly alias: string;
  /** The column's name where the expression is nothing but a column, quoted as needed. */
  readonly column: string | null;
}

/** A view as its plan shows it. */
export interface Shape {
  readonly columns: Readonly<Record<string, Lineage>>;
  /** What the view asks of the key's own table, with its alias; null when nothing, or more than a plain condition. */
  readonly filter: string | null;
}

/** The lineage of some of a view's columns. */
export async function shapeOf(client: pg.ClientBase, view: string, names: readonly string[]): Promise<Shape> {
  const list = names.map((name) => `s.${quoted(name)}`).join(', ');
  const plan = await planOf(client, `select ${list} from tidegate.${quoted(view)} s`, { settings: WITHOUT_INDEXES });
  const nodes = nodesOf(plan);
  const columns: Record<string, Lineage> = {};
  for (const [index, name] of names.entries()) columns[name] = lineageOf(plan.Output?.[index] ?? '', nodes);
  const key = columns.key;
  const scan = nodes.find((node) => key !== undefined && node.Alias === unquoted(key.alias));
  const filter = scan?.Filter ?? null;
  const isPlain = filter !== null && !/SubPlan|InitPlan|\$\d|hashed|CURRENT_|\b(now|clock_timestamp)\(/.test(filter);
  return { columns, filter: isPlain ? filter : null };
}

function lineageOf(expression: string, nodes: readonly PlanNode[]): Lineage {
  const aliases = [...new Set([...expression.replace(/'[^']*'/g, '').matchAll(COLUMN)].map((match) => match[1] ?? ''))];
  const [alias = ''] = aliases;
  const node = nodes.find((one) => one.Alias === unquoted(alias) && one['Relation Name'] !== undefined);
  const known = aliases.length === 1 && node !== undefined;
  const plain = new RegExp(`^${COLUMN.source}$`).exec(expression);
  return {
    expression,
    table: known ? tableOf(node) : null,
    alias,
    column: known && plain !== null ? (plain[2] ?? null) : null,
  };
}

const NAME = `(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")`;
const COLUMN = new RegExp(`(${NAME})\\.(${NAME})`, 'g');

/** Takes the alias away from before each column, as an index's condition wants it. */
export function withoutAlias(expression: string, alias: string): string {
  return expression.replaceAll(`${alias}.`, '');
}

/** The table that a node reads or writes, as `schema.table`; null for a node without one. */
export function tableOf(node: PlanNode): string | null {
  const table = node['Relation Name'];
  return table === undefined ? null : `${quotedAsNeeded(node.Schema ?? '')}.${quotedAsNeeded(table)}`;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** An identifier, in quotes only where it needs them. */
export function quotedAsNeeded(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoted(name);
}
