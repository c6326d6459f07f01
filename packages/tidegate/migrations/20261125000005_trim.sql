-- Retention, in bounded steps: what is long over and explains nothing any more is deleted; `hours` keeps the figures.

-- Trims one gate, at most once an hour unless there was more than one step could take: attempts and runs older than
-- p_keep, and done or parked items of that age whose row has left the source, p_rows of each. Attempt numbers never
-- restart: what goes raises the gate's floor, under the gate's lock, so that no lease can come between. Returns
-- { attempts, runs, items } or null when it is not due.
create function tidegate.trim_1(p_gate int, p_source jsonb, p_keep interval, p_rows int)
returns jsonb language plpgsql security invoker volatile as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_gate tidegate.gates;
  v_keys text[];
  v_last text;
  v_scanned int;
  v_gone text[] := '{}';
  v_floor int;
  v_items int := 0;
  v_attempts int;
  v_runs int;
begin
  perform set_config('lock_timeout', '200ms', true);
  select g.* into v_gate
    from tidegate.gates g
    where g.id = p_gate
      and (g.trimmed_at is null or g.trimmed_at < v_now - interval '1 hour' or g.trimmed_at > v_now)
    for no key update skip locked;
  if v_gate.id is null then
    return null;
  end if;

  select count(*), max(i.key), array_agg(i.key) filter (where i.state in ('done', 'parked') and i.since_at < v_now - p_keep)
    into v_scanned, v_last, v_keys
    from (
      select i.key, i.state, i.since_at from tidegate.items i
        where i.gate = p_gate and i.key > coalesce(v_gate.trimmed_key, '')
        order by i.key limit p_rows) i;
  if v_keys is not null then
    execute format(
      $gone$
        select coalesce(array_agg(k.key), '{}') from unnest($1) k (key)
        left join lateral (select 1 as stands from tidegate.%1$I s where s.key = k.key::%2$s limit 1) s on true
        where s.stands is null
      $gone$, p_source->>'view', (p_source->>'keyType')::regtype)
      into v_gone using v_keys;
    with deleted as (
      delete from tidegate.items i
      where i.gate = p_gate and i.key = any (v_gone) and i.state in ('done', 'parked')
      returning i.attempt
    )
    select count(*), max(d.attempt) into v_items, v_floor from deleted d;
  end if;

  delete from tidegate.attempts a
    where a.ctid = any (array(
      select o.ctid from tidegate.attempts o where o.gate = p_gate and o.ended_at < v_now - p_keep limit p_rows));
  get diagnostics v_attempts = row_count;
  delete from tidegate.runs r
    where r.id = any (array(
      select o.id from tidegate.runs o
        where o.opened_at < v_now - p_keep and o.gate = p_gate and o.touched_at < v_now - p_keep
        order by o.opened_at, o.id limit p_rows));
  get diagnostics v_runs = row_count;

  update tidegate.gates set
    -- A full step means there is more: the next tick goes on.
    trimmed_at = case when greatest(v_attempts, v_runs) < p_rows then v_now else trimmed_at end,
    trimmed_key = case when v_scanned = p_rows then v_last end,
    attempt_floor = greatest(attempt_floor, coalesce(v_floor, 0))
    where id = p_gate;
  return jsonb_build_object('attempts', v_attempts, 'runs', v_runs, 'items', v_items);
end $$;

revoke all on function tidegate.trim_1(int, jsonb, interval, int) from public;

insert into tidegate.migrations (name) values ('20261125000005_trim') on conflict do nothing;
