/**
 * Why a record is, or is not, being processed now: the rules in the order in which the gate applies them.
 */
import { ask } from './database.ts';
import { quoted, type Source, sourceOf, spelled, viewOf } from './source.ts';
import type { Database, Explanation, Rule } from './types.ts';

interface GateRow {
  id: number;
  /** Null before the gate's first opening. */
  cap: number | null;
  live: number;
  paused: boolean;
  paused_reason: string | null;
  shut: boolean;
  shut_reason: string | null;
  probe_in_s: number | null;
  wait_in_s: number | null;
  columns: Record<string, string> | null;
}

interface ItemRow {
  state: 'leased' | 'waiting' | 'done' | 'parked';
  attempt: number;
  in_s: number | null;
  code: string | null;
  reason: string | null;
  revision: string | null;
  lost: number;
}

interface SourceRow {
  skip: string | null;
  revision: string | null;
}

/** Explains one key; null when neither the source nor the gate knows it. */
export async function explain(database: Database, gate: string, spelling: string): Promise<Explanation | null> {
  const key = await spelled(database, gate, spelling);
  if (key === null) return null;
  const [found] = await ask<GateRow>(database, GATE, [gate, viewOf(gate)]);
  if (found === undefined || found.columns === null) return null;
  const source = sourceOf(viewOf(gate), found.columns);
  const [item] = await ask<ItemRow>(database, ITEM, [found.id, key]);
  const row = await sourceRow(database, source, key);
  if (row === undefined && item === undefined) return null;
  const rules = [...gateRules(found), ...rowRules(row, item), placesRule(found, item)];
  const holding = rules.find((rule) => rule.holds);
  return {
    eligible: holding === undefined,
    because: holding?.text ?? 'Nothing holds it back: the next tick with a free place takes it.',
    rules,
  };
}

/** The row as the source shows it; undefined when it is not in the source, or the key cannot be one of its keys. */
export async function sourceRow(database: Database, source: Source, key: string): Promise<SourceRow | undefined> {
  const revision = source.revision ? 's.revision' : 'null::text as revision';
  const text = `select s.skip, ${revision} from tidegate.${quoted(source.view)} s where s.key = $1::${source.keyType} limit 1`;
  try {
    const [row] = await ask<SourceRow>(database, text, [key]);
    return row;
  } catch (error) {
    // A key that cannot be cast to the view's type names no row.
    if (/^22/.test((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

const GATE = `
select coalesce(g.id, 0) as id, g.cap, g.paused_at is not null as paused, g.paused_reason, g.shut_at is not null as shut, g.shut_reason,
  extract(epoch from g.probe_at - clock_timestamp())::float8 as probe_in_s,
  case when g.wait_until > clock_timestamp() and g.wait_until <= clock_timestamp() + g.wait_ms * interval '1 ms'
    then extract(epoch from g.wait_until - clock_timestamp())::float8 end as wait_in_s,
  (select count(*)::int from tidegate.items i where i.gate = g.id and i.state = 'leased' and i.until is not null) as live,
  (select jsonb_object_agg(a.attname, format_type(a.atttypid, null)) from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass(format('tidegate.%I', $2::text)) and a.attnum > 0 and not a.attisdropped) as columns
from (values (1)) one (row)
left join tidegate.gates g on g.name = $1`;

const ITEM = `
select i.state, i.attempt, i.code, i.reason, i.revision, i.lost,
  case when i.until <= clock_timestamp() + i.span_ms * interval '1 ms'
    then extract(epoch from i.until - clock_timestamp())::float8 end as in_s
from tidegate.items i
where i.gate = $1 and i.key = $2`;

function gateRules(gate: GateRow): readonly Rule[] {
  const probe =
    gate.probe_in_s === null || gate.probe_in_s <= 0
      ? 'the next tick probes'
      : `a probe is due in ${seconds(gate.probe_in_s)}`;
  return [
    rule(
      'paused',
      gate.paused,
      `The gate is paused${gate.paused_reason === null ? '' : `: ${plain(gate.paused_reason)}`}.`,
      'The gate is not paused.',
      { reason: gate.paused_reason },
    ),
    rule('shut', gate.shut, `The gate is shut (${plain(gate.shut_reason)}); ${probe}.`, 'The gate is not shut.', {
      reason: gate.shut_reason,
      probeInS: gate.probe_in_s,
    }),
    rule(
      'retry_after',
      gate.wait_in_s !== null,
      `The provider asked to wait another ${seconds(gate.wait_in_s ?? 0)}.`,
      'No provider asked to wait.',
      { waitS: gate.wait_in_s },
    ),
  ];
}

function rowRules(row: SourceRow | undefined, item: ItemRow | undefined): readonly Rule[] {
  const rules = [
    rule(
      'source',
      row === undefined,
      'It does not stand in the source: there is nothing to do.',
      'It stands in the source.',
    ),
    rule('skip', row?.skip != null, `It must not run now: ${plain(row?.skip)}.`, 'No skip reason.', {
      reason: row?.skip ?? null,
    }),
  ];
  if (item === undefined) return [...rules, rule('item', false, '', 'It was never attempted.')];
  const edited = row?.revision != null && item.revision !== null && row.revision !== item.revision;
  const inS = item.in_s ?? 0;
  return [
    ...rules,
    rule(
      'leased',
      item.state === 'leased' && inS > 0,
      `It is being verified now (attempt ${item.attempt}).`,
      'Nobody is verifying it now.',
      { attempt: item.attempt },
    ),
    rule(
      'backoff',
      item.state === 'waiting' && inS > 0,
      `It waits another ${seconds(inS)} after attempt ${item.attempt}: ${plain(item.reason ?? item.code)}.`,
      'It is not in backoff.',
      { waitS: inS, attempt: item.attempt, reason: item.reason ?? item.code },
    ),
    rule(
      'parked',
      item.state === 'parked' && !edited,
      `It is parked after attempt ${item.attempt}: ${plain(item.reason)}.`,
      item.state === 'parked' ? 'It was parked, and has changed since.' : 'It is not parked.',
      item.state === 'parked' ? { attempt: item.attempt, code: item.code, reason: item.reason } : {},
    ),
    rule(
      'suspect',
      false,
      '',
      item.lost > 0 ? `Its last ${item.lost} attempts were lost: it runs with few others.` : 'No attempt was lost.',
      { lost: item.lost },
    ),
  ];
}

function placesRule({ live, cap }: GateRow, item: ItemRow | undefined): Rule {
  const taken = cap !== null && live >= cap && item?.state !== 'leased';
  return rule(
    'places',
    taken,
    `All ${cap} places are taken.`,
    cap === null ? 'No place is taken.' : `${live} of ${cap} places are taken.`,
    { live, cap },
  );
}

function rule(name: string, holds: boolean, held: string, free: string, values: Rule['values'] = {}): Rule {
  return { rule: name, holds, text: holds ? held : free, ...(Object.keys(values).length === 0 ? {} : { values }) };
}

function seconds(s: number): string {
  return s < 90 ? `${Math.max(1, Math.ceil(s))} s` : `${Math.ceil(s / 60)} min`;
}

/** A reason inside a sentence: without a full stop of its own. */
function plain(reason: string | null | undefined): string {
  return (reason ?? 'no reason given').replace(/\.+$/, '');
}
