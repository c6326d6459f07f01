-- Settling in groups that one bad row does not spoil, and the hour's figures of what was settled.

-- Nearly always everything has ended well. Then three statements do: the items move and the log is written before apply
-- runs. Where anything else comes out this raises TG003, all of it is undone, and settle_3 takes the long way. `free`: all
-- were reached, and cost no money and no tokens.
create function tidegate.settle_done_3(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_plans text[],
  out settled jsonb, out free boolean
) language plpgsql security invoker volatile as $$
declare
  v_settled text;
  v_looked text;
  v_keys text[];
  v_applied record;
begin
  with held as materialized (
    select o.*, l.*
    from jsonb_to_recordset(p_outcomes) as o (key text, attempt int, status int, body jsonb, summary jsonb, blame text,
      reached boolean, "costMicros" bigint, tokens bigint, nth int)
    cross join lateral (
      select i.ctid as place, i.since_at as leased_at, i.revision, i.reserved_micros, i.reserved_on, i.reserved_tokens
      from tidegate.items i
      where i.gate = p_gate and i.key = o.key and i.attempt = o.attempt and i.state = 'leased' and i.run = p_run
      limit 1) l
    order by o.key
  ), moved as (
    -- By its place and by no condition that an index could serve, or the whole gate would be read and hashed. A row that has
    -- moved on meanwhile stands there no more.
    update tidegate.items i set state = 'done', run = null, since_at = clock_timestamp(), until = null, span_ms = null,
        failures = 0, lost = 0, deferrals = 0, code = null, reason = null, answer = null
      from held h
      where i.ctid = h.place and i.attempt = h.attempt and i.state = 'leased' and i.run = p_run
      returning h.*, i.since_at as ended_at
  ), logged as (
    insert into tidegate.attempts (gate, key, attempt, run, outcome, blame, status, summary, cost_micros, tokens, started_at,
        ended_at)
      select p_gate, m.key, m.attempt, p_run, 'done', m.blame, m.status, m.summary, coalesce(m."costMicros", 0),
        coalesce(m.tokens, 0), m.leased_at, m.ended_at
      from moved m
  )
  select jsonb_agg(jsonb_build_object('key', m.key, 'attempt', m.attempt, 'outcome', 'done', 'fresh', true, 'ok', true,
        'status', m.status, 'body', m.summary, 'error', null, 'blame', m.blame, 'leasedAt', m.leased_at,
        'tookMs', (extract(epoch from m.ended_at - m.leased_at) * 1000)::bigint, 'costMicros', coalesce(m."costMicros", 0),
        'tokens', coalesce(m.tokens, 0), 'reserved', m.reserved_micros, 'reservedOn', m.reserved_on,
        'reservedTokens', m.reserved_tokens, 'reached', m.reached, 'ended', true, 'applied', p_apply is not null,
        'applyFailed', false)),
      json_agg(json_build_object('key', m.key, 'attempt', m.attempt, 'status', m.status, 'body', m.body,
        'revision', m.revision)),
      json_agg(json_build_object('key', m.key, 'revision', m.revision)),
      coalesce(array_agg(m.key), '{}'),
      coalesce(bool_and(m.reached is true and m.blame is null
        and coalesce(m."costMicros", 0) + coalesce(m.tokens, 0) + m.reserved_micros + m.reserved_tokens = 0), false)
    into settled, v_settled, v_looked, v_keys, free
    from (select m.* from moved m order by m.nth) m;
  if cardinality(v_keys) = jsonb_array_length(p_outcomes) then
    if p_apply is null then
      return;
    end if;
    v_applied := tidegate.apply_3(p_source, p_apply, p_plans, v_settled, v_looked, v_keys);
    if cardinality(v_applied.standing) = 0 and v_applied.written @> v_keys then
      return;
    end if;
  end if;
  raise exception 'not all of these are done' using errcode = 'TG003';
end $$;

-- Settles one by one, each judged by its SQLSTATE. Waits 20 ms for a lock, and 2 s altogether: what is left comes back as
-- `again`. `broken`: what shows that apply itself cannot run. `apply_code`: the SQLSTATE of the last record that failed on
-- its own data.
create function tidegate.settle_alone_3(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int,
  p_plans text[], p_began timestamptz, out settled jsonb, out broken text, out apply_code text
) language plpgsql security invoker volatile as $$
declare
  v_one jsonb;
  v_state text;
  v_message text;
  v_context text;
  v_fault text;
  v_denied int := 0;
  v_set text;
begin
  settled := '[]';
  select (g.apply_streak > 0 and g.apply_code = '42501')::int into v_denied from tidegate.gates g where g.id = p_gate;
  for v_one in select o.value from jsonb_array_elements(p_outcomes) o order by o.value->>'key' loop
    begin
      if clock_timestamp() > p_began + interval '2 s' then
        raise exception 'the step has waited for locks long enough' using errcode = '55P03';
      end if;
      v_set := set_config('lock_timeout', '20ms', true);
      settled := settled || tidegate.settle_3(p_gate, p_run, jsonb_build_array(v_one), p_source, p_apply,
        p_attempts_max, p_deferrals_max, p_plans);
    exception when assert_failure or others then
      get stacked diagnostics v_state = returned_sqlstate, v_message = message_text,
        v_context = pg_exception_context;
      v_fault := tidegate.apply_fault_1(v_state);
      -- Where the second look raised, the view is wrong and no record is: as broken as an apply that cannot run.
      if v_fault <> 'transient' and strpos(v_context, '/* the source once more */') > 0 then
        v_fault := 'broken';
        v_message := 'the source raised after apply: ' || v_message;
      end if;
      -- Where no apply ran it is our own fault, and no record's.
      if v_fault <> 'transient' and v_one->>'outcome' <> 'done' then
        raise;
      end if;
      if v_fault = 'denied' then
        v_denied := v_denied + 1;
        v_fault := case when v_denied > 1 then 'broken' else 'data' end;
      end if;
      if v_fault = 'transient' then
        settled := settled || jsonb_build_array(jsonb_build_object('key', v_one->>'key',
          'attempt', (v_one->>'attempt')::int, 'outcome', 'again', 'fresh', false, 'error', v_message));
      else
        if v_fault = 'broken' then
          broken := v_message;
        end if;
        begin
          settled := settled || tidegate.settle_3(p_gate, p_run, jsonb_build_array(v_one || jsonb_build_object(
            'outcome', case when v_fault = 'broken' then 'kept' else 'apply_failed' end,
            'code', case when v_fault = 'broken' then 'apply_broken' else 'apply_failed' end,
            'blame', case when v_fault = 'broken' then 'gate' else 'row' end,
            'error', v_message, 'sqlstate', v_state)), p_source, p_apply, p_attempts_max, p_deferrals_max, p_plans);
          if v_fault = 'data' then
            apply_code := v_state;
          end if;
        exception when lock_not_available then
          settled := settled || jsonb_build_array(jsonb_build_object('key', v_one->>'key',
            'attempt', (v_one->>'attempt')::int, 'outcome', 'again', 'fresh', false, 'error', v_message));
        end;
      end if;
    end;
  end loop;
  -- They were settled in the order of their keys; a streak is told by the order in which they came.
  select jsonb_agg(s.value order by (o.value->>'nth')::int)
    into settled
    from jsonb_array_elements(settled) s
    join jsonb_array_elements(p_outcomes) o
      on o.value->>'key' = s.value->>'key' and o.value->>'attempt' = s.value->>'attempt';
end $$;

-- Settles a group; where that fails, one by one. Waits 200 ms for a lock as a group, or less where as many locks as outcomes
-- could add up to more than 2 s. `free`: nothing was settled but successes that cost nothing; `broken` and `apply_code` as
-- from settle_alone_3.
create function tidegate.settle_each_3(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int,
  p_plans text[], out settled jsonb, out free boolean, out broken text, out apply_code text
) language plpgsql security invoker volatile as $$
declare
  v_began constant timestamptz := clock_timestamp();
  v_all_done boolean := not jsonb_path_exists(p_outcomes, '$[*].outcome ? (@ <> "done")');
  v_done record;
  v_set text;
begin
  free := false;
  v_set := set_config('lock_timeout', least(200, 2000 / jsonb_array_length(p_outcomes)) || 'ms', true);
  loop
    begin
      if v_all_done then
        v_done := tidegate.settle_done_3(p_gate, p_run, p_outcomes, p_source, p_apply, p_plans);
        settled := v_done.settled;
        free := v_done.free;
      else
        settled := tidegate.settle_3(p_gate, p_run, p_outcomes, p_source, p_apply, p_attempts_max, p_deferrals_max,
          p_plans);
      end if;
      return;
    exception
      when sqlstate 'TG003' then
        v_all_done := false;
      -- A failed assertion in somebody's trigger is not among the others. A cancelled statement is let through: its time is
      -- over, and the run sends the same outcomes again one by one.
      when assert_failure or others then
        v_done := tidegate.settle_alone_3(p_gate, p_run, p_outcomes, p_source, p_apply, p_attempts_max, p_deferrals_max,
          p_plans, v_began);
        settled := v_done.settled;
        broken := v_done.broken;
        apply_code := v_done.apply_code;
        return;
    end;
  end loop;
end $$;

-- One more in each of these buckets.
create function tidegate.with_buckets_3(p_took int[], p_buckets int[]) returns int[] language plpgsql immutable as $$
declare
  v_took int[] := p_took;
  v_bucket int;
begin
  foreach v_bucket in array p_buckets loop
    v_took[v_bucket] := v_took[v_bucket] + 1;
  end loop;
  return v_took;
end $$;

-- Adds one step's settled attempts to their hour; returns how many. Always after the gate's lock or without it, never
-- between.
create function tidegate.count_3(p_gate int, p_settled jsonb, p_lost int)
returns int language plpgsql security invoker volatile as $$
declare
  v_at constant timestamptz := date_trunc('hour', clock_timestamp(), 'UTC');
  v_sum record;
begin
  select count(*) as n, count(*) filter (where s.outcome = 'done') as succeeded,
      count(*) filter (where s.outcome not in ('done', 'deferred')) as failed,
      count(*) filter (where s.outcome = 'deferred') as deferred,
      count(*) filter (where s.outcome = 'done' and s.body->>'verdict' = 'verified') as verified,
      count(*) filter (where s.outcome = 'done' and s.body->>'verdict' = 'rejected') as rejected,
      count(*) filter (where s.outcome = 'done' and s.body->>'verdict' = 'needs_review') as needs_review,
      coalesce(sum(s."costMicros"), 0)::bigint as cost_micros,
      coalesce(array_agg((1 + least(37, greatest(0,
        ceil(2 * ln(greatest(s."tookMs", 1) / 10.0::float8) / ln(2::float8) - 1e-9))))::int)
        filter (where s.outcome <> 'deferred'), '{}') as buckets
    into v_sum
    from jsonb_to_recordset(p_settled) as s (fresh boolean, outcome text, body jsonb, "costMicros" bigint, "tookMs" bigint)
    where s.fresh and s.outcome <> 'returned';
  if v_sum.n = 0 and p_lost = 0 then
    return 0;
  end if;
  for v_try in 1..2 loop
    update tidegate.hours h set succeeded = h.succeeded + v_sum.succeeded, failed = h.failed + v_sum.failed,
        deferred = h.deferred + v_sum.deferred, lost = h.lost + p_lost, verified = h.verified + v_sum.verified,
        rejected = h.rejected + v_sum.rejected, needs_review = h.needs_review + v_sum.needs_review,
        cost_micros = h.cost_micros + v_sum.cost_micros, took = tidegate.with_buckets_3(h.took, v_sum.buckets)
      where h.gate = p_gate and h.at = v_at;
    exit when found;
    insert into tidegate.hours (gate, at) values (p_gate, v_at) on conflict do nothing;
  end loop;
  return v_sum.n;
end $$;

revoke all on function tidegate.settle_done_3(int, uuid, jsonb, jsonb, text, text[]) from public;
revoke all on function tidegate.settle_alone_3(int, uuid, jsonb, jsonb, text, int, int, text[], timestamptz) from public;
revoke all on function tidegate.settle_each_3(int, uuid, jsonb, jsonb, text, int, int, text[]) from public;
revoke all on function tidegate.with_buckets_3(int[], int[]) from public;
revoke all on function tidegate.count_3(int, jsonb, int) from public;

insert into tidegate.migrations (name) values ('20261126000005_settle_each_3') on conflict do nothing;
