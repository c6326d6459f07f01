-- Retention by runs: their ids and their attempts are indexed, and an index over the times of attempts was written at every
-- settle and read by nobody else.
drop index tidegate.attempts_by_time;

-- Trims one gate, at most once an hour unless there was more than one step could take: runs older than p_keep and their
-- attempts (a run goes when its last attempt has gone), and done or parked items of that age whose row has left the source,
-- p_rows of each. Attempt numbers never restart: what goes raises the gate's floor, under the gate's lock, so that no lease
-- can come between. Returns { attempts, runs, items } or null when it is not due.
create function tidegate.trim_2(p_gate int, p_source jsonb, p_keep interval, p_rows int)
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
      select o.ctid
      from (
        select r.id from tidegate.runs r
          where r.gate = p_gate and r.opened_at < v_now - p_keep and r.touched_at < v_now - p_keep
          order by r.opened_at, r.id limit p_rows) r
      cross join lateral (select a.ctid from tidegate.attempts a where a.run = r.id limit p_rows) o
      limit p_rows));
  get diagnostics v_attempts = row_count;
  delete from tidegate.runs r
    where r.id = any (array(
      select o.id from tidegate.runs o
        where o.gate = p_gate and o.opened_at < v_now - p_keep and o.touched_at < v_now - p_keep
          and not exists (select from tidegate.attempts a where a.run = o.id)
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

revoke all on function tidegate.trim_2(int, jsonb, interval, int) from public;

-- Whoever was allowed the first step is allowed the third.
do $$
declare
  v_grantee text;
  v_function regprocedure;
begin
  for v_grantee, v_function in
    select quote_ident(r.rolname), f.oid::regprocedure
    from pg_catalog.pg_proc s
    cross join lateral aclexplode(s.proacl) a
    join pg_catalog.pg_roles r on r.oid = a.grantee
    cross join pg_catalog.pg_proc f
    where s.pronamespace = 'tidegate'::regnamespace and s.proname = 'step_1' and a.privilege_type = 'EXECUTE'
      and f.pronamespace = 'tidegate'::regnamespace
      and f.proname in ('prepare_3', 'apply_3', 'settle_3', 'settle_done_3', 'settle_alone_3', 'settle_each_3', 'with_buckets_3',
        'count_3', 'lease_3', 'step_3', 'trim_2')
  loop
    execute format('grant execute on function %s to %s', v_function, v_grantee);
  end loop;
end $$;

insert into tidegate.migrations (name) values ('20261126000008_trim_2') on conflict do nothing;
