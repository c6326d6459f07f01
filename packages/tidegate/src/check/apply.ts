/**
 * Findings about a gate's `apply`: prepared, then tried on one real key inside a transaction that is rolled back. Commits
 * nothing; triggers of the tables run and are undone.
 */
import type pg from 'pg';
import { quoted } from '../source.ts';
import { error, type Finding, present, warning } from './finding.ts';
import { nodesOf, type PlanNode, quotedAsNeeded, type Shape, tableOf } from './plan.ts';
import { rolledBack, tried } from './session.ts';
import { type ApplySetting, type Fault, planApply, type Trial, tryOne } from './trial.ts';
import type { ViewFacts } from './view.ts';

/** All findings about apply. */
export async function applyFindings(client: pg.ClientBase, setting: ApplySetting): Promise<readonly Finding[]> {
  return await rolledBack(client, async () => {
    const prepared = await tried(client, () => planApply(client, setting));
    if ('code' in prepared) {
      return [noReturning(setting, prepared) ?? denied(setting, prepared) ?? invalid(prepared)];
    }
    const target = targetOf(prepared.value);
    const security = await securityOf(client, target);
    if (security.hidden) return [hidden(setting, target)];
    const trial = await tryOne(client, setting);
    if (trial === null) return [untried(setting.facts)];
    if ('code' in trial.first) return [raisedOn(trial.key, trial.first)];
    if (trial.first.value.length === 0) {
      return [security.active ? filtered(setting, trial, target) : wroteNothing(setting, trial, target)];
    }
    return present([
      unguarded(setting, trial, target),
      ignoresRevision(setting, trial, target),
      changesRevision(setting, trial),
      leftInSource(setting, trial),
    ]);
  });
}

/** The table that apply writes, by the alias it has there. */
interface Target {
  readonly table: string;
  readonly alias: string;
  readonly operation: string;
}

function targetOf(plan: PlanNode): Target | null {
  const node = nodesOf(plan).find((one) => one['Node Type'] === 'ModifyTable');
  const table = node === undefined ? null : tableOf(node);
  if (node === undefined || table === null) return null;
  return {
    table,
    alias: quotedAsNeeded(node.Alias ?? node['Relation Name'] ?? ''),
    operation: (node as { Operation?: string }).Operation ?? 'Update',
  };
}

function noReturning(setting: ApplySetting, { message }: Fault): Finding | null {
  if (!/RETURNING/.test(message)) return null;
  return error(
    'apply_returning',
    'apply does not end in returning the key: the gate could not know what it wrote.',
    `${setting.apply.trimEnd()}\nreturning s.key`,
  );
}

function denied({ apply, facts, shape }: ApplySetting, { code, message }: Fault): Finding | null {
  if (code !== '42501') return null;
  const named = /for table (\S+)/.exec(message)?.[1] ?? 'your_table';
  const key = shape.columns.key?.table ?? null;
  const table = key?.endsWith(`.${named}`) === true ? key : named;
  const verb = /^\s*(update|delete|insert|merge)\b/i.exec(apply)?.[1]?.toLowerCase() ?? 'update';
  const privileges = { insert: 'select, insert, update', merge: 'select, insert, update, delete' }[verb];
  return error(
    'apply_privilege',
    `${facts.role} may not do what apply does: ${message}.`,
    `grant ${privileges ?? `select, ${verb}`} on ${table} to ${quoted(facts.role)};`,
  );
}

function invalid({ code, message }: Fault): Finding {
  return error(
    'apply_invalid',
    `The database refuses apply (${code}): ${message}.`,
    '-- apply is one update, delete or upsert over "settled s (key, attempt, status, body, revision)" that ends in "returning s.key", not several and without a with of its own',
  );
}

/** Row security filters an update silently: the row is seen, and not written. */
async function securityOf(
  client: pg.ClientBase,
  target: Target | null,
): Promise<{ readonly active: boolean; readonly hidden: boolean }> {
  if (target === null) return { active: false, hidden: false };
  const letter = { Delete: 'd', Insert: 'a', Update: 'w' }[target.operation] ?? 'w';
  const { rows } = await client.query(
    `select row_security_active($1::regclass) as active, row_security_active($1::regclass) and not exists (
       select from pg_catalog.pg_policy p
       where p.polrelid = $1::regclass and p.polpermissive and p.polcmd in ('*', $2)
         and exists (select from unnest(p.polroles) r (oid) where r.oid = 0 or pg_has_role(current_user, r.oid, 'usage'))) as hidden`,
    [target.table, letter],
  );
  return rows[0] as { active: boolean; hidden: boolean };
}

function hidden({ facts }: ApplySetting, target: Target | null): Finding {
  const says = `Row security of ${target?.table} lets ${facts.role} ${verbOf(target)} no row: apply would write nothing, silently.`;
  return error('apply_hidden', says, writePolicy(facts, target));
}

/** There is a policy, and not for this row; or the conditions differ, which looks the same from here. */
function filtered({ facts }: ApplySetting, { key }: Trial, target: Target | null): Finding {
  const says = `apply writes nothing for ${key}, which stands in tidegate.${facts.view}: row security of ${target?.table} lets ${facts.role} ${verbOf(target)} a part of the rows only, or its conditions are not those of the view.`;
  return error('apply_hidden', says, writePolicy(facts, target));
}

function writePolicy({ role }: ViewFacts, target: Target | null): string {
  const verb = verbOf(target);
  const rule = { delete: 'using (true)', insert: 'with check (true)' }[verb] ?? 'using (true) with check (true)';
  return `create policy ${quoted(`${role} writes`)} on ${target?.table} for ${verb} to ${quoted(role)} ${rule};`;
}

function verbOf(target: Target | null): string {
  return target?.operation.toLowerCase() ?? 'update';
}

function untried({ view }: ViewFacts): Finding {
  return warning(
    'apply_untried',
    `apply was prepared but not tried: no record stands in tidegate.${view} without a skip.`,
    `select * from tidegate.${quoted(view)}; -- add one record, and check again`,
  );
}

function raisedOn(key: string, { code, message }: Fault): Finding {
  const denied = code === '42501';
  return (denied ? error : warning)(
    'apply_raises',
    `apply raised on ${key} (${code}): ${message}.`,
    denied
      ? '-- grant the role what the message names, also on tables that triggers write'
      : '-- it was tried with the last answer in the log, else {"verdict": "verified"}: where that is no answer of yours, run one tick and check again',
  );
}

function wroteNothing({ facts, shape, apply }: ApplySetting, { key }: Trial, target: Target | null): Finding {
  const filter = guardFor(shape, target);
  return error(
    'apply_wrote_nothing',
    `apply writes nothing for ${key}, which stands in tidegate.${facts.view}: its conditions are not those of the view.`,
    filter === null || target === null
      ? apply
      : `update ${target.table} ${target.alias} set …\nfrom settled s\nwhere ${target.alias}.${shape.columns.key?.column ?? 'id'} = s.key and ${filter}\nreturning s.key`,
  );
}

function unguarded(setting: ApplySetting, { second, key }: Trial, target: Target | null): Finding | null {
  if ('code' in second || second.value.length === 0) return null;
  const guard = guardFor(setting.shape, target) ?? `${target?.alias ?? 'a'}.status = 'pending'`;
  return error(
    'apply_unguarded',
    `apply writes ${key} a second time: it does not ask whether the record is still undecided, and would overwrite a person's decision.`,
    withCondition(setting.apply, guard),
  );
}

function ignoresRevision(
  { apply, shape }: ApplySetting,
  { otherRevision, key }: Trial,
  target: Target | null,
): Finding | null {
  if (otherRevision === null || 'code' in otherRevision || otherRevision.value.length === 0) return null;
  const { key: own, revision } = shape.columns;
  const expression =
    revision?.table == null || own === undefined
      ? `${target?.alias ?? 'a'}.revision::text`
      : realiased(revision.expression, revision.alias, target?.alias ?? revision.alias);
  return error(
    'apply_ignores_revision',
    `apply writes ${key} with a revision that is not the row's: an edit made meanwhile would get the old verdict.`,
    withCondition(apply, `${expression} = ${settledIn(apply)}.revision`),
  );
}

function changesRevision({ facts, shape }: ApplySetting, trial: Trial): Finding | null {
  if (trial.revisionBefore === trial.revisionAfter) return null;
  const { key, revision } = shape.columns;
  const table = key?.table ?? 'public.your_table';
  const raises = `${table.slice(0, table.indexOf('.'))}.raise_content_revision`;
  return error(
    'apply_changes_revision',
    `apply changes the revision of ${trial.key} (${revision?.expression ?? 'revision'}): it has to rise when people edit the row, and only then.`,
    `alter table ${table} add column content_revision bigint not null default 1;
create function ${raises}() returns trigger language plpgsql set search_path = '' as $$
begin
  new.content_revision := old.content_revision + 1;
  return new;
end $$;
create trigger content_revision before update of company, document on ${table} -- the columns that people edit
  for each row execute function ${raises}();
-- and in tidegate.${facts.view}: content_revision::text as revision`,
  );
}

function leftInSource({ facts, shape }: ApplySetting, { standing, key }: Trial): Finding | null {
  if (!standing) return null;
  const condition = shape.filter === null ? "where a.status = 'pending'" : `where ${shape.filter}`;
  return error(
    'left_in_source',
    `apply wrote ${key}, and it still stands in tidegate.${facts.view}: each record would be parked as left_in_source.`,
    `-- let apply write what the view asks for (${condition}), or let the view ask for what apply writes`,
  );
}

/** The view's own condition on the table that apply writes. */
function guardFor({ filter, columns: { key } }: Shape, target: Target | null): string | null {
  return filter === null || key === undefined || target === null ? null : realiased(filter, key.alias, target.alias);
}

function realiased(expression: string, from: string, to: string): string {
  return expression.replaceAll(`${from}.`, `${to}.`);
}

/** What apply calls the settled work. */
function settledIn(apply: string): string {
  const alias = /\bsettled\s+(?:as\s+)?([a-z_]\w*)/i.exec(apply)?.[1] ?? 'where';
  return /^(where|join|left|inner|cross|on|using|set|returning)$/i.test(alias) ? 'settled' : alias;
}

/** The statement with one condition more: before its last `returning`. */
function withCondition(apply: string, condition: string): string {
  const at = apply.toLowerCase().lastIndexOf('returning');
  const word = /\bwhere\b/i.test(apply) ? 'and' : 'where';
  return `${apply.slice(0, at)}${word} ${condition}\n  ${apply.slice(at)}`;
}
