-- What a step's outcomes mean for the gate itself, in one pass over them: the breaker, the purse, the governor. Takes the
-- gate's row and returns the next one; the step writes it, once, when a value changed.

-- p_heard: what settle_2 returned, in the order in which it came. p_request: the step's. The bucket of the attempts' rate
-- and of the model's tokens are filled up to p_now.
create function tidegate.hear_2(
  p_gate tidegate.gates, p_heard jsonb, p_broken text, p_apply_code text, p_request jsonb, p_now timestamptz
) returns tidegate.gates language plpgsql security invoker volatile as $$
declare
  v_gate tidegate.gates := p_gate;
  v_cap constant int := least((p_request->>'cap')::int, p_gate.cap);
  v_crowded constant boolean := p_gate.crowded_at between p_now - interval '6 s' and p_now;
  v_strained constant boolean := v_crowded is true or coalesce((p_request->>'strained')::boolean, false);
  v_allowed real := least(v_cap, coalesce(p_gate.allowed, v_cap));
  v_zone constant text := coalesce(p_request->>'timeZone', 'UTC');
  v_day constant date := (p_now at time zone v_zone)::date;
  v_rate constant float8 := (p_request->>'ratePerMinute')::float8;
  v_token_rate constant float8 := (p_request->>'tokensPerMinute')::float8;
  v_wait_ms constant bigint := (p_request->>'retryAfterMs')::bigint;
  v_one record;
begin
  v_gate.time_zone := v_zone;
  -- A clock that goes back over midnight does not give the day's money out again.
  if v_gate.spent_on is null or v_day > v_gate.spent_on or v_day < v_gate.spent_on - 1 then
    v_gate.spent_on := v_day;
    v_gate.spent_micros := 0;
  end if;
  if v_rate is null then
    v_gate.tokens := null;
    v_gate.tokens_at := null;
  else
    v_gate.tokens := least(v_rate, coalesce(v_gate.tokens, v_rate)
      + v_rate / 60 * greatest(0, coalesce(extract(epoch from p_now - v_gate.tokens_at), 0)));
    v_gate.tokens_at := p_now;
  end if;
  if v_token_rate is null then
    v_gate.model_tokens := null;
    v_gate.model_tokens_at := null;
  else
    v_gate.model_tokens := least(v_token_rate, coalesce(v_gate.model_tokens, v_token_rate)
      + v_token_rate / 60 * greatest(0, coalesce(extract(epoch from p_now - v_gate.model_tokens_at), 0)));
    v_gate.model_tokens_at := p_now;
  end if;

  for v_one in
    select s.key, s.outcome, s.blame, s.status, s.error, s.body, s."leasedAt" as leased_at, s.reached is true as reached,
      s.applied is true as applied, s."applyFailed" is true as apply_failed, coalesce(s."costMicros", 0) as cost_micros,
      coalesce(s.tokens, 0) as tokens, coalesce(s.reserved, 0) as reserved, s."reservedOn" as reserved_on,
      coalesce(s."reservedTokens", 0) as reserved_tokens
    from jsonb_to_recordset(p_heard) as s (fresh boolean, key text, outcome text, blame text, status int, error text,
      body jsonb, "leasedAt" timestamptz, reached boolean, applied boolean, "applyFailed" boolean, "costMicros" bigint,
      tokens bigint, reserved bigint, "reservedOn" date, "reservedTokens" bigint)
    where s.fresh
  loop
    -- The breaker.
    if v_one.blame = 'gate' and v_one.outcome <> 'returned' then
      if v_gate.shut_at is null then
        v_gate.shut_at := p_now;
        v_gate.shut_code := coalesce(v_one.body#>>'{error,code}', 'gate');
        v_gate.shut_reason := coalesce(p_broken, v_one.body#>>'{error,message}', v_one.error,
          'status ' || v_one.status, 'unknown');
      end if;
    elsif v_one.blame = 'provider' then
      v_gate.streak := v_gate.streak + 1;
      if v_gate.shut_at is null and v_gate.streak >= (p_request->>'shutStreak')::int then
        v_gate.shut_at := p_now;
        v_gate.shut_code := 'provider';
        v_gate.shut_reason := format('%s failures of the provider in a row, the last: %s', v_gate.streak,
          coalesce(v_one.error, v_one.body#>>'{error,message}', 'status ' || v_one.status));
      end if;
      -- Half is taken once for what was leased before the last half: a burst of failures is one sign, not many.
      if v_gate.governed_at is null or v_one.leased_at > v_gate.governed_at then
        v_allowed := greatest(1, v_allowed / 2);
        v_gate.governed_at := p_now;
      end if;
    elsif v_one.reached then
      v_gate.streak := 0;
      if v_one.outcome = 'done' then
        if v_gate.done_at is null or v_gate.done_at < p_now - interval '1 s' then
          v_gate.done_at := p_now;
        end if;
        if not v_strained then
          v_allowed := least(v_cap, v_allowed + 1);
        end if;
      end if;
    end if;
    -- Only an attempt leased after the shutting proves that what shut the gate is over.
    if v_gate.shut_at is not null and v_one.leased_at > v_gate.shut_at
      and v_one.blame is distinct from 'gate' and v_one.blame is distinct from 'provider'
      and (case when v_gate.shut_code = 'apply_broken' then v_one.applied else v_one.reached end)
    then
      v_gate.shut_at := null;
    end if;
    if v_one.apply_failed then
      -- Different records: one that a person releases again and again is one.
      if not v_one.key = any (v_gate.apply_keys) then
        v_gate.apply_keys := v_gate.apply_keys || v_one.key;
      end if;
      v_gate.apply_streak := cardinality(v_gate.apply_keys);
      v_gate.apply_code := p_apply_code;
      if v_gate.apply_streak >= 3 and v_gate.shut_at is null then
        v_gate.shut_at := p_now;
        v_gate.shut_code := 'apply_broken';
        v_gate.shut_reason := format('apply failed for %s records in a row, the last: %s', v_gate.apply_streak,
          v_one.body#>>'{error,message}');
      end if;
      v_gate.apply_keys := v_gate.apply_keys[1:3];
    elsif v_one.applied then
      v_gate.apply_streak := 0;
      v_gate.apply_code := null;
      v_gate.apply_keys := '{}';
    end if;

    -- The purse: a reservation becomes the real cost, on the day of its lease.
    if v_one.outcome <> 'returned' then
      if v_one.reserved_on = v_gate.spent_on then
        v_gate.spent_micros := greatest(0, v_gate.spent_micros + v_one.cost_micros - v_one.reserved);
      end if;
      -- A call that used more than was reserved leaves a debt, of a quarter of an hour at most.
      v_gate.model_tokens := greatest(-15 * v_token_rate,
        least(v_token_rate, v_gate.model_tokens + v_one.reserved_tokens - v_one.tokens));
    end if;
    if v_one.cost_micros > 0 or v_one.reached then
      v_gate.costs := (v_one.cost_micros || v_gate.costs)[1:20];
    end if;
    if v_one.tokens > 0 then
      v_gate.token_counts := (v_one.tokens || v_gate.token_counts)[1:20];
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
  if p_now + v_wait_ms * interval '1 ms' > v_gate.wait_until
    or v_gate.wait_until > p_now + v_gate.wait_ms * interval '1 ms'
    or v_gate.wait_until is null and v_wait_ms is not null then
    v_gate.wait_ms := v_wait_ms;
    v_gate.wait_until := p_now + v_wait_ms * interval '1 ms';
  end if;
  -- The governor: down by halves when the provider fails or the database strains, up by one for each success.
  if v_strained and (v_gate.governed_at is null or v_gate.governed_at < p_now - interval '5 s' or v_gate.governed_at > p_now) then
    v_allowed := greatest(1, v_allowed / 2);
    v_gate.governed_at := p_now;
  end if;
  v_gate.allowed := nullif(v_allowed, v_cap);
  return v_gate;
end $$;

revoke all on function tidegate.hear_2(tidegate.gates, jsonb, text, text, jsonb, timestamptz) from public;

insert into tidegate.migrations (name) values ('20261126000002_hear_2') on conflict do nothing;
