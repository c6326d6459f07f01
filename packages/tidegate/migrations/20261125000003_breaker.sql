-- What a step's outcomes mean for the gate itself: the breaker, the day's money and the rate, the governor. Each takes the
-- gate's row and returns the next one; the step writes it, once, when a value changed.

-- What the outcomes of one step mean for the gate, in the order in which they came: the breaker, the streaks, the wait.
create function tidegate.breaker_1(
  p_gate tidegate.gates, p_settled jsonb, p_broken text, p_apply_code text, p_request jsonb, p_now timestamptz
) returns tidegate.gates language plpgsql security invoker volatile as $$
declare
  v_gate tidegate.gates := p_gate;
  v_one jsonb;
begin
  for v_one in select s.value from jsonb_array_elements(p_settled) s where (s.value->>'fresh')::boolean loop
    if v_one->>'blame' = 'gate' and v_one->>'outcome' <> 'returned' then
      if v_gate.shut_at is null then
        v_gate.shut_at := p_now;
        v_gate.shut_code := coalesce(v_one#>>'{body,error,code}', 'gate');
        v_gate.shut_reason := coalesce(p_broken, v_one#>>'{body,error,message}', v_one->>'error',
          'status ' || (v_one->>'status'), 'unknown');
      end if;
    elsif v_one->>'blame' = 'provider' then
      v_gate.streak := v_gate.streak + 1;
      if v_gate.shut_at is null and v_gate.streak >= (p_request->>'shutStreak')::int then
        v_gate.shut_at := p_now;
        v_gate.shut_code := 'provider';
        v_gate.shut_reason := format('%s failures of the provider in a row, the last: %s', v_gate.streak,
          coalesce(v_one->>'error', v_one#>>'{body,error,message}', 'status ' || (v_one->>'status')));
      end if;
    elsif coalesce((v_one->>'reached')::boolean, false) then
      v_gate.streak := 0;
      if v_one->>'outcome' = 'done' and (v_gate.done_at is null or v_gate.done_at < p_now - interval '1 s') then
        v_gate.done_at := p_now;
      end if;
    end if;
    -- Only an attempt leased after the shutting proves that what shut the gate is over.
    if v_gate.shut_at is not null and (v_one->>'leasedAt')::timestamptz > v_gate.shut_at
      and v_one->>'blame' is distinct from 'gate' and v_one->>'blame' is distinct from 'provider'
      and coalesce((v_one->>case when v_gate.shut_code = 'apply_broken' then 'applied' else 'reached' end)::boolean, false)
    then
      v_gate.shut_at := null;
    end if;
    if coalesce((v_one->>'applyFailed')::boolean, false) then
      v_gate.apply_streak := v_gate.apply_streak + 1;
      v_gate.apply_code := p_apply_code;
      if v_gate.apply_streak >= 3 and v_gate.shut_at is null then
        v_gate.shut_at := p_now;
        v_gate.shut_code := 'apply_broken';
        v_gate.shut_reason := format('apply failed for %s records in a row, the last: %s', v_gate.apply_streak,
          v_one#>>'{body,error,message}');
      end if;
    elsif coalesce((v_one->>'applied')::boolean, false) then
      v_gate.apply_streak := 0;
      v_gate.apply_code := null;
    end if;
  end loop;
  if v_gate.shut_at is null then
    v_gate.shut_code := null;
    v_gate.shut_reason := null;
    v_gate.probe_at := null;
    v_gate.probe_ms := null;
  elsif v_gate.probe_at is null then
    v_gate.probe_ms := (p_request->>'probeMs')::bigint;
    v_gate.probe_at := p_now + v_gate.probe_ms * interval '1 ms';
  end if;
  -- The longer of two waits holds, and its own length with it: a wait further ahead than its length counts as past.
  if p_now + (p_request->>'retryAfterMs')::bigint * interval '1 ms' > v_gate.wait_until
    or v_gate.wait_until > p_now + v_gate.wait_ms * interval '1 ms'
    or v_gate.wait_until is null and (p_request->>'retryAfterMs') is not null then
    v_gate.wait_ms := (p_request->>'retryAfterMs')::bigint;
    v_gate.wait_until := p_now + v_gate.wait_ms * interval '1 ms';
  end if;
  return v_gate;
end $$;

-- Money and rate, by the database's clock: a new day of the gate's zone starts from nothing, a settled attempt's
-- reservation becomes its real cost on the day of its lease, and the bucket fills evenly up to a minute's worth.
create function tidegate.purse_1(p_gate tidegate.gates, p_settled jsonb, p_request jsonb, p_now timestamptz)
returns tidegate.gates language plpgsql security invoker volatile as $$
declare
  v_gate tidegate.gates := p_gate;
  v_zone constant text := coalesce(p_request->>'timeZone', 'UTC');
  v_day constant date := (p_now at time zone v_zone)::date;
  v_rate constant float8 := (p_request->>'ratePerMinute')::float8;
  v_one jsonb;
begin
  v_gate.time_zone := v_zone;
  -- A clock that goes back over midnight does not give the day's money out again.
  if v_gate.spent_on is null or v_day > v_gate.spent_on or v_day < v_gate.spent_on - 1 then
    v_gate.spent_on := v_day;
    v_gate.spent_micros := 0;
  end if;
  for v_one in select s.value from jsonb_array_elements(p_settled) s where (s.value->>'fresh')::boolean loop
    if v_one->>'outcome' <> 'returned' and (v_one->>'reservedOn')::date = v_gate.spent_on then
      v_gate.spent_micros := greatest(0,
        v_gate.spent_micros + (v_one->>'costMicros')::bigint - (v_one->>'reserved')::bigint);
    end if;
    if (v_one->>'costMicros')::bigint > 0 or coalesce((v_one->>'reached')::boolean, false) then
      v_gate.costs := ((v_one->>'costMicros')::bigint || v_gate.costs)[1:20];
    end if;
  end loop;
  if v_rate is null then
    v_gate.tokens := null;
    v_gate.tokens_at := null;
  else
    v_gate.tokens := least(v_rate, coalesce(v_gate.tokens, v_rate)
      + v_rate / 60 * greatest(0, coalesce(extract(epoch from p_now - v_gate.tokens_at), 0)));
    v_gate.tokens_at := p_now;
  end if;
  return v_gate;
end $$;

-- The governor: down by halves when the provider fails or the database strains, up by one for each success. A half is
-- taken once for what was leased before the last one: a burst of failures is one sign, not many.
create function tidegate.govern_1(p_gate tidegate.gates, p_settled jsonb, p_request jsonb, p_cap int, p_now timestamptz)
returns tidegate.gates language plpgsql security invoker volatile as $$
declare
  v_gate tidegate.gates := p_gate;
  v_allowed real := least(p_cap, coalesce(p_gate.allowed, p_cap));
  v_strained constant boolean := coalesce((p_request->>'strained')::boolean, false);
  v_one jsonb;
begin
  for v_one in select s.value from jsonb_array_elements(p_settled) s where (s.value->>'fresh')::boolean loop
    if v_one->>'blame' = 'provider' then
      if v_gate.governed_at is null or (v_one->>'leasedAt')::timestamptz > v_gate.governed_at then
        v_allowed := greatest(1, v_allowed / 2);
        v_gate.governed_at := p_now;
      end if;
    elsif v_one->>'outcome' = 'done' and coalesce((v_one->>'reached')::boolean, false) and not v_strained then
      v_allowed := least(p_cap, v_allowed + 1);
    end if;
  end loop;
  if v_strained and (v_gate.governed_at is null or v_gate.governed_at < p_now - interval '5 s' or v_gate.governed_at > p_now) then
    v_allowed := greatest(1, v_allowed / 2);
    v_gate.governed_at := p_now;
  end if;
  v_gate.allowed := nullif(v_allowed, p_cap);
  return v_gate;
end $$;

revoke all on function tidegate.breaker_1(tidegate.gates, jsonb, text, text, jsonb, timestamptz) from public;
revoke all on function tidegate.govern_1(tidegate.gates, jsonb, jsonb, int, timestamptz) from public;
revoke all on function tidegate.purse_1(tidegate.gates, jsonb, jsonb, timestamptz) from public;

insert into tidegate.migrations (name) values ('20261125000003_breaker') on conflict do nothing;
