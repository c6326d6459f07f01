// The world of the model: a database with a small table under a gate, whose SQL may carry a planted fault, a clock that
// moves only when it is told to, and one look that sees everything the laws speak of. Knows no law and no command.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type Scope, testDatabase } from '../../../../test/database.ts';
import { migrationsFolder, SCHEMA } from '../../src/migrate.ts';
import type { Database } from '../../src/types.ts';
import { poolOn } from '../builders.ts';

export const GATE = 'papers';
export const PAPERS = 3;

/** A usual apply: it guards the status and compares the revision. A guard of its own keeps some rows from being written. */
export const APPLY = `
  update public.papers p set status = s.body->>'verdict', verdict = s.body, written = p.written + 1
  from settled s
  where p.id = s.key and p.status = 'pending' and p.revision::text = s.revision and not p.guarded
  returning s.key`;

/** An apply after somebody renamed its table: broken for every record alike. */
export const APPLY_BROKEN = APPLY.replace('update public.papers', 'update public.papers_of_old');

const TABLE = `
create table public.papers (
  id int primary key, status text not null default 'pending', ruled boolean not null default false,
  attached boolean not null default true, guarded boolean not null default false, fits boolean not null default true,
  revision int not null default 1, verdict jsonb, written int not null default 0,
  constraint verdict_fits check (verdict is null or fits));
create view tidegate.papers with (security_invoker = true) as
  select p.id as key, p.id as position, case when not p.attached then 'no attachment' end as skip,
    p.revision::text as revision, jsonb_build_object('of', p.revision) as payload
  from public.papers p where p.status = 'pending';`;

/** A fault planted into the SQL: `find` must stand exactly once where it is looked for, or the plan is out of date. */
export interface Mutation {
  /** The first word of a function's name, whose newest version is meant (`bury`, `lease`), or a file of TypeScript. */
  readonly place: string;
  readonly find: string;
  readonly put: string;
}

export interface World {
  /** What the engine's own functions are given. */
  readonly database: Database;
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Empties everything: a new database in a few milliseconds. */
  begin(): Promise<void>;
  /** Time passes, or goes back: every stored time moves by it. Nobody says or does anything meanwhile. */
  pass(seconds: number): Promise<void>;
  look(): Promise<State>;
}

/** One item, as the table has it. Times in milliseconds since 1970 by the database's clock. */
export interface ItemState {
  readonly key: string;
  readonly attempt: number;
  readonly state: 'leased' | 'waiting' | 'done' | 'parked';
  readonly run: string | null;
  readonly since: number;
  readonly until: number | null;
  readonly span: number | null;
  readonly revision: string | null;
  readonly failures: number;
  readonly lost: number;
  readonly deferrals: number;
  readonly code: string | null;
  readonly answered: boolean;
  readonly reserved: number;
  readonly reservedOn: string | null;
}

export interface LogState {
  readonly key: string;
  readonly attempt: number;
  readonly run: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly cost: number;
}

export interface PaperState {
  readonly key: string;
  readonly status: string;
  readonly ruled: boolean;
  readonly attached: boolean;
  readonly revision: string;
  readonly verdict: { readonly of: string; readonly attempt: number; readonly run: string } | null;
  readonly written: number;
}

export interface RunState {
  readonly id: string;
  readonly launcher: string | null;
  readonly touched: number;
  readonly closed: boolean;
  readonly step: number;
}

export interface GateState {
  readonly id: number;
  readonly cap: number;
  readonly allowed: number | null;
  readonly paused: boolean;
  readonly shut: boolean;
  readonly waits: boolean;
  readonly awakeSince: number | null;
  readonly spent: number;
  readonly spentOn: string | null;
}

export interface State {
  readonly now: number;
  readonly gate: GateState | null;
  readonly items: ReadonlyMap<string, ItemState>;
  /** By `attempt key`. */
  readonly log: ReadonlyMap<string, LogState>;
  readonly papers: ReadonlyMap<string, PaperState>;
  readonly runs: ReadonlyMap<string, RunState>;
  readonly hours: Readonly<Record<'succeeded' | 'failed' | 'deferred' | 'lost' | 'cost', number>>;
}

/** A database of its own for the model, with the mutations in place. */
export async function createWorld(scope: Scope, mutations: readonly Mutation[] = []): Promise<World> {
  const open: { pool?: pg.Pool } = {};
  scope.after(async () => await open.pool?.end());
  const { url } = await testDatabase(scope);
  await build(url, mutations);
  const pool = poolOn(url, 1, 20_000);
  open.pool = pool;
  const said = await inTypeScript(mutations);
  const rows = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query(text, values)).rows as Row[];
  return {
    database: {
      query: async (text, values) => {
        const changed = said.reduce((sql, one) => sql.replace(placeOf(one), () => one.put), text);
        return (await pool.query(changed, values)) as { rows: unknown[] };
      },
    },
    rows,
    begin: async () => {
      // Deleted and not truncated: a truncated table makes every plan anew.
      await pool.query(`delete from tidegate.items; delete from tidegate.attempts; delete from tidegate.hours;
        delete from tidegate.runs; delete from tidegate.gates; delete from public.papers;
        insert into public.papers (id) select generate_series(1, ${PAPERS})`);
    },
    pass: async (seconds) => void (await pool.query(PASS.replaceAll(':by', `interval '${seconds} s'`))),
    look: async () => stateOf((await pool.query({ name: 'look', text: LOOK, values: [GATE] })).rows[0]?.state),
  };
}

/** Applies the engine's migrations with the mutations in them. Throws where one does not fit exactly once. */
async function build(url: string, mutations: readonly Mutation[]): Promise<void> {
  const folder = migrationsFolder();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql') && name <= `${SCHEMA}.sql`).sort();
  const files = await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')));
  for (const mutation of mutations.filter(({ place }) => !place.endsWith('.ts'))) plant(files, mutation);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of files) await client.query(sql);
    await client.query(TABLE);
  } finally {
    await client.end();
  }
}

/** Plants a fault into the newest version of its function. */
function plant(files: string[], mutation: Mutation): void {
  const begins = new RegExp(`create (or replace )?function tidegate\\.${mutation.place}_\\d+\\(`);
  const nth = files.findLastIndex((sql) => begins.test(sql));
  const sql = files[nth] ?? '';
  const from = sql.search(begins);
  const to = sql.indexOf('\nend $$;', from);
  if (from < 0 || to < 0) throw new Error(`no migration makes a function tidegate.${mutation.place}_…`);
  files[nth] = sql.slice(0, from) + replacedOnce(sql.slice(from, to), mutation) + sql.slice(to);
}

/** What is planted into the SQL that stands in TypeScript, put into it on its way to the database. */
async function inTypeScript(mutations: readonly Mutation[]): Promise<readonly Mutation[]> {
  const said = mutations.filter(({ place }) => place.endsWith('.ts'));
  for (const mutation of said)
    replacedOnce(await readFile(join(migrationsFolder(), '../src', mutation.place), 'utf8'), mutation);
  return said;
}

/** The text with one mutation in it, however it is broken into lines; throws unless its place is found exactly once. */
function replacedOnce(text: string, mutation: Mutation): string {
  const times = text.match(placeOf(mutation))?.length ?? 0;
  if (times !== 1)
    throw new Error(
      `what is planted in ${mutation.place} has to fit exactly once, and fits ${times} times: ${mutation.find}`,
    );
  return text.replace(placeOf(mutation), () => mutation.put);
}

function placeOf({ find }: Mutation): RegExp {
  return new RegExp(
    find
      .trim()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\s+/g, '\\s+'),
    'g',
  );
}

const PASS = `
update tidegate.gates set governed_at = governed_at - :by, paused_at = paused_at - :by, shut_at = shut_at - :by,
  probe_at = probe_at - :by, wait_until = wait_until - :by, done_at = done_at - :by, awake_since = awake_since - :by,
  awake_at = awake_at - :by, tokens_at = tokens_at - :by, trimmed_at = trimmed_at - :by;
update tidegate.runs set opened_at = opened_at - :by, touched_at = touched_at - :by, closed_at = closed_at - :by;
update tidegate.items set since_at = since_at - :by, until = until - :by, failed_at = failed_at - :by;
update tidegate.attempts set started_at = started_at - :by, ended_at = ended_at - :by`;

const LOOK = `
select jsonb_build_object(
  'now', extract(epoch from clock_timestamp()) * 1000,
  'gate', (select jsonb_build_object('id', g.id, 'cap', g.cap, 'allowed', g.allowed, 'paused', g.paused_at is not null,
      'shut', g.shut_at is not null, 'awakeSince', extract(epoch from g.awake_since) * 1000, 'spent', g.spent_micros,
      'waits', coalesce(g.wait_until > clock_timestamp() and g.wait_until <= clock_timestamp() + g.wait_ms * interval '1 ms',
        false), 'spentOn', g.spent_on) from tidegate.gates g where g.name = $1),
  'items', (select coalesce(jsonb_agg(jsonb_build_object('key', i.key, 'attempt', i.attempt, 'state', i.state, 'run', i.run,
      'since', extract(epoch from i.since_at) * 1000, 'until', extract(epoch from i.until) * 1000, 'span', i.span_ms,
      'revision', i.revision, 'failures', i.failures, 'lost', i.lost, 'deferrals', i.deferrals, 'code', i.code,
      'answered', i.answer is not null, 'reserved', i.reserved_micros, 'reservedOn', i.reserved_on)), '[]')
    from tidegate.items i),
  'log', (select coalesce(jsonb_agg(jsonb_build_object('key', a.key, 'attempt', a.attempt, 'run', a.run, 'outcome', a.outcome,
      'code', a.summary#>>'{error,code}', 'cost', a.cost_micros)), '[]') from tidegate.attempts a),
  'papers', (select coalesce(jsonb_agg(jsonb_build_object('key', p.id::text, 'status', p.status, 'ruled', p.ruled,
      'attached', p.attached, 'revision', p.revision::text, 'verdict', p.verdict, 'written', p.written)), '[]')
    from public.papers p),
  'runs', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'launcher', r.launcher, 'step', r.step,
      'touched', extract(epoch from r.touched_at) * 1000, 'closed', r.closed_at is not null)), '[]') from tidegate.runs r),
  'hours', (select jsonb_build_object('succeeded', coalesce(sum(h.succeeded), 0), 'failed', coalesce(sum(h.failed), 0),
      'deferred', coalesce(sum(h.deferred), 0), 'lost', coalesce(sum(h.lost), 0), 'cost', coalesce(sum(h.cost_micros), 0))
    from tidegate.hours h)) as state`;

interface Raw extends Pick<State, 'now' | 'gate' | 'hours'> {
  readonly items: readonly ItemState[];
  readonly log: readonly LogState[];
  readonly papers: readonly PaperState[];
  readonly runs: readonly RunState[];
}

function stateOf(raw: Raw | undefined): State {
  if (raw === undefined) throw new Error('a look has exactly one row');
  return {
    ...raw,
    items: new Map(raw.items.map((item) => [item.key, item])),
    log: new Map(raw.log.map((row) => [`${row.attempt} ${row.key}`, row])),
    papers: new Map(raw.papers.map((paper) => [paper.key, paper])),
    runs: new Map(raw.runs.map((run) => [run.id, run])),
  };
}
