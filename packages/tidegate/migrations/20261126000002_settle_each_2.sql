-- Settling in groups that one bad row does not spoil, and the hour's figures of what was settled.

-- Settles a group; where that fails, one by one, each judged by its SQLSTATE. Waits 200 ms for a lock as a group, or less
-- where as many locks as outcomes could add up to more than 2 s; 20 ms alone, 2 s altogether: what is left comes back as
-- `again`. `broken`: what shows that apply itself cannot run. `apply_code`: the SQLSTATE of the last record that failed on
-- its own data.
create function tidegate.settle_each_2(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int,
  out settled jsonb, out broken text, out apply_code text
) language plpgsql security invoker volatile as $$
declare
  v_began constant timestamptz := clock_timestamp();
  v_one jsonb;
  v_state text;
  v_message text;
  v_context text;
  v_fault text;
  v_denied int := 0;
  v_set text;
begin
  settled := '[]';
  begin
    v_set := set_config('lock_timeout', least(200, 2000 / jsonb_array_length(p_outcomes)) || 'ms', true);
    settled := tidegate.settle_2(p_gate, p_run, p_outcomes, p_source, p_apply, p_attempts_max, p_deferrals_max);
  -- A failed assertion in somebody's trigger is not among the others. A cancelled statement is let through: its time is
  -- over, and the run sends the same outcomes again one by one.
  exception when assert_failure or others then
    select (g.apply_streak > 0 and g.apply_code = '42501')::int into v_denied from tidegate.gates g where g.id = p_gate;
    for v_one in select o.value from jsonb_array_elements(p_outcomes) o order by o.value->>'key' loop
      begin
        if clock_timestamp() > v_began + interval '2 s' then
          raise exception 'the step has waited for locks long enough' using errcode = '55P03';
        end if;
        v_set := set_config('lock_timeout', '20ms', true);
        settled := settled || tidegate.settle_2(p_gate, p_run, jsonb_build_array(v_one), p_source, p_apply,
          p_attempts_max, p_deferrals_max);
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
            settled := settled || tidegate.settle_2(p_gate, p_run, jsonb_build_array(v_one || jsonb_build_object(
              'outcome', case when v_fault = 'broken' then 'kept' else 'apply_failed' end,
              'code', case when v_fault = 'broken' then 'apply_broken' else 'apply_failed' end,
              'blame', case when v_fault = 'broken' then 'gate' else 'row' end,
              'error', v_message, 'sqlstate', v_state)), p_source, p_apply, p_attempts_max, p_deferrals_max);
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
  end;
end $$;

-- Adds one step's settled attempts to their hour. Always after the gate's lock or without it, never between.
create function tidegate.count_2(p_gate int, p_settled jsonb, p_lost int)
returns void language plpgsql security invoker volatile as $$
declare
  v_at constant timestamptz := date_trunc('hour', clock_timestamp(), 'UTC');
  v_one record;
  v_counted boolean := p_lost > 0;
  v_succeeded int := 0;
  v_failed int := 0;
  v_deferred int := 0;
  v_verified int := 0;
  v_rejected int := 0;
  v_needs_review int := 0;
  v_cost_micros bigint := 0;
  v_took int[];
  v_buckets int[] := '{}';
  v_bucket int;
begin
  for v_one in
    select s.outcome, s.body->>'verdict' as verdict, s."costMicros" as cost, s."tookMs" as took
    from jsonb_to_recordset(p_settled) as s (fresh boolean, outcome text, body jsonb, "costMicros" bigint, "tookMs" bigint)
    where s.fresh and s.outcome <> 'returned'
  loop
    v_counted := true;
    v_cost_micros := v_cost_micros + coalesce(v_one.cost, 0);
    if v_one.outcome = 'deferred' then
      v_deferred := v_deferred + 1;
      continue;
    end if;
    -- In doubles: the logarithm of a numeric costs more than the rest of this function.
    v_buckets := v_buckets
      || (1 + least(37, greatest(0, ceil(2 * ln(greatest(v_one.took, 1) / 10.0::float8) / ln(2::float8) - 1e-9))))::int;
    if v_one.outcome <> 'done' then
      v_failed := v_failed + 1;
      continue;
    end if;
    v_succeeded := v_succeeded + 1;
    case v_one.verdict
      when 'verified' then v_verified := v_verified + 1;
      when 'rejected' then v_rejected := v_rejected + 1;
      when 'needs_review' then v_needs_review := v_needs_review + 1;
      else null;
    end case;
  end loop;
  if not v_counted then
    return;
  end if;
  select h.took into v_took from tidegate.hours h where h.gate = p_gate and h.at = v_at for no key update;
  if not found then
    insert into tidegate.hours (gate, at) values (p_gate, v_at) on conflict do nothing;
    select h.took into v_took from tidegate.hours h where h.gate = p_gate and h.at = v_at for no key update;
  end if;
  foreach v_bucket in array v_buckets loop
    v_took[v_bucket] := v_took[v_bucket] + 1;
  end loop;
  update tidegate.hours h set succeeded = h.succeeded + v_succeeded, failed = h.failed + v_failed,
      deferred = h.deferred + v_deferred, lost = h.lost + p_lost, verified = h.verified + v_verified,
      rejected = h.rejected + v_rejected, needs_review = h.needs_review + v_needs_review,
      cost_micros = h.cost_micros + v_cost_micros, took = v_took
    where h.gate = p_gate and h.at = v_at;
end $$;

revoke all on function tidegate.settle_each_2(int, uuid, jsonb, jsonb, text, int, int) from public;
revoke all on function tidegate.count_2(int, jsonb, int) from public;

insert into tidegate.migrations (name) values ('20261126000002_settle_each_2') on conflict do nothing;
