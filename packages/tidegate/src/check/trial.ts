/**
 * A gate's `apply` run as the step would run it, on one real key and with answers made up for it. Runs inside a
 * transaction that the caller rolls back; says what happened, and judges nothing.
 */
import type pg from 'pg';
import { quoted } from '../source.ts';
import type { PlanNode, Shape } from './plan.ts';
import { tried } from './session.ts';
import type { ViewFacts } from './view.ts';

/** What the database raised. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

/** What one run of apply did: the keys it wrote, or what it raised. */
export type Ran = { readonly value: readonly string[] } | Fault;

/** What the trial saw on one real record. */
export interface Trial {
  readonly key: string;
  /** The written keys of a first run, of a second one over the same settled row, and of one with another revision. */
  readonly first: Ran;
  readonly second: Ran;
  readonly otherRevision: Ran | null;
  /** After the first run: still in the view without a skip, under the same revision. */
  readonly standing: boolean;
  readonly revisionBefore: string | null;
  readonly revisionAfter: string | null;
}

/** A gate's apply and what is known of its view. */
export interface ApplySetting {
  readonly apply: string;
  readonly facts: ViewFacts;
  readonly shape: Shape;
}

/** Tries apply on the oldest record that may run; null when there is none. Inside a transaction that is rolled back. */
export async function tryOne(client: pg.ClientBase, setting: ApplySetting): Promise<Trial | null> {
  const { facts, shape } = setting;
  const view = `tidegate.${quoted(facts.view)}`;
  const hasRevision = facts.columns.revision !== undefined;
  const revision = hasRevision ? 's.revision' : 'null::text';
  const { rows } = await client.query(
    `select s.key::text as key, ${revision} as revision from ${view} s where s.skip is null order by s.position, s.key limit 1`,
  );
  const row = rows[0] as { key: string; revision: string | null } | undefined;
  if (row === undefined) return null;
  const body = await lastAnswer(client, facts.view);
  const run = (withRevision: string | null): Promise<readonly string[]> =>
    runApply(client, setting, { key: row.key, body, revision: withRevision });
  const otherRevision = hasRevision ? await tried(client, () => run(anotherThan(row.revision))) : null;
  let after: { second: Ran; standing: boolean; revision: string | null } | undefined;
  const first = await tried(client, async () => {
    const written = await run(row.revision);
    const second = await tried(client, () => run(row.revision));
    const left = await client.query(
      `select from ${view} s where s.key = $1::${facts.columns.key} and s.skip is null and ${revision} is not distinct from $2`,
      [row.key, row.revision],
    );
    const now = await revisionOf(client, shape, row.key, facts);
    after = { second, standing: left.rows.length > 0, revision: now ?? row.revision };
    return written;
  });
  return {
    key: row.key,
    first,
    otherRevision,
    second: after?.second ?? { value: [] },
    standing: after?.standing ?? false,
    revisionBefore: row.revision,
    revisionAfter: after?.revision ?? row.revision,
  };
}

async function runApply(
  client: pg.ClientBase,
  setting: ApplySetting,
  one: { key: string; body: unknown; revision: string | null },
): Promise<readonly string[]> {
  const settled = JSON.stringify([{ ...one, attempt: 1, status: 200 }]);
  const { rows } = await client.query(composed(setting), [settled]);
  return (rows as { key: string }[]).map(({ key }) => key);
}

/** What the work answered last, as far as the log keeps it; else what most gates answer. */
async function lastAnswer(client: pg.ClientBase, view: string): Promise<unknown> {
  const found = await tried(client, () =>
    client.query(
      `select a.summary from tidegate.attempts a join tidegate.gates g on g.id = a.gate
       where replace(g.name, '-', '_') = $1 and a.outcome = 'done' order by a.ended_at desc limit 1`,
      [view],
    ),
  );
  const row = 'value' in found ? (found.value.rows[0] as { summary: unknown } | undefined) : undefined;
  return row?.summary ?? { verdict: 'verified' };
}

/** A revision that the row does not have, of the same shape: apply may cast it to a number. */
function anotherThan(revision: string | null): string {
  return revision !== null && /^\d{1,18}$/.test(revision) ? String(BigInt(revision) + 1n) : `${revision ?? ''}~`;
}

/** The revision read from the table itself: a row that has left the view has it too. Null when it cannot be told. */
async function revisionOf(
  client: pg.ClientBase,
  { columns: { key, revision } }: Shape,
  value: string,
  facts: ViewFacts,
): Promise<string | null> {
  if (key?.column == null || key.table === null || revision?.table !== key.table || revision.alias !== key.alias) {
    return null;
  }
  const found = await tried(client, () =>
    client.query(
      `select (${revision.expression})::text as revision from ${key.table} ${key.alias} where ${key.alias}.${key.column} = $1::${facts.columns.key}`,
      [value],
    ),
  );
  return 'value' in found ? ((found.value.rows[0] as { revision: string } | undefined)?.revision ?? null) : null;
}

function composed({ apply, facts }: ApplySetting): string {
  return `with settled as materialized (
  select m.key::${facts.columns.key} as key, m.attempt, m.status, m.body, m.revision
  from jsonb_to_recordset($1) as m (key text, attempt int, status int, body jsonb, revision text)
), applied as (
${apply}
)
select wrote.key::text as key from applied as wrote (key)`;
}

/** The plan of apply over no settled work: it is parsed and planned, and privileges are asked. */
export async function planApply(client: pg.ClientBase, setting: ApplySetting): Promise<PlanNode> {
  const { rows } = await client.query(`explain (verbose, costs off, format json) ${composed(setting)}`, ['[]']);
  return (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
}
