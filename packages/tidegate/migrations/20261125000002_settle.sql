-- Settling: what has finished becomes committed, before any lock of the gate's row, and the user's apply runs inside.

-- Writes outcomes and moves items; runs the user's apply over finished work. Takes the gate's lock nowhere. Whatever
-- apply raises leaves here unhandled: settle_each_1 isolates it.
--
-- p_outcomes: [{ key, attempt, outcome, status, body, summary, error, code, blame, waitMs, counts, reached,
-- costMicros }], `reached` when the far end answered, `counts` when a deferral may count on the item; with outcome done | failed | deferred | parked | returned from the work, or from settle_each_1 kept | apply_failed: a paid
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
  -- Ours is what this run holds under that attempt number, or what was buried and nobody has leased since. Giving back
  -- what was buried is nothing new: the loss stands, or a record that freezes its process would never be parked.
  select jsonb_agg(jsonb_build_object('key', i.key, 'attempt', i.attempt, 'revision', i.revision, 'since', i.since_at,
      'failures', i.failures, 'lost', i.lost, 'deferrals', i.deferrals, 'failedAt', i.failed_at, 'answer', i.answer, 'reserved', i.reserved_micros, 'reservedOn', i.reserved_on)
      order by i.key)
    into v_mine
    from (select o.* from jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text) order by o.key) o
    cross join lateral (
      select i.* from tidegate.items i
        where i.gate = p_gate and i.key = o.key and i.attempt = o.attempt
          and (i.state = 'leased' and i.run = p_run
            or o.outcome <> 'returned' and i.state in ('waiting', 'parked') and (
              select t.run = p_run and t.outcome = 'lost' from tidegate.attempts t
                where t.gate = p_gate and t.key = i.key and t.attempt = i.attempt
                limit 1))
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
    perform set_config('enable_seqscan', coalesce(p_source->>'seqscan', 'on'), true);
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
    -- What the user's tables check at commit is checked here, where it can still be told whose fault it is.
    set constraints all immediate;
    if exists (
      select from unnest(v_written) w (key)
        where not exists (select from jsonb_to_recordset(v_done) as d (key text) where d.key = w.key)
    ) then
      raise exception 'apply has to return the keys it was given and wrote, and returned something else'
        using errcode = 'datatype_mismatch';
    end if;
    perform set_config('enable_seqscan', 'off', true);
    -- The source is the truth: what apply should have taken out of it, and still stands there as it was leased, would
    -- be paid for again by the next walk.
    execute format(
      $look$
        select /* the source once more */ coalesce(array_agg(m.key), '{}')
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
      select o.*, m.revision, m.since, m.failures, m.lost, m.deferrals, m."failedAt" as failed_at, m.answer, m.reserved,
        m."reservedOn" as reserved_on,
        case when o.outcome <> 'done' then o.outcome
          when p_apply is null then 'done'
          when o.key = any (v_written) then case when o.key = any (v_standing) then 'left' else 'done' end
          when o.key = any (v_standing) then 'unwritten'
          else 'superseded' end as became,
        -- A deferral counts on the item when somebody else succeeded since its last attempt: then the provider works.
        coalesce(o.outcome = 'deferred' and o.counts and v_shut_at is null and v_done_at > m."failedAt", false)::int
          as counted
      from jsonb_to_recordset(v_mine) as m (key text, attempt int, revision text, since timestamptz, failures int,
        lost int, deferrals int, "failedAt" timestamptz, answer jsonb, reserved bigint, "reservedOn" date)
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
        'costMicros', l.cost_micros,
        'reserved', v.reserved, 'reservedOn', v.reserved_on, 'reached', v.reached, 'ended', v.state in ('done', 'parked'), 'applied', v.became = 'done' and p_apply is not null,
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

-- Settles a group; where that fails, one by one, each judged by its SQLSTATE. Waits 200 ms for a lock as a group, 20 ms
-- alone, 2 s altogether: what is left comes back as `again`. `broken`: what shows that apply itself cannot run.
-- `apply_code`: the SQLSTATE of the last record that failed on its own data.
create function tidegate.settle_each_1(
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
begin
  settled := '[]';
  if jsonb_array_length(p_outcomes) = 0 then
    return;
  end if;
  begin
    perform set_config('lock_timeout', '200ms', true);
    settled := tidegate.settle_1(p_gate, p_run, p_outcomes, p_source, p_apply, p_attempts_max, p_deferrals_max);
  -- A failed assertion in somebody's trigger is not among the others. A cancelled statement is let through: its time is
  -- over, and the run sends the same outcomes again one by one.
  exception when assert_failure or others then
    select (g.apply_streak > 0 and g.apply_code = '42501')::int into v_denied from tidegate.gates g where g.id = p_gate;
    for v_one in select o.value from jsonb_array_elements(p_outcomes) o order by o.value->>'key' loop
      begin
        if clock_timestamp() > v_began + interval '2 s' then
          raise exception 'the step has waited for locks long enough' using errcode = '55P03';
        end if;
        perform set_config('lock_timeout', '20ms', true);
        settled := settled || tidegate.settle_1(p_gate, p_run, jsonb_build_array(v_one), p_source, p_apply,
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
            settled := settled || tidegate.settle_1(p_gate, p_run, jsonb_build_array(v_one || jsonb_build_object(
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
  end;
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
revoke all on function tidegate.settle_each_1(int, uuid, jsonb, jsonb, text, int, int) from public;
revoke all on function tidegate.count_1(int, jsonb, int) from public;

insert into tidegate.migrations (name) values ('20261125000002_settle') on conflict do nothing;
