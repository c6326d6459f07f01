/**
 * Findings about a gate's view as the catalogue describes it: whether it is there, runs with its caller's rights, and has
 * the columns that a source needs.
 */
import { ask } from '../database.ts';
import { quoted } from '../source.ts';
import type { Database } from '../types.ts';
import { error, type Finding, present } from './finding.ts';

const KEY_TYPES = /^(uuid|integer|bigint|text|character varying(\(\d+\))?)$/;

/** What the catalogue says of a view. */
export interface ViewFacts {
  readonly view: string;
  readonly securityInvoker: boolean;
  readonly columns: Readonly<Record<string, string>>;
  readonly definition: string;
  readonly readable: boolean;
  readonly role: string;
}

/** The names of all sources: every view in the engine's schema. */
export async function readViews(database: Database): Promise<readonly string[]> {
  const rows = await ask<{ view: string }>(
    database,
    `select c.relname as view from pg_catalog.pg_class c
     where c.relnamespace = 'tidegate'::regnamespace and c.relkind in ('v', 'm') order by 1`,
    [],
  );
  return rows.map(({ view }) => view);
}

/** One view's facts; null when there is no such view. */
export async function readView(database: Database, view: string): Promise<ViewFacts | null> {
  const [facts] = await ask<ViewFacts>(
    database,
    `select c.relname as view, current_user as role,
       coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false)
         as "securityInvoker",
       (select jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) from pg_catalog.pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       pg_get_viewdef(c.oid) as definition, has_table_privilege(current_user, c.oid, 'select') as readable
     from pg_catalog.pg_class c
     where c.relnamespace = 'tidegate'::regnamespace and c.relname = $1 and c.relkind in ('v', 'm')`,
    [view],
  );
  return facts ?? null;
}

/** The finding for a gate without a view. */
export function missingView(view: string): Finding {
  return error(
    'view_missing',
    `The view tidegate.${view} does not exist.`,
    `create view tidegate.${quoted(view)} with (security_invoker = true) as
  select a.id as key, a.created_at as position, null::text as skip, a.revision::text as revision, to_jsonb(a) as payload
  from public.your_table a where a.status = 'pending';`,
  );
}

/** All findings about the view's making. With one of `columns` nothing further can be asked of it. */
export function viewFindings(facts: ViewFacts): readonly Finding[] {
  return present([
    readable(facts),
    securityInvoker(facts),
    columns(facts),
    keyType(facts),
    types(facts),
    sorted(facts),
  ]);
}

function readable({ view, readable, role }: ViewFacts): Finding | null {
  if (readable) return null;
  return error(
    'view_privilege',
    `${role} may not read tidegate.${view}.`,
    `grant select on tidegate.${quoted(view)} to ${quoted(role)};`,
  );
}

function securityInvoker({ view, securityInvoker }: ViewFacts): Finding | null {
  if (securityInvoker) return null;
  return error(
    'security_invoker',
    `tidegate.${view} runs with its owner's rights: row security of the tables behind it is passed by.`,
    `alter view tidegate.${quoted(view)} set (security_invoker = true);`,
  );
}

function columns(facts: ViewFacts): Finding | null {
  const missing = ['key', 'position', 'skip'].filter((name) => facts.columns[name] === undefined);
  if (missing.length === 0) return null;
  const says = `tidegate.${facts.view} has no column ${missing.join(' and no column ')}.`;
  if (missing.join() !== 'skip') return error('columns', says, missingView(facts.view).mend);
  const text = `select s.*, null::text as skip from (\n${body(facts)}\n) s`;
  return error(
    'columns',
    says,
    `create or replace view tidegate.${quoted(facts.view)} with (security_invoker = true) as ${text};`,
  );
}

function keyType({ view, columns }: ViewFacts): Finding | null {
  if (columns.key === undefined || KEY_TYPES.test(columns.key)) return null;
  return error(
    'key_type',
    `The key of tidegate.${view} is of type ${columns.key}: expected uuid, integer, bigint, text or varchar.`,
    `alter table your_table add column tidegate_key uuid not null default gen_random_uuid() unique; -- and take it as key`,
  );
}

function types(facts: ViewFacts): Finding | null {
  const expected: Readonly<Record<string, string>> = { skip: 'text', revision: 'text', payload: 'jsonb' };
  const wrong = Object.entries(expected).filter(
    ([name, type]) => facts.columns[name] !== undefined && facts.columns[name] !== type,
  );
  if (wrong.length === 0 || facts.columns.key === undefined) return null;
  const told = wrong.map(([name, type]) => `${name} is of type ${facts.columns[name]} (expected ${type})`);
  const casts = Object.fromEntries(wrong.map(([name, type]) => [name, `s.${name}::${type}`]));
  return error('column_types', `In tidegate.${facts.view}, ${told.join(' and ')}.`, rebuilt(facts, body(facts), casts));
}

function sorted(facts: ViewFacts): Finding | null {
  const text = body(facts);
  const unsorted = text.replace(/\s+ORDER BY [^()]*$/, '');
  if (unsorted === text) return null;
  return error(
    'view_sorts',
    `tidegate.${facts.view} ends in an order by: the walk has its own order, and would sort everything for each bite.`,
    `create or replace view tidegate.${quoted(facts.view)} with (security_invoker = true) as ${unsorted};`,
  );
}

/** A view made again over `text`, with some of its columns written otherwise. */
export function rebuilt(facts: ViewFacts, text: string, otherwise: Readonly<Record<string, string>>): string {
  const list = Object.keys(facts.columns).map((name) => `${otherwise[name] ?? `s.${quoted(name)}`} as ${quoted(name)}`);
  const name = `tidegate.${quoted(facts.view)}`;
  return `begin;
drop view ${name};
create view ${name} with (security_invoker = true) as
select ${list.join(', ')} from (
${text}
) s;
grant select on ${name} to ${quoted(facts.role)};
commit;`;
}

/** The view's own select, without the semicolon. */
export function body({ definition }: ViewFacts): string {
  return definition.trim().replace(/;$/, '');
}
