// Time for tests that must not wait for it: the stored times are moved instead, which is what a clock that jumps does too.
import type { Scene } from './builders.ts';

/** As if `seconds` had gone by (or, negative, as if the database's clock had been set back), nobody doing anything. */
export async function pass(at: Pick<Scene, 'rows'>, seconds: number): Promise<void> {
  const columns = await at.rows<{ name: string; sets: string }>(`
    select table_name as name, string_agg(format('%1$I = %1$I - $1 * interval ''1 s''', column_name), ', ') as sets
    from information_schema.columns
    where table_schema = 'tidegate' and data_type = 'timestamp with time zone'
      and table_name in ('gates', 'runs', 'items', 'attempts')
    group by table_name
    order by table_name`);
  for (const { name, sets } of columns) await at.rows(`update tidegate.${name} set ${sets}`, [seconds]);
}

/** As if every open run had been silent for `seconds`, the gate being awake all along. */
export async function silentFor(at: Pick<Scene, 'rows'>, seconds: number): Promise<void> {
  await at.rows(`update tidegate.runs set touched_at = touched_at - $1 * interval '1 s' where closed_at is null`, [
    seconds,
  ]);
  await at.rows(`update tidegate.gates set awake_since = awake_since - $1 * interval '1 s'`, [seconds]);
}
