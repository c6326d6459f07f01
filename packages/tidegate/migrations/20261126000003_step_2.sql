-- The second step: settle what has finished, bury what has died, lease what there is room for. One call, one round trip,
-- one transaction. Its order is the law: whatever waits for somebody else's lock comes before the gate's row is locked.
-- One look at the live leases tells how many there are, what must be buried and what the caller lost.

-- Ends the leases that are past their end, or whose run has been silent for 15 s while the gate was awake, and takes back
-- what an answer leased that never arrived. What had been reserved for the latter comes back: money of today, and tokens.
create function tidegate.bury_2(
  p_gate int, p_run uuid, p_late boolean, p_named text[], p_awake_since timestamptz, p_spent_on date, p_now timestamptz,
  out lost int, out refunded bigint, out refunded_tokens bigint
) language plpgsql security invoker volatile as $$
begin
  with ending as materialized (
    select i.key, i.attempt, i.run, i.since_at, i.lost, i.until, i.reserved_micros, i.reserved_on, i.reserved_tokens,
      not (i.run = p_run and not p_late and i.until > p_now and i.until <= p_now + i.span_ms * interval '1 ms') as is_lost
    from tidegate.items i
    left join lateral (select r.touched_at from tidegate.runs r where r.id = i.run limit 1) r on true
    where i.gate = p_gate and i.state = 'leased' and i.until is not null
      and (i.until <= p_now or i.until > p_now + i.span_ms * interval '1 ms'
        or i.run <> p_run and greatest(r.touched_at, p_awake_since) < p_now - interval '15 s'
        or i.run = p_run and not p_late and not (i.attempt || ' ' || i.key = any (p_named)))
    order by i.until
    for no key update of i skip locked
  ), moved as (
    insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, code, reason, lost, failed_at)
      select p_gate, e.key, e.attempt,
        case when e.is_lost and e.lost >= 2 then 'parked' else 'waiting' end, p_now,
        -- An outage of the database is nobody's death: its own run may still settle for 15 s.
        case when e.is_lost and e.lost >= 2 then null
          when e.is_lost and e.until < p_awake_since then p_now + interval '15 s' else p_now end,
        case when e.is_lost and e.lost >= 2 then null
          when e.is_lost and e.until < p_awake_since then 15000 else 0 end,
        case when e.is_lost then 'lost' else 'returned' end,
        case when e.is_lost then 'the process that held it died, was frozen or lost the database'
          else 'given back unspent' end,
        e.lost + e.is_lost::int, p_now
      from ending e
      order by e.key
      on conflict (gate, key) do update set state = excluded.state, run = null, since_at = excluded.since_at,
        until = excluded.until, span_ms = excluded.span_ms, code = excluded.code, reason = excluded.reason,
        lost = excluded.lost,
        failed_at = case when excluded.state = 'parked' then excluded.failed_at else i.failed_at end
  ), logged as (
    insert into tidegate.attempts (gate, key, attempt, run, outcome, started_at)
      select p_gate, e.key, e.attempt, e.run, case when e.is_lost then 'lost' else 'returned' end, e.since_at
      from ending e order by e.key
      on conflict do nothing
  )
  select count(*) filter (where e.is_lost),
      coalesce(sum(e.reserved_micros) filter (where not e.is_lost and e.reserved_on = p_spent_on), 0),
      coalesce(sum(e.reserved_tokens) filter (where not e.is_lost), 0)
    into lost, refunded, refunded_tokens
    from ending e;
end $$;

-- Leases up to p_ask.room items: under the gate's lock, by key, eligibility read again. Returns them in the source's order:
-- { key, attempt, revision, payload, failures, deferrals, answer, endsAt }.
-- p_ask: { run, now, room, cap, suspects, lastSuspects, probing, reserve, reserveTokens }, all of this step.
create function tidegate.lease_2(p_gate tidegate.gates, p_request jsonb, p_apply text, p_ask jsonb)
returns jsonb language plpgsql security invoker volatile as $$
declare
  v_source constant jsonb := p_request->'source';
  v_force constant boolean := coalesce((p_request->>'force')::boolean, false);
  v_now constant timestamptz := (p_ask->>'now')::timestamptz;
  v_keys constant text[] := array(
    select distinct k.key from jsonb_array_elements_text(p_request->'keys') k (key) where not p_request->'tried' ? k.key);
  v_known jsonb;
  v_leases jsonb;
begin
  -- Nearly always nothing is due, and what the walk found was never leased before.
  if not v_force and not (p_ask->>'probing')::boolean
    and (select true from tidegate.items i
      where i.gate = p_gate.id and i.state = 'waiting' and i.until is not null and i.until <= v_now limit 1) is null
    and not exists (select from unnest(v_keys) k (key)
      where (select true from tidegate.items i where i.gate = p_gate.id and i.key = k.key limit 1))
  then
    if cardinality(v_keys) = 0 then
      return '[]';
    end if;
    perform set_config('tidegate.ask', (p_ask || jsonb_build_object('keys', v_keys, 'gate', p_gate.id,
      'floor', p_gate.attempt_floor, 'spentOn', p_gate.spent_on, 'leaseMs', p_request->'leaseMs'))::text, true);
    execute 'execute ' || tidegate.prepared_2(format(
      $lease$
        with ask as materialized (
          select a.* from jsonb_to_record(current_setting('tidegate.ask')::jsonb) as a (gate int, run uuid,
            now timestamptz, room int, reserve bigint, "reserveTokens" bigint, keys text[], floor int, "spentOn" date,
            "leaseMs" bigint)
        ), chosen as materialized (
          select s.key::text as key, s.revision, s.payload, row_number() over (order by s.position, s.key) as nth
          from ask a
          cross join lateral unnest(a.keys) k (key)
          cross join lateral (
            select s.key, s.position, s.skip, %3$s as revision, %4$s as payload
            from tidegate.%1$I s where s.key = k.key::%2$s limit 1) s
          where s.skip is null
          order by nth
          limit (select a.room from ask a)
        ), leased as (
          insert into tidegate.items as i (gate, key, attempt, state, run, since_at, until, span_ms, revision,
              reserved_micros, reserved_on, reserved_tokens)
            select a.gate, c.key, a.floor + 1, 'leased', a.run, a.now, a.now + a."leaseMs" * interval '1 ms', a."leaseMs",
              c.revision, a.reserve, a."spentOn", a."reserveTokens"
            from ask a, chosen c
            order by c.key
            returning i.key, i.attempt, i.until
        )
        select coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'attempt', l.attempt, 'revision', c.revision,
            'payload', c.payload, 'failures', 0, 'deferrals', 0, 'answer', null,
            'endsAt', extract(epoch from l.until)) order by c.nth), '[]')
        from leased l join chosen c on c.key = l.key
      $lease$, v_source->>'view', (v_source->>'keyType')::regtype,
      case when (v_source->>'revision')::boolean then 's.revision' else 'null::text' end,
      case when (v_source->>'payload')::boolean then 's.payload' else 'null::jsonb' end))
      into v_leases;
    return v_leases;
  end if;

  -- Two lists: what the walk found, and what is due by index. An item that somebody else has locked is skipped; a
  -- row without an item is nobody's, because only this lock's holder may insert one.
  select jsonb_agg(jsonb_build_object('key', c.key, 'due', c.due, 'attempt', i.attempt, 'state', i.state,
      'lost', coalesce(i.lost, 0), 'was', i.revision, 'answered', i.answer is not null,
      'failed', coalesce(i.failed_at > p_gate.shut_at, false)))
    into v_known
    from (
      select d.key, bool_or(d.due) as due from (
        select k.key, false as due from unnest(v_keys) k (key)
        union all (
          select i.key, true from tidegate.items i
            where not v_force and i.gate = p_gate.id and i.state = 'waiting' and i.until is not null and i.until <= v_now
              and not p_request->'tried' ? i.key
            order by i.until limit 100)) d
        group by d.key order by d.key) c
    left join lateral (
      select i.* from tidegate.items i where i.gate = p_gate.id and i.key = c.key
        limit 1
        for no key update skip locked) i on true
    where case when i.key is null
        then (select true from tidegate.items x where x.gate = p_gate.id and x.key = c.key limit 1) is null
        else i.state in ('done', 'parked')
          or i.state = 'waiting' and (v_force or i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms') end;
  if v_known is null then
    return '[]';
  end if;

  -- Eligibility is read again, by key, in the statement that leases, in the source's own order.
  perform set_config('tidegate.ask', (p_ask || jsonb_build_object('known', v_known, 'gate', p_gate.id,
    'floor', p_gate.attempt_floor, 'spentOn', p_gate.spent_on, 'leaseMs', p_request->'leaseMs',
    'answeredFirst', p_gate.shut_code = 'apply_broken', 'applies', p_apply is not null))::text, true);
  execute 'execute ' || tidegate.prepared_2(format(
    $lease$
      with ask as materialized (
        select a.* from jsonb_to_record(current_setting('tidegate.ask')::jsonb) as a (gate int, run uuid, now timestamptz,
          room int, cap int, suspects int, "lastSuspects" int, probing boolean, reserve bigint, "reserveTokens" bigint,
          known jsonb, floor int, "spentOn" date, "leaseMs" bigint, "answeredFirst" boolean, applies boolean)
      ), found as materialized (
        select k.*, s.key is null as absent, s.skip, s.revision, s.payload,
          row_number() over (order by s.position, s.key) as nth
        from ask a
        cross join lateral jsonb_to_recordset(a.known) as k (key text, due boolean, attempt int, state text, lost int,
          was text, answered boolean, failed boolean)
        left join lateral (
          select s.key, s.position, s.skip, %3$s as revision, %4$s as payload
          from tidegate.%1$I s where s.key = k.key::%2$s limit 1) s on true
      ), passed as (
        -- What is due and has left the source is done; what must not run now is looked at again in five minutes; and
        -- where the far end writes, a done row that still stands there was not written.
        insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, code, reason, failed_at)
          select a.gate, f.key, f.attempt,
            case when f.absent then 'done' when f.state = 'done' then 'parked' else 'waiting' end, a.now,
            case when not f.absent and f.state <> 'done' then a.now + interval '5 min' end,
            case when not f.absent and f.state <> 'done' then 300000 end,
            case when f.state = 'done' then 'left_in_source' when f.absent then 'left' else 'skipped' end,
            case when f.state = 'done' then 'the far end answered, and the record still stands in the source'
              when f.absent then 'the row has left the source' else f.skip end, a.now
          from ask a, found f
          where f.state = 'waiting' and f.due and (f.absent or f.skip is not null)
            or f.state = 'done' and not a.applies and not f.absent and f.skip is null
              and f.revision is not distinct from f.was
          order by f.key
          on conflict (gate, key) do update set state = excluded.state, since_at = excluded.since_at,
            until = excluded.until, span_ms = excluded.span_ms, code = excluded.code, reason = excluded.reason,
            failed_at = excluded.failed_at
      ), fit as materialized (
        select f.*, row_number() over (partition by least(f.lost, 2) order by f.nth) as among
        from ask a, found f
        where not f.absent and f.skip is null
          and (f.state is null or f.state = 'waiting'
            or f.state = 'done' and (a.applies or f.revision is distinct from f.was)
            or f.state = 'parked' and f.revision <> f.was)
      ), chosen as materialized (
        -- Few suspects at a time: one record that kills its process must not take its neighbours along.
        select f.key, f.revision, f.payload, f.nth from ask a, fit f
        where f.lost = 0
          or f.lost = 1 and f.among <= greatest(1, a.cap / 2) - a.suspects
          or f.lost > 1 and f.among <= 1 - a."lastSuspects"
        order by a.probing and f.answered <> a."answeredFirst", a.probing and f.failed, f.nth
        limit (select a.room from ask a)
      ), leased as (
        insert into tidegate.items as i (gate, key, attempt, state, run, since_at, until, span_ms, revision,
            reserved_micros, reserved_on, reserved_tokens)
          select a.gate, c.key, a.floor + 1, 'leased', a.run, a.now, a.now + a."leaseMs" * interval '1 ms', a."leaseMs",
            c.revision, a.reserve, a."spentOn", a."reserveTokens"
          from ask a, chosen c
          order by c.key
          on conflict (gate, key) do update set attempt = i.attempt + 1, state = 'leased', run = excluded.run,
            since_at = excluded.since_at, until = excluded.until, span_ms = excluded.span_ms,
            revision = excluded.revision, reserved_micros = excluded.reserved_micros,
            reserved_on = excluded.reserved_on, reserved_tokens = excluded.reserved_tokens,
            failures = case when i.state = 'waiting' and i.revision is not distinct from excluded.revision
              then i.failures else 0 end,
            deferrals = case when i.state = 'waiting' and i.revision is not distinct from excluded.revision
              then i.deferrals else 0 end,
            answer = case when i.revision is not distinct from excluded.revision then i.answer end,
            code = null, reason = null
          returning i.key, i.attempt, i.failures, i.deferrals, i.answer, i.until
      )
      select coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'attempt', l.attempt, 'revision', c.revision,
          'payload', c.payload, 'failures', l.failures, 'deferrals', l.deferrals, 'answer', l.answer,
          'endsAt', extract(epoch from l.until)) order by c.nth), '[]')
      from leased l join chosen c on c.key = l.key
    $lease$, v_source->>'view', (v_source->>'keyType')::regtype,
    case when (v_source->>'revision')::boolean then 's.revision' else 'null::text' end,
    case when (v_source->>'payload')::boolean then 's.payload' else 'null::jsonb' end))
    into v_leases;
  return v_leases;
end $$;

-- p_request: { cap, want, leaseMs, force, source { view, keyType, revision, payload }, outcomes, held ["attempt key"] (in
-- flight, and finished but not sent), unheard (settled, by steps without the gate's row), unheardFrom (the first of them),
-- keys [text], tried [text], attemptsMax, deferralsMax, shutStreak, probeMs, probeMaxMs, ratePerMinute, tokensPerMinute,
-- budgetMicros, reserveMicros, reserveTokens, retryAfterMs, strained, timeZone }.
-- Returns { late, locked, probing, stop, reason, retryMs, live, cap, settled, leases, gone }.
create function tidegate.step_2(p_gate int, p_run uuid, p_step int, p_request jsonb, p_apply text)
returns jsonb language plpgsql security invoker volatile as $$
declare
  v_outcomes constant jsonb := coalesce(p_request->'outcomes', '[]');
  v_held text[] := array(select jsonb_array_elements_text(p_request->'held'));
  v_named text[] := v_held;
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
  v_late boolean := true;
  v_buried boolean := false;
  v_dying boolean;
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
  v_leases jsonb := '[]';
  v_gone jsonb := '[]';
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the gate needs isolation read committed, this session has %', current_setting('transaction_isolation')
      using errcode = 'TG001',
        hint = format('alter role %I set default_transaction_isolation = ''read committed'';', current_user);
  end if;
  -- A plan that was frozen while a table was small must not scan it once it is large. The user's apply, and what its
  -- triggers do, is planned as its role plans.
  v_seqscan := current_setting('enable_seqscan');
  perform set_config('enable_seqscan', 'off', true);

  -- 1 settle, before any lock of the gate's. As a group; where that fails, one by one.
  if jsonb_array_length(v_outcomes) > 0 then
    v_named := v_held || array(
      select (o.value->>'attempt') || ' ' || (o.value->>'key') from jsonb_array_elements(v_outcomes) o);
    select s.settled, s.broken, s.apply_code
      into v_settled, v_broken, v_apply_code
      from tidegate.settle_each_2(p_gate, p_run, v_outcomes,
        p_request->'source' || jsonb_build_object('seqscan', v_seqscan), p_apply,
        (p_request->>'attemptsMax')::int, (p_request->>'deferralsMax')::int) s;
  end if;

  -- 2 the gate. Not to be had within 200 ms: the settle stays, nothing is leased, and the run brings what it settled once
  -- more, for the breaker, the purse and the governor to hear.
  begin
    perform set_config('lock_timeout', '200ms', true);
    select g.* into v_gate from tidegate.gates g where g.id = p_gate for no key update;
  exception when lock_not_available then
    perform tidegate.count_2(p_gate, v_settled, 0);
    return jsonb_build_object('late', false, 'locked', false, 'stop', null, 'settled', v_settled, 'leases', '[]'::jsonb,
      'gone', '[]'::jsonb, 'live', null, 'cap', null);
  end;
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

  -- 4 the breaker, the purse, the governor: over what this step settled, and what an earlier one did without the gate's row.
  v_gate := tidegate.hear_2(v_gate,
    case when not v_late and not v_heard_before then p_request->'unheard' || v_settled else v_settled end,
    v_broken, v_apply_code, p_request, v_now);

  -- 5 one look at the live leases, and where some must end, their burying: past their end, of a run that has been silent
  -- while the gate was awake, or leased by an answer that never arrived. Counting and leasing are two statements under one
  -- lock: in one they go over the cap.
  loop
    select count(*), count(*) filter (where i.lost = 1), count(*) filter (where i.lost > 1),
        count(*) filter (where i.run = p_run and i.attempt || ' ' || i.key = any (v_held)),
        coalesce(bool_or(i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms'
          or case when i.run = p_run then not v_late and not (i.attempt || ' ' || i.key = any (v_named))
            else greatest(v_gate.awake_since, (select r.touched_at from tidegate.runs r where r.id = i.run limit 1))
              < v_now - interval '15 s' end), false)
      into v_live, v_suspects, v_last_suspects, v_kept, v_dying
      from (
        select i.key, i.attempt, i.run, i.lost, i.until, i.span_ms from tidegate.items i
          where i.gate = p_gate and i.state = 'leased' and i.until is not null
          order by i.until) i;
    exit when v_buried or not v_dying;
    v_buried := true;
    select b.lost, b.refunded, b.refunded_tokens
      into v_lost, v_refunded, v_refunded_tokens
      from tidegate.bury_2(p_gate, p_run, v_late, v_named, v_gate.awake_since, v_gate.spent_on, v_now) b;
    v_gate.spent_micros := greatest(0, v_gate.spent_micros - v_refunded);
    v_gate.model_tokens := least(v_token_rate, v_gate.model_tokens + v_refunded_tokens);
  end loop;
  perform tidegate.count_2(p_gate, v_settled, v_lost);

  -- What the caller believes to hold and does not.
  if v_kept < cardinality(v_held) then
    select coalesce(jsonb_agg(h.held), '[]') into v_gone
      from unnest(v_held) h (held)
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

  if v_stop is null and v_room > 0 then
    v_leases := tidegate.lease_2(v_gate, p_request, p_apply, jsonb_build_object('run', p_run, 'now', v_now,
      'room', v_room, 'cap', v_cap, 'suspects', v_suspects, 'lastSuspects', v_last_suspects, 'probing', v_probing,
      'reserve', v_reserve, 'reserveTokens', v_reserve_tokens));
    v_gate.tokens := v_gate.tokens - jsonb_array_length(v_leases);
    v_gate.model_tokens := v_gate.model_tokens - v_reserve_tokens * jsonb_array_length(v_leases);
    v_gate.spent_micros := v_gate.spent_micros + v_reserve * jsonb_array_length(v_leases);
    if v_probing and jsonb_array_length(v_leases) > 0 then
      v_gate.probe_at := v_now + v_gate.probe_ms * interval '1 ms';
      v_gate.probe_ms := least(v_gate.probe_ms * 2, (p_request->>'probeMaxMs')::bigint);
    end if;
  end if;

  -- 7 the gate's row, only when a value changed; a bucket's filling is reckoned, not written.
  if jsonb_array_length(v_leases) = 0 and v_was.tokens_at <= v_now and v_rate is not null then
    v_gate.tokens := v_was.tokens;
    v_gate.tokens_at := v_was.tokens_at;
  end if;
  if jsonb_array_length(v_leases) = 0 and v_settled = '[]' and not v_buried and v_was.model_tokens_at <= v_now
    and v_token_rate is not null then
    v_gate.model_tokens := v_was.model_tokens;
    v_gate.model_tokens_at := v_was.model_tokens_at;
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
  return jsonb_build_object('late', v_late, 'locked', true, 'probing', v_probing, 'stop', v_stop, 'reason', v_reason,
    'retryMs', v_retry_ms, 'live', v_live, 'cap', v_cap, 'settled', v_settled, 'leases', v_leases, 'gone', v_gone);
end $$;

revoke all on function tidegate.bury_2(int, uuid, boolean, text[], timestamptz, date, timestamptz) from public;
revoke all on function tidegate.lease_2(tidegate.gates, jsonb, text, jsonb) from public;
revoke all on function tidegate.step_2(int, uuid, int, jsonb, text) from public;

-- Whoever was allowed the first step is allowed the second.
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
      and f.proname in ('prepared_2', 'settle_2', 'settle_each_2', 'count_2', 'hear_2', 'bury_2', 'lease_2', 'step_2')
  loop
    execute format('grant execute on function %s to %s', v_function, v_grantee);
  end loop;
end $$;

insert into tidegate.migrations (name) values ('20261126000003_step_2') on conflict do nothing;
