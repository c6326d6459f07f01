-- The third step: settle what has finished, bury what has died, lease what there is room for. One call, one round trip,
-- one transaction. Its order is the law: whatever waits for somebody else's lock comes before the gate's row is locked.
-- One look at the live leases tells how many there are, what must be buried and what the caller lost.

-- p_request: { cap, want, leaseMs, force, source { view, keyType, revision, payload }, outcomes, held ["attempt key"] (in
-- flight, and finished but not sent), unheard (settled, by steps without the gate's row), unheardFrom (the first of them),
-- keys [text], tried [text], attemptsMax, deferralsMax, shutStreak, probeMs, probeMaxMs, ratePerMinute, tokensPerMinute,
-- budgetMicros, reserveMicros, reserveTokens, retryAfterMs, strained, timeZone }.
-- Returns { late, locked, probing, stop, reason, retryMs, live, cap, settled, leases, gone }.
create function tidegate.step_3(p_gate int, p_run uuid, p_step int, p_request jsonb, p_apply text)
returns json language plpgsql security invoker volatile as $$
declare
  v_outcomes constant jsonb := coalesce(p_request->'outcomes', '[]');
  v_seqscan text;
  v_settled jsonb := '[]';
  v_apply_code text;
  v_lost int := 0;
  v_refunded bigint;
  v_refunded_tokens bigint;
  v_want constant int := (p_request->>'want')::int;
  v_reserve bigint;
  v_reserve_tokens bigint;
  v_budget constant bigint := (p_request->>'budgetMicros')::bigint;
  v_rate constant float8 := (p_request->>'ratePerMinute')::float8;
  v_token_rate constant float8 := (p_request->>'tokensPerMinute')::float8;
  v_broken text;
  v_gate tidegate.gates;
  v_was tidegate.gates;
  v_now timestamptz;
  v_heard_before boolean;
  v_calm boolean;
  v_late boolean := true;
  v_buried boolean := false;
  v_dying boolean;
  v_due boolean;
  v_kept int;
  v_probing boolean := false;
  v_stop text;
  v_reason text;
  v_retry_ms bigint;
  v_cap int;
  v_live int := 0;
  v_suspects int := 0;
  v_last_suspects int := 0;
  v_room int;
  v_leases json := '[]';
  v_leased int := 0;
  v_made record;
  v_gone jsonb := '[]';
  v_each record;
  v_free boolean := true;
  v_plans text[];
  v_set text;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the gate needs isolation read committed, this session has %', current_setting('transaction_isolation')
      using errcode = 'TG001',
        hint = format('alter role %I set default_transaction_isolation = ''read committed'';', current_user);
  end if;
  -- A plan that was frozen while a table was small must not scan it once it is large. The user's apply, and what its
  -- triggers do, is planned as its role plans.
  v_seqscan := current_setting('enable_seqscan');
  v_set := set_config('enable_seqscan', 'off', true);

  -- What is prepared on this connection and not a minute old is used as it is.
  v_plans := array[to_hex(hashtextextended(concat(p_request->>'source', p_apply), 0))];
  v_plans := v_plans || array(
    select p.name from pg_catalog.pg_prepared_statements p
      where split_part(p.name, '_', 3) = v_plans[1]
        and clock_timestamp() between p.prepare_time - interval '1 s' and p.prepare_time + interval '1 min');

  -- 1 settle, before any lock of the gate's. As a group; where that fails, one by one.
  if jsonb_array_length(v_outcomes) > 0 then
    v_each := tidegate.settle_each_3(p_gate, p_run, v_outcomes,
      p_request->'source' || jsonb_build_object('seqscan', v_seqscan), p_apply,
      (p_request->>'attemptsMax')::int, (p_request->>'deferralsMax')::int, v_plans);
    v_settled := v_each.settled;
    v_free := v_each.free;
    v_broken := v_each.broken;
    v_apply_code := v_each.apply_code;
  end if;

  -- 2 the gate. Not to be had within 200 ms: the settle stays, nothing is leased, and the run brings what it settled once
  -- more, for the breaker, the purse and the governor to hear.
  v_set := set_config('lock_timeout', '200ms', true);
  select g.* into v_gate from tidegate.gates g where g.id = p_gate for no key update skip locked;
  if not found then
    begin
      select g.* into v_gate from tidegate.gates g where g.id = p_gate for no key update;
    exception when lock_not_available then
      v_set := tidegate.count_3(p_gate, v_settled, 0);
      return json_build_object('late', false, 'locked', false, 'stop', null, 'settled', v_settled, 'leases', '[]'::json,
        'gone', '[]'::json, 'live', null, 'cap', null);
    end;
  end if;
  if v_gate.id is null then
    raise exception 'gate % cannot be seen by role %', p_gate, current_user using errcode = 'TG002',
      hint = 'row security hides tidegate.gates from this role: tidegate init --role adds the policies it needs';
  end if;
  v_was := v_gate;
  v_now := clock_timestamp();

  -- 3 the run: a step that is not above the last one, or after the close, came late. It has settled; that is all.
  if p_request->'unheard' is not null then
    v_heard_before := (select r.step >= (p_request->>'unheardFrom')::int from tidegate.runs r where r.id = p_run);
  end if;
  update tidegate.runs r set step = p_step, touched_at = v_now
    where r.id = p_run and r.closed_at is null and r.step < p_step;
  v_late := not found;
  if v_gate.awake_at is null or v_now - v_gate.awake_at > interval '15 s' or v_gate.awake_at > v_now + interval '1 s' then
    v_gate.awake_since := v_now;
    v_gate.awake_at := v_now;
  elsif v_now - v_gate.awake_at > interval '5 s' then
    v_gate.awake_at := v_now;
  end if;
  -- Whenever that is written, one look at what the server has left for everybody else.
  if v_gate.awake_at = v_now and (
    select sum(d.numbackends) >= 0.9 * (current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0))
      from pg_catalog.pg_stat_database d) then
    v_gate.crowded_at := v_now;
  end if;

  -- Nearly always all is calm: what was settled are successes that cost nothing, and nothing limits the gate but its cap.
  -- Then there is nothing to hear and nothing to reckon. Each expression of this language is set up anew in every
  -- transaction; those that are passed over here were a third of a small step.
  v_calm := not v_late and p_request->'unheard' is null and coalesce(p_request->>'ratePerMinute', p_request->>'tokensPerMinute',
      p_request->>'budgetMicros', p_request->>'retryAfterMs') is null and (p_request->>'strained')::boolean is not true
    and v_gate.paused_at is null and v_gate.shut_at is null and (v_gate.wait_until is null or v_gate.wait_until <= v_now)
    and v_gate.streak = 0 and v_gate.apply_streak = 0 and v_gate.allowed is null and v_gate.tokens is null and v_gate.model_tokens is null
    and (v_gate.governed_at is null or v_gate.governed_at <= v_now)
    and (v_gate.crowded_at is null or v_gate.crowded_at < v_now - interval '6 s')
    and v_gate.done_at > v_now - interval '1 s' and v_gate.done_at <= v_now
    and v_gate.time_zone = coalesce(p_request->>'timeZone', 'UTC')
    and v_gate.spent_on = (v_now at time zone v_gate.time_zone)::date
    and cardinality(v_gate.costs) > 0 and 0 = all (v_gate.costs) and v_free;
  if not v_calm then
    -- Stored in what is now the future: the clock went back.
    if v_gate.shut_at > v_now then
      v_gate.shut_at := v_now - interval '1 microsecond';
    end if;
    if v_gate.done_at > v_now then
      v_gate.done_at := v_now;
    end if;
    if v_gate.governed_at > v_now then
      v_gate.governed_at := v_now;
    end if;
    if v_gate.crowded_at > v_now then
      v_gate.crowded_at := null;
    end if;

    -- 4 the breaker, the purse, the governor: over what this step settled, and what an earlier one did without the gate's
    -- row.
    v_gate := tidegate.hear_2(v_gate,
      case when not v_late and not v_heard_before then p_request->'unheard' || v_settled else v_settled end,
      v_broken, v_apply_code, p_request, v_now);
  end if;

  -- 5 one look at the live leases, and where some must end, their burying: past their end, of a run that has been silent
  -- while the gate was awake, or leased by an answer that never arrived. Counting and leasing are two statements under one
  -- lock: in one they go over the cap.
  loop
    select count(*), count(*) filter (where i.lost = 1), count(*) filter (where i.lost > 1),
        count(*) filter (where i.run = p_run and p_request->'held' ? (i.attempt || ' ' || i.key)),
        coalesce(bool_or(i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms'
          or case when i.run = p_run then not v_late and not p_request->'held' ? (i.attempt || ' ' || i.key)
            else greatest(v_gate.awake_since, (select r.touched_at from tidegate.runs r where r.id = i.run limit 1))
              < v_now - interval '15 s' end), false),
        (select true from tidegate.items w
          where w.gate = p_gate and w.state = 'waiting' and w.until is not null and w.until <= v_now
          limit 1) is not null
      into v_live, v_suspects, v_last_suspects, v_kept, v_dying, v_due
      from (
        select i.key, i.attempt, i.run, i.lost, i.until, i.span_ms from tidegate.items i
          where i.gate = p_gate and i.state = 'leased' and i.until is not null
          order by i.until) i;
    exit when v_buried or not v_dying;
    v_buried := true;
    select b.lost, b.refunded, b.refunded_tokens
      into v_lost, v_refunded, v_refunded_tokens
      from tidegate.bury_2(p_gate, p_run, v_late, array(
        select jsonb_array_elements_text(p_request->'held')
        union all
        select (o.value->>'attempt') || ' ' || (o.value->>'key') from jsonb_array_elements(v_outcomes) o),
        v_gate.awake_since, v_gate.spent_on, v_now) b;
    v_gate.spent_micros := greatest(0, v_gate.spent_micros - v_refunded);
    v_gate.model_tokens := least(v_token_rate, v_gate.model_tokens + v_refunded_tokens);
  end loop;
  v_set := tidegate.count_3(p_gate, v_settled, v_lost);

  -- What the caller believes to hold and does not.
  if v_kept < jsonb_array_length(p_request->'held') then
    select coalesce(jsonb_agg(h.held), '[]') into v_gone
      from jsonb_array_elements_text(p_request->'held') h (held)
      where (
        select i.state = 'leased' and i.run = p_run and i.attempt = substr(h.held, 1, strpos(h.held, ' ') - 1)::int
          from tidegate.items i
          where i.gate = p_gate and i.key = substr(h.held, strpos(h.held, ' ') + 1)
          limit 1) is not true;
  end if;

  -- 6 how many: the smallest of what is wanted, free places, the governor, the rate, the tokens, the budget.
  v_cap := least((p_request->>'cap')::int, v_gate.cap);
  v_cap := least(v_cap, floor(coalesce(v_gate.allowed, v_cap))::int);
  v_room := greatest(0, least(v_want, v_cap - v_live));
  if v_calm and (v_room > 0 or v_want = 0) then
    v_reserve := 0;
    v_reserve_tokens := 0;
  else
    if v_late then
      v_room := 0;
    elsif v_gate.paused_at is not null then
      v_stop := 'paused';
      v_reason := v_gate.paused_reason;
    elsif v_gate.wait_until > v_now and v_gate.wait_until <= v_now + v_gate.wait_ms * interval '1 ms' then
      v_stop := 'shut';
      v_reason := 'the provider asked to wait';
      v_retry_ms := (extract(epoch from v_gate.wait_until - v_now) * 1000)::bigint;
    elsif v_gate.shut_at is not null then
      -- Shut, due and nothing leased: one lease tests it, and the next probe's time moves on in the same step.
      v_probing := v_live = 0 and (v_gate.probe_at <= v_now or v_gate.probe_at > v_now + v_gate.probe_ms * interval '1 ms');
      v_room := least(v_room, v_probing::int);
      if not v_probing then
        v_stop := 'shut';
        v_reason := v_gate.shut_reason;
        v_retry_ms := greatest(0, (extract(epoch from v_gate.probe_at - v_now) * 1000)::bigint);
      end if;
    elsif v_cap <= v_live and v_want > 0 then
      v_stop := 'busy';
      v_reason := format('%s of %s places are taken', v_live, v_cap);
      if v_cap < v_gate.cap then
        v_reason := format('%s; %s would be allowed when all is calm', v_reason, v_gate.cap);
      end if;
    end if;
    -- The dearest of the last attempts is what the next one may cost, and the longest what it may use.
    v_reserve := coalesce((select max(c) from unnest(v_gate.costs) c), (p_request->>'reserveMicros')::bigint, 0);
    v_reserve_tokens := case when v_token_rate is null then 0 else
      coalesce((select max(c) from unnest(v_gate.token_counts) c), (p_request->>'reserveTokens')::bigint, 0) end;
    if v_stop is null and not v_late and v_want > 0 then
      if v_gate.tokens < 1 then
        v_stop := 'rate';
        v_reason := format('%s attempts a minute are used up', v_rate);
        v_retry_ms := ceil((1 - v_gate.tokens) / v_rate * 60000);
      -- A call that may use more than a minute's worth begins with a full bucket.
      elsif v_gate.model_tokens < least(greatest(v_reserve_tokens, 1), v_token_rate) then
        v_stop := 'rate';
        v_reason := format('%s tokens a minute are used up', v_token_rate);
        v_retry_ms := ceil((least(greatest(v_reserve_tokens, 1), v_token_rate) - v_gate.model_tokens) / v_token_rate * 60000);
      elsif v_gate.spent_micros + v_reserve > v_budget then
        v_stop := 'budget';
        v_reason := format('$%s of $%s are spent today', round(v_gate.spent_micros / 1000000.0, 2), round(v_budget / 1000000.0, 2));
      else
        v_room := least(v_room, coalesce(floor(v_gate.tokens), v_room),
          case when v_reserve > 0 and v_budget is not null then (v_budget - v_gate.spent_micros) / v_reserve else v_room end,
          case when v_reserve_tokens > 0 then greatest(1, floor(v_gate.model_tokens / v_reserve_tokens)) else v_room end);
      end if;
    end if;
  end if;

  if v_stop is null and v_room > 0 then
    v_made := tidegate.lease_3(v_gate, p_request->'source', coalesce((p_request->>'force')::boolean, false),
      jsonb_build_object('gate', p_gate, 'run', p_run, 'now', v_now, 'room', v_room, 'cap', v_cap, 'suspects', v_suspects,
        'lastSuspects', v_last_suspects, 'probing', v_probing, 'reserve', v_reserve, 'reserveTokens', v_reserve_tokens,
        'floor', v_gate.attempt_floor, 'spentOn', v_gate.spent_on, 'leaseMs', p_request->'leaseMs',
        'keys', p_request->'keys', 'tried', p_request->'tried', 'answeredFirst', v_gate.shut_code = 'apply_broken',
        'applies', p_apply is not null), v_plans, v_due);
    v_leases := v_made.leases;
    v_leased := v_made.n;
    if not v_calm then
      v_gate.tokens := v_gate.tokens - v_leased;
      v_gate.model_tokens := v_gate.model_tokens - v_reserve_tokens * v_leased;
      v_gate.spent_micros := v_gate.spent_micros + v_reserve * v_leased;
    end if;
    if v_probing and v_leased > 0 then
      v_gate.probe_at := v_now + v_gate.probe_ms * interval '1 ms';
      v_gate.probe_ms := least(v_gate.probe_ms * 2, (p_request->>'probeMaxMs')::bigint);
    end if;
  end if;

  -- 7 the gate's row, only when a value changed; a bucket's filling is reckoned, not written.
  if not v_calm then
    if v_leased = 0 and v_was.tokens_at <= v_now and v_rate is not null then
      v_gate.tokens := v_was.tokens;
      v_gate.tokens_at := v_was.tokens_at;
    end if;
    if v_leased = 0 and v_settled = '[]' and not v_buried and v_was.model_tokens_at <= v_now
      and v_token_rate is not null then
      v_gate.model_tokens := v_was.model_tokens;
      v_gate.model_tokens_at := v_was.model_tokens_at;
    end if;
  end if;
  if v_gate is distinct from v_was then
    update tidegate.gates set shut_at = v_gate.shut_at, shut_code = v_gate.shut_code, shut_reason = v_gate.shut_reason,
      streak = v_gate.streak, probe_at = v_gate.probe_at, probe_ms = v_gate.probe_ms, wait_until = v_gate.wait_until,
      wait_ms = v_gate.wait_ms, apply_streak = v_gate.apply_streak, apply_code = v_gate.apply_code,
      apply_keys = v_gate.apply_keys, done_at = v_gate.done_at, allowed = v_gate.allowed,
      governed_at = v_gate.governed_at, tokens = v_gate.tokens, tokens_at = v_gate.tokens_at,
      model_tokens = v_gate.model_tokens, model_tokens_at = v_gate.model_tokens_at,
      token_counts = v_gate.token_counts, time_zone = v_gate.time_zone, spent_on = v_gate.spent_on,
      spent_micros = v_gate.spent_micros, costs = v_gate.costs, crowded_at = v_gate.crowded_at, awake_since = v_gate.awake_since,
      awake_at = v_gate.awake_at
      where id = p_gate;
  end if;
  return json_build_object('late', v_late, 'locked', true, 'probing', v_probing, 'stop', v_stop, 'reason', v_reason,
    'retryMs', v_retry_ms, 'live', v_live, 'cap', v_cap, 'settled', v_settled, 'leases', v_leases, 'gone', v_gone);
end $$;

revoke all on function tidegate.step_3(int, uuid, int, jsonb, text) from public;

insert into tidegate.migrations (name) values ('20261126000007_step_3') on conflict do nothing;
