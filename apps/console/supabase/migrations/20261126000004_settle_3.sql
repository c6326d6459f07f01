-- The third settle: the laws of the second at half of its cost for what ended well (settle_done_3 in the next file). What was
-- planned is told to be ready once a step instead of looked up before each use. The earlier ones stay for the programs that
-- were written for them.

-- Prepares a statement without parameters on this connection, in the place of its former self, and drops what no gate has
-- used for long. Prepared and used within one transaction, so that it holds behind a transaction pooler; planned anew after
-- a minute (the step tells which are ready), so that a plan made while a table was small does not outlive its growth. What
-- the statement reads stands in a setting of the transaction, which, unlike literals, no error writes into the server's log.
create function tidegate.prepare_3(p_name text, p_text text) returns void language plpgsql security invoker volatile as $$
declare
  v_old text;
begin
  for v_old in
    select p.name from pg_catalog.pg_prepared_statements p
      where p.name = p_name or p.name like 'tidegate\_%' and p.prepare_time < clock_timestamp() - interval '10 min'
  loop
    execute format('deallocate %I', v_old);
  end loop;
  execute format('prepare %I as %s', p_name, p_text);
end $$;

-- Runs the user's apply over finished work, and looks at the source once more. p_settled: [{ key, attempt, status, body,
-- revision }], p_standing: [{ key, revision }] of the same, both as text. p_plans: what this source's and apply's statements
-- end in, then the names of those that are ready. Returns the keys that apply wrote, and those that still stand in the
-- source as they were leased.
create function tidegate.apply_3(
  p_source jsonb, p_apply text, p_plans text[], p_settled text, p_standing text, p_keys text[],
  out written text[], out standing text[]
) language plpgsql security invoker volatile as $$
declare
  -- The planner takes any JSON for a hundred rows, and scanned a table of 12,000 for them: 4 ms a step.
  v_rows constant int := case when cardinality(p_keys) <= 4 then 4 when cardinality(p_keys) <= 20 then 20
    when cardinality(p_keys) <= 100 then 100 else 1000000 end;
  v_name text := 'tidegate_apply' || v_rows || '_' || p_plans[1];
  -- An assignment is cheaper than a query: settings are made by it.
  v_set text;
begin
  v_set := set_config('tidegate.settled', p_settled, true);
  v_set := set_config('enable_seqscan', p_source->>'seqscan', true);
  if not v_name = any (p_plans) then
    perform tidegate.prepare_3(v_name, format(
      $apply$
        with settled as materialized (
          select m.key::%1$s as key, m.attempt, m.status, m.body, m.revision
          from json_to_recordset(current_setting('tidegate.settled')::json)
            as m (key text, attempt int, status int, body jsonb, revision text)
          limit %3$s
        ), applied as (
          %2$s
        )
        select coalesce(array_agg(a.key::text), '{}') from applied as a (key)
      $apply$, (p_source->>'keyType')::regtype, p_apply, v_rows));
  end if;
  execute 'execute ' || v_name into written;
  -- What the user's tables check at commit is checked here, where it can still be told whose fault it is.
  set constraints all immediate;
  if not written <@ p_keys then
    raise exception 'apply has to return the keys it was given and wrote, and returned something else'
      using errcode = 'datatype_mismatch';
  end if;
  v_set := set_config('enable_seqscan', 'off', true);
  -- The source is the truth: what apply should have taken out of it, and still stands there as it was leased, would be paid
  -- for again by the next walk.
  v_set := set_config('tidegate.standing', p_standing, true);
  v_name := 'tidegate_look_' || p_plans[1];
  if not v_name = any (p_plans) then
    perform tidegate.prepare_3(v_name, format(
      $look$
        select /* the source once more */ coalesce(array_agg(m.key), '{}')
        from json_to_recordset(current_setting('tidegate.standing')::json) as m (key text, revision text)
        cross join lateral (select s.skip, %3$s as revision from tidegate.%1$I s where s.key = m.key::%2$s limit 1) s
        where s.skip is null and (m.revision is null or s.revision = m.revision)
      $look$, p_source->>'view', (p_source->>'keyType')::regtype,
      case when (p_source->>'revision')::boolean then 's.revision' else 'null::text' end));
  end if;
  -- What raises here is told by these words in its context.
  execute 'execute ' || v_name || ' /* the source once more */' into standing;
end $$;

-- Writes outcomes and moves items; runs the user's apply over finished work. Takes the gate's lock nowhere. Whatever
-- apply raises leaves here unhandled: settle_each_3 isolates it.
--
-- p_outcomes: [{ key, attempt, outcome, status, body, summary, error, code, blame, waitMs, counts, reached, costMicros,
-- tokens, nth }], `nth` in the order in which they ended, `reached` when the far end answered, `counts` when a deferral may
-- count on the item; with outcome done | failed | deferred | parked | returned from the work, or from settle_each_3 kept |
-- apply_failed: a paid answer that waits in the item until apply works again. Returns one object per outcome, the
-- committed truth: { key, attempt, outcome, fresh, ok, status, body, error, blame, leasedAt, tookMs, costMicros, … }.
create function tidegate.settle_3(
  p_gate int, p_run uuid, p_outcomes jsonb, p_source jsonb, p_apply text, p_attempts_max int, p_deferrals_max int,
  p_plans text[]
) returns jsonb language plpgsql security invoker volatile as $$
declare
  v_mine tidegate.items[];
  v_settled text;
  v_looked text;
  v_done_keys text[];
  v_applied record;
  v_written text[] := '{}';
  v_standing text[] := '{}';
  v_done_at timestamptz;
  v_shut_at timestamptz;
  v_result jsonb := '[]';
begin
  -- Ours is what this run holds under that attempt number, or what was buried and nobody has leased since. Giving back what
  -- was buried is nothing new: the loss stands, or a record that freezes its process would never be parked.
  select coalesce(array_agg(m.i), '{}')
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

  if cardinality(v_mine) > 0 and p_apply is not null then
    select json_agg(json_build_object('key', m.key, 'attempt', m.attempt, 'status', o.status, 'body', o.body,
        'revision', m.revision)), json_agg(json_build_object('key', m.key, 'revision', m.revision)), array_agg(m.key)
      into v_settled, v_looked, v_done_keys
      from unnest(v_mine) m
      join jsonb_to_recordset(p_outcomes) as o (key text, attempt int, outcome text, status int, body jsonb)
        on o.key = m.key and o.attempt = m.attempt
      where o.outcome = 'done';
  end if;
  if v_settled is not null then
    v_applied := tidegate.apply_3(p_source, p_apply, p_plans, v_settled, v_looked, v_done_keys);
    v_written := v_applied.written;
    v_standing := v_applied.standing;
  end if;

  if cardinality(v_mine) > 0 then
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

revoke all on function tidegate.prepare_3(text, text) from public;
revoke all on function tidegate.apply_3(jsonb, text, text[], text, text, text[]) from public;
revoke all on function tidegate.settle_3(int, uuid, jsonb, jsonb, text, int, int, text[]) from public;

insert into tidegate.migrations (name) values ('20261126000004_settle_3') on conflict do nothing;
