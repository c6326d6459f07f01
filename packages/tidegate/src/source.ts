/**
 * A gate's source: what the catalogue says of its view, and the walk over it in bites. Only the view's name and its
 * columns' types, both from the catalogue, stand in the text of a statement. Locks nothing.
 */
import { ask } from './database.ts';
import { TidegateError } from './errors.ts';
import type { Database } from './types.ts';

/** A gate's source, as the catalogue describes it. */
export interface Source {
  /** The view's name in schema `tidegate`. */
  readonly view: string;
  readonly keyType: string;
  readonly positionType: string;
  readonly revision: boolean;
  readonly payload: boolean;
}

/** A place in the source: everything up to and including it has been walked. Positions travel as text. */
export interface Place {
  readonly position: string;
  readonly key: string;
}

/** The name of a gate's view. */
export function viewOf(gate: string): string {
  return gate.replaceAll('-', '_');
}

/** The source by its columns. Throws `source_missing` naming what the view lacks. */
export function sourceOf(view: string, columns: Record<string, string> | null): Source {
  if (columns === null) {
    throw new TidegateError('source_missing', `The view tidegate.${view} does not exist.`, {
      hint: `Create it: create view tidegate.${view} with (security_invoker = true) as select … as key, … as position from …`,
    });
  }
  const { key, position } = columns;
  if (key === undefined || position === undefined) {
    const missing = ['key', 'position'].filter((name) => columns[name] === undefined);
    throw new TidegateError('source_missing', `The view tidegate.${view} has no column ${missing.join(' and ')}.`, {
      hint: 'A source has key and position, and may have skip, revision and payload.',
    });
  }
  if (columns.skip === undefined) {
    throw new TidegateError('source_missing', `The view tidegate.${view} has no column skip.`, {
      hint: 'Add "null::text as skip", or the reason why a row must not run now.',
    });
  }
  return {
    view,
    keyType: key,
    positionType: position,
    revision: columns.revision !== undefined,
    payload: columns.payload !== undefined,
  };
}

/** One bite of the walk: what stands after `after`, oldest first. */
export interface Bite {
  readonly rows: number;
  readonly last: Place | null;
  readonly candidates: readonly Place[];
  readonly skipped: Readonly<Record<string, number>>;
  /** In backoff, or leased by anybody. */
  readonly open: number;
  readonly leased: number;
  /** Done or parked: passed over without being counted. */
  readonly passed: number;
}

interface BiteRow {
  rows: number;
  last: [string, string] | null;
  candidates: [string, string][] | null;
  skipped: Record<string, number> | null;
  open: number;
  leased: number;
}

/** Reads up to `rowsMax` source rows outside any lock. What raises here is the source's fault or the database's. */
export async function walk(
  database: Database,
  { gate, source, after, rowsMax }: { gate: number; source: Source; after: Place | null; rowsMax: number },
): Promise<Bite> {
  const values: unknown[] = after === null ? [gate, rowsMax] : [gate, rowsMax, after.position, after.key];
  const [row] = await ask<BiteRow>(database, walkText(source, after !== null), values);
  if (row === undefined) throw new Error('a bite of the walk has exactly one row');
  const skippedRows = Object.values(row.skipped ?? {}).reduce((sum, n) => sum + n, 0);
  // A key that stands twice in the view counts once, where it stands first.
  const keys = new Set<string>();
  const candidates = (row.candidates ?? [])
    .filter(([, key]) => !keys.has(key) && keys.add(key))
    .map(([position, key]) => ({ position, key }));
  return {
    rows: row.rows,
    last: row.last === null ? null : { position: row.last[0], key: row.last[1] },
    candidates,
    skipped: row.skipped ?? {},
    open: row.open,
    leased: row.leased,
    passed: row.rows - skippedRows - candidates.length - row.open,
  };
}

/** How many of the next `rowsMax` rows want work, those in backoff and leased ones among them; a key counts once. */
export async function lookAhead(
  database: Database,
  { gate, source, after, rowsMax }: { gate: number; source: Source; after: Place | null; rowsMax: number },
): Promise<{ readonly rows: number; readonly wanting: number }> {
  const values: unknown[] = after === null ? [gate, rowsMax] : [gate, rowsMax, after.position, after.key];
  const text = `${seenText(source, after !== null)}
select count(*)::int as rows,
  (count(distinct s.key) filter (where s.class in ('candidate', 'waiting', 'leased')))::int as wanting
from seen s`;
  const [row] = await ask<{ rows: number; wanting: number }>(database, text, values);
  if (row === undefined) throw new Error('a look ahead has exactly one row');
  return row;
}

/** Whether `place` comes after `other` in the source's order, which only the database knows. */
export async function isBeyond(
  database: Database,
  { source, place, other }: { source: Source; place: Place; other: Place },
): Promise<boolean> {
  const text = `select ($1::${source.positionType}, $2::${source.keyType}) > ($3::${source.positionType}, $4::${source.keyType}) as beyond`;
  const [row] = await ask<{ beyond: boolean | null }>(database, text, [
    place.position,
    place.key,
    other.position,
    other.key,
  ]);
  return row?.beyond === true;
}

/** The key as the source spells it, or null when it cannot be one of its keys. Without a view: as it was given. */
export async function spelled(database: Database, gate: string, key: string): Promise<string | null> {
  if (key.includes('\0')) return null;
  const [row] = await ask<{ type: string | null }>(database, KEY_TYPE, [viewOf(gate)]);
  if (row?.type == null) return key;
  try {
    const [cast] = await ask<{ key: string }>(database, `select $1::${row.type}::text as key`, [key]);
    return cast?.key ?? null;
  } catch (error) {
    if (/^22/.test((error as { code?: string }).code ?? '')) return null;
    throw error;
  }
}

const KEY_TYPE = `
select (select format_type(a.atttypid, null) from pg_catalog.pg_attribute a
  where a.attrelid = to_regclass(format('tidegate.%I', $1::text)) and a.attname = 'key' and not a.attisdropped) as type`;

/** The next rows of the source, each beside what the gate remembers of it. */
function seenText(source: Source, resumes: boolean): string {
  const revision = source.revision ? 's.revision' : 'null::text';
  const from = resumes ? `where (s.position, s.key) > ($3::${source.positionType}, $4::${source.keyType})` : '';
  return `
with bite as materialized (
  select s.key, s.position, s.skip, ${revision} as revision
  from tidegate.${quoted(source.view)} s
  ${from}
  order by s.position, s.key
  -- Not to be estimated: without statistics the planner would rather sort the whole table than walk its index.
  limit (select $2::int)
), seen as materialized (
  select b.key, b.position, b.skip,
    case
      when b.skip is not null then 'skipped'
      when i.state is null or i.state = 'done' then 'candidate'
      when i.state = 'waiting' and (i.until <= clock_timestamp()
        or i.until > clock_timestamp() + i.span_ms * interval '1 ms') then 'candidate'
      when i.state = 'parked' and b.revision <> i.revision then 'candidate'
      else i.state
    end as class
  from bite b
  left join lateral (
    select i.state, i.until, i.span_ms, i.revision
    from tidegate.items i
    where i.gate = $1 and i.key = b.key::text
    limit 1) i on true
)`;
}

function walkText(source: Source, resumes: boolean): string {
  return `${seenText(source, resumes)}
select count(*)::int as rows,
  (select jsonb_build_array(to_json(s.position) #>> '{}', s.key::text) from seen s
    order by s.position desc, s.key desc limit 1) as last,
  (select jsonb_agg(jsonb_build_array(to_json(s.position) #>> '{}', s.key::text) order by s.position, s.key)
    from seen s where s.class = 'candidate') as candidates,
  (select jsonb_object_agg(r.skip, r.n) from (
    select s.skip, count(*) as n from seen s where s.class = 'skipped' group by s.skip) r) as skipped,
  (count(*) filter (where s.class in ('waiting', 'leased')))::int as open,
  (count(*) filter (where s.class = 'leased'))::int as leased
from seen s`;
}

/** An identifier in double quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
