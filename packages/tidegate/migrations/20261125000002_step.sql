-- The step: settle what has finished, bury what has died, lease what there is room for. One call, one round trip, one
-- transaction. Its order is the law: whatever waits for somebody else's lock comes before the gate's row is locked.

-- Writes outcomes and moves items; runs the user's apply over finished work. Takes the gate's lock nowhere. Whatever
-- apply raises leaves here unhandled: step_1 isolates it.
--
-- p_outcomes: [{ key, attempt, outcome, status, body, summary, error, code, blame, waitMs, counts, reached,
-- costMicros }], `reached` when the far end answered, `counts` when a deferral may count on the item; with outcome done | failed | deferred | parked | returned from the work, or from step_1 itself kept | apply_failed: a paid
-- answer that waits in the item until apply works again. Returns one object per outcome, the committed truth:
-- { key, attempt, outcome, fresh, ok, status, body, error, blame, leasedAt, tookMs, costMicros }.
create function tidegate.settle_1(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int
) returns jsonb language plpgsql security invoker volatile as $$
declare
  v_mine jsonb;
  v_done jsonb;
  v_written text[] := '{}';
  v_standing text[] := '{}';
  v_done_at timestamptz;
  v_shut_at timestamptz;
  v_result jsonb;
begin
  -- Ours is what this run holds under that attempt number, or what was buried and nobody has leased since.
  select jsonb_agg(jsonb_build_object('key', i.key, 'attempt', i.attempt, 'revision', i.revision, 'since', i.since_at,
      'failures', i.failures, 'lost', i.lost, 'deferrals', i.deferrals, 'failedAt', i.failed_at, 'answer', i.answer)
      order by i.key)
    into v_mine
    from (select o.key, o.attempt from jsonb_to_recordset(p_outcomes) as o (key text, attempt int) order by o.key) o
    cross join lateral (
      select i.* from tidegate.items i
        where i.gate = p_gate and i.key = o.key and i.attempt = o.attempt
          and (i.state = 'leased' and i.run = p_run
            or i.state in ('waiting', 'parked') and exists (
              select from tidegate.attempts t
                where t.gate = p_gate and t.key = i.key and t.attempt = i.attempt
                  and t.run = p_run and t.outcome = 'lost'))
        limit 1
        for no key update) i;

  if v_mine is not null and p_apply is not null then
    select jsonb_agg(jsonb_build_object('key', m.key, 'attempt', m.attempt, 'status', o.status, 'body', o.body,
        'revision', m.revision))
      into v_done
      from jsonb_to_recordset(v_mine) as m (key text, attempt int, revision text)
      join jsonb_to_recordset(p_outcomes) as o (key text, outcome text, status int, body jsonb) on o.key = m.key
      where o.outcome = 'done';
  end if;

  if v_done is not null then
    execute format(
      $apply$
        with settled as materialized (
          select m.key::%1$s as key, m.attempt, m.status, m.body, m.revision
          from jsonb_to_recordset($1) as m (key text, attempt int, status int, body jsonb, revision text)
        ), applied as (
          %2$s
        )
        select coalesce(array_agg(a.key::text), '{}') from applied as a (key)
      $apply$, (p_source->>'keyType')::regtype, p_apply)
      into v_written using v_done;
    -- The source is the truth: what apply should have taken out of it, and still stands there as it was leased, would
    -- be paid for again by the next walk.
    execute format(
      $look$
        select coalesce(array_agg(m.key), '{}')
        from jsonb_to_recordset($1) as m (key text, revision text)
        cross join lateral (select s.skip, %3$s as revision from tidegate.%1$I s where s.key = m.key::%2$s limit 1) s
        where s.skip is null and (m.revision is null or s.revision = m.revision)
      $look$, p_source->>'view', (p_source->>'keyType')::regtype,
      case when (p_source->>'revision')::boolean then 's.revision' else 'null::text' end)
      into v_standing using v_done;
  end if;

  if v_mine is not null then
    select g.done_at, g.shut_at into v_done_at, v_shut_at from tidegate.gates g where g.id = p_gate;

    with o as materialized (
      select o.*, m.revision, m.since, m.failures, m.lost, m.deferrals, m."failedAt" as failed_at, m.answer,
        case when o.outcome <> 'done' then o.outcome
          when p_apply is null then 'done'
          when o.key = any (v_written) then case when o.key = any (v_standing) then 'left' else 'done' end
          when o.key = any (v_standing) then 'unwritten'
          else 'superseded' end as became,
        -- A deferral counts on the item when somebody else succeeded since its last attempt: then the provider works.
        coalesce(o.outcome = 'deferred' and o.counts and v_shut_at is null and v_done_at > m."failedAt", false)::int
          as counted
      from jsonb_to_recordset(v_mine) as m (key text, attempt int, revision text, since timestamptz, failures int,
        lost int, deferrals int, "failedAt" timestamptz, answer jsonb)
      join jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text, status int, body jsonb,
        summary jsonb, error text, code text, blame text, "waitMs" bigint, counts boolean, reached boolean,
        "costMicros" bigint) on o.key = m.key
    ), verdict as materialized (
      select o.*,
        case became when 'done' then 'done' when 'superseded' then 'done'
          when 'failed' then case when o.failures + 1 >= p_attempts_max then 'parked' else 'waiting' end
          when 'deferred' then case when o.deferrals + o.counted >= p_deferrals_max then 'parked' else 'waiting' end
          when 'returned' then 'waiting' when 'kept' then 'waiting' else 'parked' end as state,
        case became
          when 'superseded' then 'the record changed, was decided or left the source while it was being verified'
          when 'left' then 'apply wrote this record, and it still stands in the source: the next walk would pay again'
          when 'unwritten' then 'apply wrote nothing for this record, and it still stands in the source'
          when 'deferred' then case when o.deferrals + o.counted >= p_deferrals_max
            then 'the provider fails on this record only: ' || coalesce(o.error, 'status ' || o.status)
            else coalesce(o.error, 'status ' || o.status) end
          when 'failed' then coalesce(o.error, 'status ' || o.status)
          else o.error end as reason,
        case became when 'superseded' then 'superseded' when 'left' then 'left_in_source'
          when 'unwritten' then 'apply_wrote_nothing' else o.code end as known_as
      from o
    ), moved as (
      -- By upsert: the arbiter index is the only way in, whatever the statistics say.
      insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, revision, failures, lost,
          deferrals, failed_at, code, reason, answer)
        select p_gate, v.key, v.attempt, v.state, clock_timestamp(),
          case when v.state = 'waiting' then clock_timestamp() + coalesce(v."waitMs", 0) * interval '1 ms' end,
          case when v.state = 'waiting' then coalesce(v."waitMs", 0) end,
          v.revision,
          case when v.became in ('done', 'superseded') then 0 else v.failures + (v.became = 'failed')::int end,
          case when v.became = 'returned' then v.lost else 0 end,
          case when v.became in ('done', 'superseded') then 0 else v.deferrals + v.counted end,
          case when v.became in ('done', 'superseded', 'returned') then v.failed_at else clock_timestamp() end,
          case when v.became <> 'done' then v.known_as end,
          case when v.became <> 'done' then coalesce(v.reason, v.known_as, v.became) end,
          case when v.became in ('kept', 'apply_failed')
              then jsonb_build_object('status', v.status, 'body', v.body, 'summary', v.summary, 'revision', v.revision)
            when v.became in ('returned', 'deferred') then v.answer end
        from verdict v
        order by v.key
        on conflict (gate, key) do update set state = excluded.state, run = null, since_at = excluded.since_at,
          until = excluded.until, span_ms = excluded.span_ms, failures = excluded.failures,
          lost = excluded.lost,
          deferrals = excluded.deferrals, failed_at = excluded.failed_at, code = excluded.code, reason = excluded.reason, answer = excluded.answer
    ), logged as (
      insert into tidegate.attempts as a (gate, key, attempt, run, outcome, blame, status, summary, error, cost_micros,
          started_at)
        select p_gate, v.key, v.attempt, p_run,
          case when v.became in ('left', 'unwritten', 'apply_failed') then 'parked'
            when v.became = 'kept' then 'deferred'
            when v.became = 'deferred' and v.state = 'parked' then 'parked'
            else v.became end,
          v.blame,
          case when v.became in ('superseded', 'left', 'unwritten', 'apply_failed') then 409
            when v.became = 'kept' then 503 else v.status end,
          case when v.became in ('superseded', 'left', 'unwritten', 'apply_failed', 'kept')
            then jsonb_build_object('error', jsonb_build_object('code', v.known_as, 'message', v.reason))
            else v.summary end,
          case when v.became in ('failed', 'deferred', 'parked', 'returned') then v.error end,
          coalesce(v."costMicros", 0), v.since
        from verdict v
        order by v.key
        on conflict (gate, key, attempt) do update set run = excluded.run, outcome = excluded.outcome,
          blame = excluded.blame, status = excluded.status, summary = excluded.summary, error = excluded.error,
          cost_micros = excluded.cost_micros, ended_at = clock_timestamp()
          where a.outcome = 'lost'
        returning a.*
    )
    select jsonb_agg(jsonb_build_object('key', l.key, 'attempt', l.attempt, 'outcome', l.outcome, 'fresh', true,
        'ok', l.outcome = 'done', 'status', l.status, 'body', l.summary, 'error', l.error, 'blame', l.blame,
        'leasedAt', l.started_at, 'tookMs', (extract(epoch from l.ended_at - l.started_at) * 1000)::bigint,
        'costMicros', l.cost_micros, 'reached', v.reached, 'ended', v.state in ('done', 'parked'), 'applied', v.became = 'done' and p_apply is not null,
        'applyFailed', v.became = 'apply_failed'))
      into v_result
      from logged l join verdict v on v.key = l.key;
  end if;

  -- Settled before, by an answer that was lost on its way: the same again. Anything else came too late.
  return coalesce(v_result, '[]') || (
    select coalesce(jsonb_agg(jsonb_build_object('key', o.key, 'attempt', o.attempt,
        'outcome', coalesce(t.outcome, 'stale'), 'fresh', false, 'ok', t.outcome = 'done', 'status', t.status,
        'body', t.summary, 'error', t.error)), '[]')
      from jsonb_to_recordset(p_outcomes) as o (key text, attempt int)
      left join lateral (
        select t.* from tidegate.attempts t
          where t.gate = p_gate and t.key = o.key and t.attempt = o.attempt and t.run = p_run and t.outcome <> 'lost'
          limit 1) t on true
      where not exists (select from jsonb_to_recordset(coalesce(v_mine, '[]')) as m (key text) where m.key = o.key));
end $$;

-- What a failed apply means, by its SQLSTATE alone: transient (nobody's fault, settled again), broken (the statement or
-- the role is wrong: the gate shuts) or data (this record's).
create function tidegate.apply_fault_1(p_sqlstate text) returns text language sql immutable parallel safe as $$
  select case
    when p_sqlstate in ('40001', '40P01', '55P03', '57014', '25006') or p_sqlstate like '53%'
      or p_sqlstate like '57P0%' or p_sqlstate like '08%' then 'transient'
    when p_sqlstate = '42501' then 'denied'
    when p_sqlstate like '42%' or p_sqlstate like '0A%' or p_sqlstate like '3D%' or p_sqlstate like '28%' then 'broken'
    else 'data' end
$$;

-- p_request: { cap, want, leaseMs, force, source { view, keyType, revision, payload }, outcomes, held ["attempt key"],
--   keys [text], tried [text], attemptsMax, deferralsMax, shutStreak, probeMs, probeMaxMs }.
-- Returns { late, locked, stop, reason, retryMs, live, cap, settled, leases, gone, parked }.
create function tidegate.step_1(p_gate int, p_run uuid, p_step int, p_request jsonb, p_apply text)
returns jsonb language plpgsql security invoker volatile as $$
declare
  v_began constant timestamptz := clock_timestamp();
  v_source constant jsonb := p_request->'source';
  v_outcomes constant jsonb := coalesce(p_request->'outcomes', '[]');
  v_attempts_max constant int := (p_request->>'attemptsMax')::int;
  v_deferrals_max constant int := (p_request->>'deferralsMax')::int;
  v_force constant boolean := coalesce((p_request->>'force')::boolean, false);
  v_held text[];
  v_keys text[];
  v_tried text[];
  v_settled jsonb := '[]';
  v_one jsonb;
  v_state text;
  v_message text;
  v_fault text;
  v_denied int := 0;
  v_apply_code text;
  v_lost int := 0;
  v_broken text;
  v_gate tidegate.gates;
  v_was tidegate.gates;
  v_run tidegate.runs;
  v_now timestamptz;
  v_late boolean := true;
  v_waiting boolean;
  v_probing boolean := false;
  v_stop text;
  v_reason text;
  v_retry_ms bigint;
  v_cap int;
  v_live int := 0;
  v_suspects int := 0;
  v_last_suspects int := 0;
  v_room int;
  v_known jsonb;
  v_rows jsonb;
  v_leases jsonb := '[]';
  v_gone jsonb := '[]';
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the gate needs isolation read committed, this session has %', current_setting('transaction_isolation')
      using errcode = 'TG001',
        hint = format('alter role %I set default_transaction_isolation = ''read committed'';', current_user);
  end if;
  select coalesce(array_agg(h), '{}') into v_held from jsonb_array_elements_text(p_request->'held') h;
  select coalesce(array_agg(k), '{}') into v_keys from jsonb_array_elements_text(p_request->'keys') k;
  select coalesce(array_agg(k), '{}') into v_tried from jsonb_array_elements_text(p_request->'tried') k;

  -- 1 settle, before any lock of the gate's. As a group; where that fails, one by one.
  if jsonb_array_length(v_outcomes) > 0 then
    begin
      perform set_config('lock_timeout', '200ms', true);
      v_settled := tidegate.settle_1(p_gate, p_run, v_outcomes, v_source, p_apply, v_attempts_max, v_deferrals_max);
    exception when others then
      select (g.apply_streak > 0 and g.apply_code = '42501')::int into v_denied from tidegate.gates g where g.id = p_gate;
      for v_one in select o.value from jsonb_array_elements(v_outcomes) o order by o.value->>'key' loop
        begin
          if clock_timestamp() > v_began + interval '2 s' then
            raise exception 'the step has waited for locks long enough' using errcode = '55P03';
          end if;
          perform set_config('lock_timeout', '20ms', true);
          v_settled := v_settled || tidegate.settle_1(p_gate, p_run, jsonb_build_array(v_one), v_source, p_apply,
            v_attempts_max, v_deferrals_max);
        exception when others then
          get stacked diagnostics v_state = returned_sqlstate, v_message = message_text;
          v_fault := tidegate.apply_fault_1(v_state);
          -- Where no apply ran it is our own fault, and no record's.
          if v_fault <> 'transient' and v_one->>'outcome' <> 'done' then
            raise;
          end if;
          if v_fault = 'denied' then
            v_denied := v_denied + 1;
            v_fault := case when v_denied > 1 then 'broken' else 'data' end;
          end if;
          if v_fault = 'transient' then
            v_settled := v_settled || jsonb_build_array(jsonb_build_object('key', v_one->>'key',
              'attempt', (v_one->>'attempt')::int, 'outcome', 'again', 'fresh', false, 'error', v_message));
          else
            if v_fault = 'broken' then
              v_broken := v_message;
            end if;
            begin
              v_settled := v_settled || tidegate.settle_1(p_gate, p_run, jsonb_build_array(v_one || jsonb_build_object(
                'outcome', case when v_fault = 'broken' then 'kept' else 'apply_failed' end,
                'code', case when v_fault = 'broken' then 'apply_broken' else 'apply_failed' end,
                'blame', case when v_fault = 'broken' then 'gate' else 'row' end,
                'error', v_message, 'sqlstate', v_state)), v_source, p_apply, v_attempts_max, v_deferrals_max);
              if v_fault = 'data' then
                v_apply_code := v_state;
              end if;
            exception when lock_not_available then
              v_settled := v_settled || jsonb_build_array(jsonb_build_object('key', v_one->>'key',
                'attempt', (v_one->>'attempt')::int, 'outcome', 'again', 'fresh', false, 'error', v_message));
            end;
          end if;
        end;
      end loop;
    end;
  end if;

  -- 2 the gate. Not to be had within 200 ms: the settle stays, nothing is leased, the breaker counts next time.
  begin
    perform set_config('lock_timeout', '200ms', true);
    select g.* into v_gate from tidegate.gates g where g.id = p_gate for no key update;
  exception when lock_not_available then
    perform tidegate.count_1(p_gate, v_settled, 0);
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
  select r.* into v_run from tidegate.runs r where r.id = p_run for no key update;
  v_late := v_run.id is null or v_run.closed_at is not null or p_step <= v_run.step;
  if not v_late then
    update tidegate.runs set step = p_step, touched_at = v_now where id = p_run;
  end if;
  if v_gate.awake_at is null or v_now - v_gate.awake_at > interval '15 s' or v_gate.awake_at > v_now + interval '1 s' then
    v_gate.awake_since := v_now;
    v_gate.awake_at := v_now;
  elsif v_now - v_gate.awake_at > interval '5 s' then
    v_gate.awake_at := v_now;
  end if;

  -- 4 the breaker, in the order in which the outcomes came.
  for v_one in select s.value from jsonb_array_elements(v_settled) s where (s.value->>'fresh')::boolean loop
    if v_one->>'blame' = 'gate' and v_one->>'outcome' <> 'returned' then
      if v_gate.shut_at is null then
        v_gate.shut_at := v_now;
        v_gate.shut_code := coalesce(v_one#>>'{body,error,code}', 'gate');
        v_gate.shut_reason := coalesce(v_broken, v_one#>>'{body,error,message}', v_one->>'error',
          'status ' || (v_one->>'status'), 'unknown');
      end if;
    elsif v_one->>'blame' = 'provider' then
      v_gate.streak := v_gate.streak + 1;
      if v_gate.shut_at is null and v_gate.streak >= (p_request->>'shutStreak')::int then
        v_gate.shut_at := v_now;
        v_gate.shut_code := 'provider';
        v_gate.shut_reason := format('%s failures of the provider in a row, the last: %s', v_gate.streak,
          coalesce(v_one->>'error', v_one#>>'{body,error,message}', 'status ' || (v_one->>'status')));
      end if;
    elsif coalesce((v_one->>'reached')::boolean, false) then
      v_gate.streak := 0;
      if v_one->>'outcome' = 'done' and (v_gate.done_at is null or v_gate.done_at < v_now - interval '1 s') then
        v_gate.done_at := v_now;
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
      v_gate.apply_code := v_apply_code;
      if v_gate.apply_streak >= 3 and v_gate.shut_at is null then
        v_gate.shut_at := v_now;
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
    v_gate.probe_at := v_now + v_gate.probe_ms * interval '1 ms';
  end if;
  if (p_request->>'retryAfterMs') is not null then
    v_gate.wait_ms := (p_request->>'retryAfterMs')::bigint;
    v_gate.wait_until := greatest(v_gate.wait_until, v_now + v_gate.wait_ms * interval '1 ms');
  end if;

  -- 5 bury: leases past their end or of a run that has been silent while the gate was awake; and take back what an
  -- answer leased that never arrived.
  with ending as materialized (
    select i.key, i.attempt, i.run, i.since_at, i.lost, i.until,
      not (i.run = p_run and not v_late and i.until > v_now and i.until <= v_now + i.span_ms * interval '1 ms') as is_lost
    from tidegate.items i
    left join tidegate.runs r on r.id = i.run
    where i.gate = p_gate and i.state = 'leased' and i.until is not null
      and (i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms'
        or i.run <> p_run and greatest(r.touched_at, v_gate.awake_since) < v_now - interval '15 s'
        or i.run = p_run and not v_late and not (i.attempt || ' ' || i.key = any (v_held)))
    order by i.key
    for no key update of i skip locked
  ), moved as (
    insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, code, reason, lost, failed_at)
      select p_gate, e.key, e.attempt,
        case when e.is_lost and e.lost >= 2 then 'parked' else 'waiting' end, v_now,
        -- An outage of the database is nobody's death: its own run may still settle for 15 s.
        case when e.is_lost and e.lost >= 2 then null
          when e.is_lost and e.until < v_gate.awake_since then v_now + interval '15 s' else v_now end,
        case when e.is_lost and e.lost >= 2 then null
          when e.is_lost and e.until < v_gate.awake_since then 15000 else 0 end,
        case when e.is_lost then 'lost' else 'returned' end,
        case when e.is_lost then 'the process that held it died, was frozen or lost the database'
          else 'given back unspent' end,
        e.lost + e.is_lost::int, v_now
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
      returning outcome
  )
  select count(*) into v_lost from logged l where l.outcome = 'lost';
  perform tidegate.count_1(p_gate, v_settled, v_lost);

  -- What the caller believes to hold and does not.
  select coalesce(jsonb_agg(h.held), '[]') into v_gone
    from unnest(v_held) h (held)
    where not exists (
      select from tidegate.items i
        where i.gate = p_gate and i.key = substr(h.held, strpos(h.held, ' ') + 1) and i.state = 'leased' and i.run = p_run
          and i.attempt = substr(h.held, 1, strpos(h.held, ' ') - 1)::int);

  -- 6 lease. Counting and leasing are two statements under one lock: in one they go over the cap.
  select count(*), count(*) filter (where i.lost = 1), count(*) filter (where i.lost > 1)
    into v_live, v_suspects, v_last_suspects
    from tidegate.items i where i.gate = p_gate and i.state = 'leased' and i.until is not null;
  v_cap := least((p_request->>'cap')::int, v_gate.cap);
  v_room := greatest(0, least((p_request->>'want')::int, v_cap - v_live));
  v_waiting := v_gate.wait_until > v_now and v_gate.wait_until <= v_now + v_gate.wait_ms * interval '1 ms';
  if v_late then
    v_room := 0;
  elsif v_gate.paused_at is not null then
    v_stop := 'paused';
    v_reason := v_gate.paused_reason;
  elsif v_waiting then
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
  elsif v_cap <= v_live and (p_request->>'want')::int > 0 then
    v_stop := 'busy';
    v_reason := format('%s of %s places are taken', v_live, v_cap);
  end if;

  if v_stop is null and v_room > 0 then
    -- Two lists: what the walk found, and what is due by index. An item that somebody else has locked is skipped; a
    -- row without an item is nobody's, because only this lock's holder may insert one.
    select jsonb_agg(jsonb_build_object('key', c.key, 'due', c.due, 'attempt', i.attempt, 'state', i.state,
        'lost', coalesce(i.lost, 0), 'revision', i.revision, 'answered', i.answer is not null,
        'failed', coalesce(i.failed_at > v_gate.shut_at, false)))
      into v_known
      from (
        select d.key, bool_or(d.due) as due from (
          select k.key, false as due from unnest(v_keys) k (key)
          union all (
            select i.key, true from tidegate.items i
              where not v_force and i.gate = p_gate and i.state = 'waiting' and i.until is not null and i.until <= v_now
              order by i.until limit 100)) d
          where d.key <> all (v_tried)
          group by d.key order by d.key) c
      left join lateral (
        select i.* from tidegate.items i where i.gate = p_gate and i.key = c.key
          limit 1
          for no key update skip locked) i on true
      where case when i.key is null
          then not exists (select from tidegate.items x where x.gate = p_gate and x.key = c.key)
          else i.state in ('done', 'parked')
            or i.state = 'waiting' and (v_force or i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms') end;
  end if;

  if v_known is not null then
    -- Eligibility is read again, by key, in the statement that orders by the source's own position.
    execute format(
      $rows$
        select jsonb_agg(to_jsonb(r)) from (
          select c.key, s.key is null as absent, s.skip, s.revision, s.payload,
            row_number() over (order by s.position, s.key) as nth
          from jsonb_to_recordset($1) as c (key text)
          left join lateral (
            select s.key, s.position, s.skip, %3$s as revision, %4$s as payload
            from tidegate.%1$I s where s.key = c.key::%2$s limit 1) s on true) r
      $rows$, v_source->>'view', (v_source->>'keyType')::regtype,
      case when (v_source->>'revision')::boolean then 's.revision' else 'null::text' end,
      case when (v_source->>'payload')::boolean then 's.payload' else 'null::jsonb' end)
      into v_rows using v_known;

    -- What is due and has left the source is done; what must not run now is looked at again in five minutes; and where
    -- the far end writes, a done row that still stands there was not written.
    insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, code, reason, failed_at)
      select p_gate, k.key, k.attempt,
        case when r.absent then 'done' when k.state = 'done' then 'parked' else 'waiting' end, v_now,
        case when not r.absent and k.state <> 'done' then v_now + interval '5 min' end,
        case when not r.absent and k.state <> 'done' then 300000 end,
        case when k.state = 'done' then 'left_in_source' when r.absent then 'left' else 'skipped' end,
        case when k.state = 'done' then 'the far end answered, and the record still stands in the source'
          when r.absent then 'the row has left the source' else r.skip end, v_now
      from jsonb_to_recordset(v_known) as k (key text, due boolean, attempt int, state text, revision text)
      join jsonb_to_recordset(v_rows) as r (key text, absent boolean, skip text, revision text) on r.key = k.key
      where k.state = 'waiting' and k.due and (r.absent or r.skip is not null)
        or k.state = 'done' and p_apply is null and not r.absent and r.skip is null
          and r.revision is not distinct from k.revision
      order by k.key
      on conflict (gate, key) do update set state = excluded.state, since_at = excluded.since_at, until = excluded.until,
        span_ms = excluded.span_ms, code = excluded.code, reason = excluded.reason, failed_at = excluded.failed_at;

    with fit as materialized (
      select k.key, k.attempt, k.state, k.lost, k.revision as was, k.answered, k.failed, r.revision, r.payload, r.nth,
        row_number() over (partition by least(k.lost, 2) order by r.nth) as among
      from jsonb_to_recordset(v_known) as k (key text, attempt int, state text, lost int, revision text, answered boolean,
        failed boolean)
      join jsonb_to_recordset(v_rows) as r (key text, absent boolean, skip text, revision text, payload jsonb, nth int)
        on r.key = k.key
      where not r.absent and r.skip is null
        and (k.state is null or k.state = 'waiting'
          or k.state = 'done' and (p_apply is not null or r.revision is distinct from k.revision)
          or k.state = 'parked' and r.revision <> k.revision)
    ), chosen as materialized (
      -- Few suspects at a time: one record that kills its process must not take its neighbours along.
      select f.* from fit f
      where f.lost = 0
        or f.lost = 1 and f.among <= greatest(1, v_cap / 2) - v_suspects
        or f.lost > 1 and f.among <= 1 - v_last_suspects
      order by v_probing and f.answered <> (v_gate.shut_code = 'apply_broken'), v_probing and f.failed, f.nth
      limit v_room
    ), leased as (
      insert into tidegate.items as i (gate, key, attempt, state, run, since_at, until, span_ms, revision)
        select p_gate, c.key, v_gate.attempt_floor + 1, 'leased', p_run, v_now,
          v_now + (p_request->>'leaseMs')::bigint * interval '1 ms', (p_request->>'leaseMs')::bigint, c.revision
        from chosen c order by c.key
        on conflict (gate, key) do update set attempt = i.attempt + 1, state = 'leased', run = excluded.run,
          since_at = excluded.since_at, until = excluded.until, span_ms = excluded.span_ms, revision = excluded.revision,
          failures = case when i.state = 'waiting' and i.revision is not distinct from excluded.revision then i.failures else 0 end,
          deferrals = case when i.state = 'waiting' and i.revision is not distinct from excluded.revision then i.deferrals else 0 end,
          answer = case when i.revision is not distinct from excluded.revision then i.answer end,
          code = null, reason = null
        returning i.key, i.attempt, i.failures, i.deferrals, i.answer, i.until
    )
    select coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'attempt', l.attempt, 'revision', c.revision,
        'payload', c.payload, 'failures', l.failures, 'deferrals', l.deferrals, 'answer', l.answer,
        'endsAt', extract(epoch from l.until)) order by c.nth), '[]')
      into v_leases
      from leased l join chosen c on c.key = l.key;
    if v_probing and jsonb_array_length(v_leases) > 0 then
      v_gate.probe_at := v_now + v_gate.probe_ms * interval '1 ms';
      v_gate.probe_ms := least(v_gate.probe_ms * 2, (p_request->>'probeMaxMs')::bigint);
    end if;
  end if;

  -- 7 the gate's row, only when a value changed.
  if v_gate is distinct from v_was then
    update tidegate.gates set shut_at = v_gate.shut_at, shut_code = v_gate.shut_code, shut_reason = v_gate.shut_reason,
      streak = v_gate.streak, probe_at = v_gate.probe_at, probe_ms = v_gate.probe_ms, wait_until = v_gate.wait_until,
      wait_ms = v_gate.wait_ms, apply_streak = v_gate.apply_streak, apply_code = v_gate.apply_code,
      done_at = v_gate.done_at, awake_since = v_gate.awake_since, awake_at = v_gate.awake_at
      where id = p_gate;
  end if;
  return jsonb_build_object('late', v_late, 'locked', true, 'stop', v_stop, 'reason', v_reason, 'retryMs', v_retry_ms,
    'live', v_live, 'cap', v_cap, 'settled', v_settled, 'leases', v_leases, 'gone', v_gone);
end $$;

-- Adds one step's settled attempts to their hour. Always after the gate's lock or without it, never between.
create function tidegate.count_1(p_gate int, p_settled jsonb, p_lost int)
returns void language plpgsql security invoker volatile as $$
begin
  if p_lost = 0 and not exists (select from jsonb_to_recordset(p_settled) as s (fresh boolean) where s.fresh) then
    return;
  end if;
  with s as materialized (
    select s.outcome, coalesce(s.body->>'verdict', '') as verdict, coalesce(s."costMicros", 0) as cost,
      least(37, greatest(0, ceil(2 * log(2, greatest(s."tookMs", 1) / 10.0))))::int as bucket
    from jsonb_to_recordset(p_settled) as s (fresh boolean, outcome text, body jsonb, "costMicros" bigint, "tookMs" numeric)
    where s.fresh and s.outcome <> 'returned'
  ), took as (
    select array_agg((select count(*) from s where s.bucket = b.b and s.outcome <> 'deferred')::int order by b.b) as took
    from generate_series(0, 37) b (b)
  )
  insert into tidegate.hours as h (gate, at, succeeded, failed, deferred, lost, verified, rejected, needs_review,
      cost_micros, took)
    select p_gate, date_trunc('hour', clock_timestamp(), 'UTC'),
      count(*) filter (where s.outcome = 'done'),
      count(*) filter (where s.outcome in ('failed', 'parked', 'superseded')),
      count(*) filter (where s.outcome = 'deferred'), p_lost,
      count(*) filter (where s.outcome = 'done' and s.verdict = 'verified'),
      count(*) filter (where s.outcome = 'done' and s.verdict = 'rejected'),
      count(*) filter (where s.outcome = 'done' and s.verdict = 'needs_review'),
      coalesce(sum(s.cost), 0), (select took from took)
    from s
    on conflict (gate, at) do update set succeeded = h.succeeded + excluded.succeeded,
      failed = h.failed + excluded.failed, deferred = h.deferred + excluded.deferred, lost = h.lost + excluded.lost,
      verified = h.verified + excluded.verified, rejected = h.rejected + excluded.rejected,
      needs_review = h.needs_review + excluded.needs_review, cost_micros = h.cost_micros + excluded.cost_micros,
      took = (select array_agg(a.n + b.n order by a.i) from unnest(h.took) with ordinality a (n, i)
        join unnest(excluded.took) with ordinality b (n, i) using (i));
end $$;

revoke all on function tidegate.settle_1(int, uuid, jsonb, jsonb, text, int, int) from public;
revoke all on function tidegate.apply_fault_1(text) from public;
revoke all on function tidegate.step_1(int, uuid, int, jsonb, text) from public;
revoke all on function tidegate.count_1(int, jsonb, int) from public;

insert into tidegate.migrations (name) values ('20261125000002_step') on conflict do nothing;
