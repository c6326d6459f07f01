-- The second settle: the laws of the first at a third of its cost. The statements that hold the user's words (apply and
-- the source) are prepared once a minute and connection instead of being planned at every step. The first stays for
-- programs that were written for it.

alter table tidegate.gates
  -- The records in a row whose apply failed on their own data, each once.
  add column apply_keys text[] not null default '{}',
  -- When the server was last found to have hardly a connection left.
  add column crowded_at timestamptz,
  -- The model's tokens: the bucket, below zero where a call used more than was reserved, and what the last calls used.
  add column model_tokens float8,
  add column model_tokens_at timestamptz,
  add column token_counts bigint[] not null default '{}';
alter table tidegate.items add column reserved_tokens bigint not null default 0;
alter table tidegate.attempts add column tokens bigint not null default 0;

-- The name under which a statement without parameters is prepared on this connection, made where there is none. Prepared
-- and used within one transaction, so that it holds behind a transaction pooler; planned anew after a minute, so that a
-- plan made while a table was small does not outlive its growth. What the statement reads stands in a setting of the
-- transaction, which, unlike literals, no error writes into the server's log.
create function tidegate.prepared_2(p_text text) returns text language plpgsql security invoker volatile as $$
declare
  v_name constant text := 'tidegate_' || to_hex(hashtextextended(p_text, 0));
  v_statement constant text := format('prepare %s as %s', v_name, p_text);
  v_known record;
  v_old text;
begin
  select p.statement, p.prepare_time into v_known from pg_catalog.pg_prepared_statements p where p.name = v_name;
  if v_known.statement = v_statement
    and clock_timestamp() between v_known.prepare_time - interval '1 s' and v_known.prepare_time + interval '1 min' then
    return v_name;
  end if;
  -- Its former self, and what no gate has used for long.
  for v_old in
    select p.name from pg_catalog.pg_prepared_statements p
      where p.name = v_name or p.name like 'tidegate\_%' and p.prepare_time < clock_timestamp() - interval '10 min'
  loop
    execute format('deallocate %I', v_old);
  end loop;
  execute v_statement;
  return v_name;
end $$;

-- Writes outcomes and moves items; runs the user's apply over finished work. Takes the gate's lock nowhere. Whatever
-- apply raises leaves here unhandled: settle_each_2 isolates it.
--
-- p_outcomes: [{ key, attempt, outcome, status, body, summary, error, code, blame, waitMs, counts, reached, costMicros,
-- tokens, nth }], `nth` in the order in which they ended, `reached` when the far end answered, `counts` when a deferral may
-- count on the item; with outcome done | failed | deferred | parked | returned from the work, or from settle_each_2 kept |
-- apply_failed: a paid answer that waits in the item until apply works again. Returns one object per outcome, the
-- committed truth: { key, attempt, outcome, fresh, ok, status, body, error, blame, leasedAt, tookMs, costMicros, … }.
create function tidegate.settle_2(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int
) returns jsonb language plpgsql security invoker volatile as $$
declare
  v_mine tidegate.items[] := '{}';
  v_done jsonb;
  v_done_keys text[];
  v_written text[] := '{}';
  v_standing text[] := '{}';
  v_done_at timestamptz;
  v_shut_at timestamptz;
  v_moved int := 0;
  v_plain boolean;
  v_result jsonb := '[]';
begin
  -- Ours is what this run holds under that attempt number. What finished is moved in the same statement that finds it; what
  -- that does not reach, or what ended otherwise, is looked for below.
  if not jsonb_path_exists(p_outcomes, '$[*].outcome ? (@ <> "done")') then
    with held as materialized (
      select l.i, l.place from jsonb_to_recordset(p_outcomes) as o (key text, attempt int)
      cross join lateral (
        select i, i.ctid as place from tidegate.items i
          where i.gate = p_gate and i.key = o.key and i.attempt = o.attempt and i.state = 'leased' and i.run = p_run
          limit 1) l
      order by o.key
    ), moved as (
      -- By its place, whatever the statistics say. A row that has moved on meanwhile stands there no more.
      update tidegate.items i set state = 'done', run = null, since_at = clock_timestamp(), until = null, span_ms = null,
          failures = 0, lost = 0, deferrals = 0, code = null, reason = null, answer = null
        from held h
        where i.ctid = h.place and i.gate = p_gate and i.attempt = (h.i).attempt and i.state = 'leased' and i.run = p_run
        returning h.i
    )
    select coalesce(array_agg(m.i), '{}') into v_mine from moved m;
    v_moved := cardinality(v_mine);
  end if;
  -- Ours, too, is what was buried and nobody has leased since. Giving back what was buried is nothing new: the loss
  -- stands, or a record that freezes its process would never be parked.
  if v_moved < jsonb_array_length(p_outcomes) then
    select v_mine || coalesce(array_agg(m.i), '{}')
      into v_mine
      from (select o.* from jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text) order by o.key) o
      cross join lateral (
        select i from tidegate.items i
          where i.gate = p_gate and i.key = o.key and i.attempt = o.attempt
            and (i.state = 'leased' and i.run = p_run
              or o.outcome <> 'returned' and i.state in ('waiting', 'parked') and (
                select t.run = p_run and t.outcome = 'lost' from tidegate.attempts t
                  where t.gate = p_gate and t.key = i.key and t.attempt = i.attempt
                  limit 1))
          limit 1
          for no key update) m;
  end if;

  if cardinality(v_mine) > 0 and p_apply is not null then
    select jsonb_agg(jsonb_build_object('key', m.key, 'attempt', m.attempt, 'status', o.status, 'body', o.body,
        'revision', m.revision)), array_agg(m.key)
      into v_done, v_done_keys
      from unnest(v_mine) m
      join jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text, status int, body jsonb)
        on o.key = m.key and o.attempt = m.attempt
      where o.outcome = 'done';
  end if;

  if v_done is not null then
    perform set_config('tidegate.settled', v_done::text, true);
    perform set_config('enable_seqscan', coalesce(p_source->>'seqscan', 'on'), true);
    execute 'execute ' || tidegate.prepared_2(format(
      $apply$
        with settled as materialized (
          select m.key::%1$s as key, m.attempt, m.status, m.body, m.revision
          from jsonb_to_recordset(current_setting('tidegate.settled')::jsonb)
            as m (key text, attempt int, status int, body jsonb, revision text)
          limit %3$s
        ), applied as (
          %2$s
        )
        select coalesce(array_agg(a.key::text), '{}') from applied as a (key)
      $apply$, (p_source->>'keyType')::regtype, p_apply,
      -- The planner takes any JSON for a hundred rows, and scanned a table of 12,000 for them: 4 ms a step.
      case when cardinality(v_done_keys) <= 4 then 4 when cardinality(v_done_keys) <= 20 then 20
        when cardinality(v_done_keys) <= 100 then 100 else 1000000 end))
      into v_written;
    -- What the user's tables check at commit is checked here, where it can still be told whose fault it is.
    set constraints all immediate;
    if not v_written <@ v_done_keys then
      raise exception 'apply has to return the keys it was given and wrote, and returned something else'
        using errcode = 'datatype_mismatch';
    end if;
    perform set_config('enable_seqscan', 'off', true);
    -- The source is the truth: what apply should have taken out of it, and still stands there as it was leased, would
    -- be paid for again by the next walk.
    execute 'execute ' || tidegate.prepared_2(format(
      $look$
        select /* the source once more */ coalesce(array_agg(m.key), '{}')
        from jsonb_to_recordset(current_setting('tidegate.settled')::jsonb) as m (key text, revision text)
        cross join lateral (select s.skip, %3$s as revision from tidegate.%1$I s where s.key = m.key::%2$s limit 1) s
        where s.skip is null and (m.revision is null or s.revision = m.revision)
      $look$, p_source->>'view', (p_source->>'keyType')::regtype,
      case when (p_source->>'revision')::boolean then 's.revision' else 'null::text' end))
      -- What raises here is told by these words in its context.
      || ' /* the source once more */'
      into v_standing;
    perform set_config('tidegate.settled', '', true);
  end if;

  -- Nearly always everything has ended well, and only the log is left to write.
  v_plain := v_moved = jsonb_array_length(p_outcomes) and cardinality(v_standing) = 0
    and (p_apply is null or cardinality(v_written) = v_moved);
  if v_plain then
    with ended as materialized (
      select m.key, m.attempt, m.since_at, m.reserved_micros, m.reserved_on, m.reserved_tokens, o.status, o.summary,
        o.blame, o.reached, coalesce(o."costMicros", 0) as cost_micros, coalesce(o.tokens, 0) as tokens, o.nth
      from unnest(v_mine) m
      join jsonb_to_recordset(p_outcomes) as o (key text, attempt int, status int, summary jsonb, blame text,
        reached boolean, "costMicros" bigint, tokens bigint, nth int) on o.key = m.key
    ), logged as (
      insert into tidegate.attempts as a (gate, key, attempt, run, outcome, blame, status, summary, cost_micros, tokens,
          started_at)
        select p_gate, e.key, e.attempt, p_run, 'done', e.blame, e.status, e.summary, e.cost_micros, e.tokens, e.since_at
        from ended e order by e.key
        returning a.key, a.ended_at
    )
    select jsonb_agg(jsonb_build_object('key', e.key, 'attempt', e.attempt, 'outcome', 'done', 'fresh', true,
        'ok', true, 'status', e.status, 'body', e.summary, 'error', null, 'blame', e.blame, 'leasedAt', e.since_at,
        'tookMs', (extract(epoch from l.ended_at - e.since_at) * 1000)::bigint, 'costMicros', e.cost_micros,
        'tokens', e.tokens, 'reserved', e.reserved_micros, 'reservedOn', e.reserved_on,
        'reservedTokens', e.reserved_tokens, 'reached', e.reached, 'ended', true, 'applied', p_apply is not null,
        'applyFailed', false) order by e.nth)
      into v_result
      from logged l join ended e on e.key = l.key;
  elsif cardinality(v_mine) > 0 then
    select g.done_at, g.shut_at into v_done_at, v_shut_at from tidegate.gates g where g.id = p_gate;

    with verdict as materialized (
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
      from (
        select o.key, o.attempt, o.status, o.body, o.summary, o.error, o.code, o.blame, o."waitMs" as wait_ms, o.reached, o.nth,
          coalesce(o."costMicros", 0) as cost_micros, coalesce(o.tokens, 0) as tokens, m.revision, m.since_at, m.failures,
          m.lost, m.deferrals, m.failed_at, m.answer, m.reserved_micros, m.reserved_on, m.reserved_tokens,
          case when o.outcome <> 'done' then o.outcome
            when p_apply is null then 'done'
            when o.key = any (v_written) then case when o.key = any (v_standing) then 'left' else 'done' end
            when o.key = any (v_standing) then 'unwritten'
            else 'superseded' end as became,
          -- A deferral counts on the item when somebody else succeeded since its last attempt: then the provider works.
          coalesce(o.outcome = 'deferred' and o.counts and v_shut_at is null and v_done_at > m.failed_at, false)::int
            as counted
        from unnest(v_mine) m
        join jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text, status int, body jsonb,
          summary jsonb, error text, code text, blame text, "waitMs" bigint, counts boolean, reached boolean,
          "costMicros" bigint, tokens bigint, nth int) on o.key = m.key and o.attempt = m.attempt) o
    ), moved as (
      -- By upsert: the arbiter index is the only way in, whatever the statistics say.
      insert into tidegate.items as i (gate, key, attempt, state, since_at, until, span_ms, revision, failures, lost,
          deferrals, failed_at, code, reason, answer)
        select p_gate, v.key, v.attempt, v.state, clock_timestamp(),
          case when v.state = 'waiting' then clock_timestamp() + coalesce(v.wait_ms, 0) * interval '1 ms' end,
          case when v.state = 'waiting' then coalesce(v.wait_ms, 0) end,
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
          until = excluded.until, span_ms = excluded.span_ms, failures = excluded.failures, lost = excluded.lost,
          deferrals = excluded.deferrals, failed_at = excluded.failed_at, code = excluded.code,
          reason = excluded.reason, answer = excluded.answer
    ), logged as (
      insert into tidegate.attempts as a (gate, key, attempt, run, outcome, blame, status, summary, error, cost_micros,
          tokens, started_at)
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
          v.cost_micros, v.tokens, v.since_at
        from verdict v
        order by v.key
        on conflict (gate, key, attempt) do update set run = excluded.run, outcome = excluded.outcome,
          blame = excluded.blame, status = excluded.status, summary = excluded.summary, error = excluded.error,
          cost_micros = excluded.cost_micros, tokens = excluded.tokens, ended_at = clock_timestamp()
          where a.outcome = 'lost'
        returning a.key, a.attempt, a.outcome, a.status, a.summary, a.error, a.blame, a.started_at, a.ended_at
    )
    -- In the order in which they came: a streak is told by it.
    select coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'attempt', l.attempt, 'outcome', l.outcome, 'fresh', true,
        'ok', l.outcome = 'done', 'status', l.status, 'body', l.summary, 'error', l.error, 'blame', l.blame,
        'leasedAt', l.started_at, 'tookMs', (extract(epoch from l.ended_at - l.started_at) * 1000)::bigint,
        'costMicros', v.cost_micros, 'tokens', v.tokens, 'reserved', v.reserved_micros, 'reservedOn', v.reserved_on,
        'reservedTokens', v.reserved_tokens, 'reached', v.reached, 'ended', v.state in ('done', 'parked'),
        'applied', v.became = 'done' and p_apply is not null, 'applyFailed', v.became = 'apply_failed')
        order by v.nth), '[]')
      into v_result
      from logged l join verdict v on v.key = l.key;
  end if;

  -- Settled before, by an answer that was lost on its way: the same again. Anything else came too late.
  if cardinality(v_mine) < jsonb_array_length(p_outcomes) then
    v_result := v_result || (
      select coalesce(jsonb_agg(jsonb_build_object('key', o.key, 'attempt', o.attempt,
          'outcome', coalesce(t.outcome, 'stale'), 'fresh', false, 'ok', t.outcome = 'done', 'status', t.status,
          'body', t.summary, 'error', t.error)), '[]')
        from jsonb_to_recordset(p_outcomes) as o (key text, attempt int)
        left join lateral (
          select t.* from tidegate.attempts t
            where t.gate = p_gate and t.key = o.key and t.attempt = o.attempt and t.run = p_run and t.outcome <> 'lost'
            limit 1) t on true
        where not exists (select from unnest(v_mine) m where m.key = o.key and m.attempt = o.attempt));
  end if;
  return v_result;
end $$;

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
begin
  settled := '[]';
  begin
    perform set_config('lock_timeout', least(200, 2000 / jsonb_array_length(p_outcomes)) || 'ms', true);
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
        perform set_config('lock_timeout', '20ms', true);
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

revoke all on function tidegate.prepared_2(text) from public;
revoke all on function tidegate.settle_2(int, uuid, jsonb, jsonb, text, int, int) from public;
revoke all on function tidegate.settle_each_2(int, uuid, jsonb, jsonb, text, int, int) from public;
revoke all on function tidegate.count_2(int, jsonb, int) from public;

insert into tidegate.migrations (name) values ('20261126000001_settle_2') on conflict do nothing;
