-- What a step leases under the gate's lock; what must end there is bury_2's.

-- Leases up to p_ask.room items: under the gate's lock, by key, eligibility read again. Returns how many, and them in the
-- source's order: { key, attempt, revision, payload, failures, deferrals, answer, endsAt }.
-- p_ask: { gate, run, now, room, cap, suspects, lastSuspects, probing, reserve, reserveTokens, floor, spentOn, leaseMs, keys,
-- tried, answeredFirst, applies }, all of this step. p_plans: as apply_3 takes them. p_due: something waits whose time has come.
create function tidegate.lease_3(
  p_gate tidegate.gates, p_source jsonb, p_force boolean, p_ask jsonb, p_plans text[], p_due boolean,
  out leases json, out n int
) language plpgsql security invoker volatile as $$
declare
  v_ask jsonb := p_ask;
  v_name text := 'tidegate_lease_' || p_plans[1];
  v_now timestamptz;
  v_known jsonb;
  v_more json;
  v_made int;
  v_set text;
begin
  leases := '[]';
  n := 0;
  -- Nearly always nothing is due, and what the walk found was never leased before.
  if not (p_force or p_due or (p_ask->>'probing')::boolean) then
    if p_ask->'keys' = '[]' then
      return;
    end if;
    v_set := set_config('tidegate.ask', p_ask::text, true);
    if not v_name = any (p_plans) then
      perform tidegate.prepare_3(v_name, format(
        $lease$
          with ask as materialized (
            select a.*, a.now + a."leaseMs" * interval '1 ms' as until
            from json_to_record(current_setting('tidegate.ask')::json) as a (gate int, run uuid, now timestamptz, room int,
              reserve bigint, "reserveTokens" bigint, keys jsonb, tried jsonb, floor int, "spentOn" date, "leaseMs" bigint)
          ), found as materialized (
            select s.key::text as key, s.revision, s.payload, row_number() over (order by s.position, s.key) as nth,
              (select i.state from tidegate.items i where i.gate = a.gate and i.key = k.key limit 1) as known
            from ask a
            cross join lateral (
              select distinct k.key from jsonb_array_elements_text(a.keys) k (key) where not a.tried ? k.key) k
            cross join lateral (
              select s.key, s.position, s.skip, %3$s as revision, %4$s as payload
              from tidegate.%1$I s where s.key = k.key::%2$s limit 1) s
            where s.skip is null
          ), chosen as materialized (
            -- Nobody overtakes an older record that the long way may lease.
            select f.key, f.revision, f.payload, f.nth from found f
            where f.known is null
              and f.nth <= coalesce((select min(o.nth) - 1 from found o where o.known <> 'leased'), f.nth)
            order by f.nth
            limit (select a.room from ask a)
          ), leased as (
            insert into tidegate.items (gate, key, attempt, state, run, since_at, until, span_ms, revision, reserved_micros,
                reserved_on, reserved_tokens)
              select a.gate, c.key, a.floor + 1, 'leased', a.run, a.now, a.until, a."leaseMs", c.revision, a.reserve,
                a."spentOn", a."reserveTokens"
              from ask a, chosen c
              order by c.key
          )
          select coalesce(json_agg(json_build_object('key', c.key, 'attempt', a.floor + 1, 'revision', c.revision,
              'payload', c.payload, 'failures', 0, 'deferrals', 0, 'answer', null, 'endsAt', extract(epoch from a.until))
              order by c.nth), '[]'), count(*)
          from ask a, chosen c
        $lease$, p_source->>'view', (p_source->>'keyType')::regtype,
        case when (p_source->>'revision')::boolean then 's.revision' else 'null::text' end,
        case when (p_source->>'payload')::boolean then 's.payload' else 'null::jsonb' end));
    end if;
    execute 'execute ' || v_name into leases, n;
    if n = least((p_ask->>'room')::int, jsonb_array_length(p_ask->'keys')) then
      return;
    end if;
    v_ask := p_ask || jsonb_build_object('room', (p_ask->>'room')::int - n);
  end if;

  v_now := (p_ask->>'now')::timestamptz;
  -- Two lists: what the walk found, and what is due by index. An item that somebody else has locked is skipped; a
  -- row without an item is nobody's, because only this lock's holder may insert one.
  select jsonb_agg(jsonb_build_object('key', c.key, 'due', c.due, 'attempt', i.attempt, 'state', i.state,
      'lost', coalesce(i.lost, 0), 'was', i.revision, 'answered', i.answer is not null,
      'failed', coalesce(i.failed_at > p_gate.shut_at, false)))
    into v_known
    from (
      select d.key, bool_or(d.due) as due from (
        select k.key, false as due from jsonb_array_elements_text(p_ask->'keys') k (key)
          where not p_ask->'tried' ? k.key
        union all (
          select i.key, true from tidegate.items i
            where not p_force and i.gate = p_gate.id and i.state = 'waiting' and i.until is not null and i.until <= v_now
              and not p_ask->'tried' ? i.key
            order by i.until limit 100)) d
        group by d.key order by d.key) c
    left join lateral (
      select i.* from tidegate.items i where i.gate = p_gate.id and i.key = c.key
        limit 1
        for no key update skip locked) i on true
    where case when i.key is null
        then (select true from tidegate.items x where x.gate = p_gate.id and x.key = c.key limit 1) is null
        else i.state in ('done', 'parked')
          or i.state = 'waiting' and (p_force or i.until <= v_now or i.until > v_now + i.span_ms * interval '1 ms') end;
  if v_known is null then
    return;
  end if;

  -- Eligibility is read again, by key, in the statement that leases, in the source's own order.
  v_set := set_config('tidegate.ask', (v_ask || jsonb_build_object('known', v_known))::text, true);
  v_name := 'tidegate_choose_' || p_plans[1];
  if not v_name = any (p_plans) then
    perform tidegate.prepare_3(v_name, format(
      $lease$
        with ask as materialized (
          select a.* from json_to_record(current_setting('tidegate.ask')::json) as a (gate int, run uuid, now timestamptz,
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
        select coalesce(json_agg(json_build_object('key', l.key, 'attempt', l.attempt, 'revision', c.revision,
            'payload', c.payload, 'failures', l.failures, 'deferrals', l.deferrals, 'answer', l.answer,
            'endsAt', extract(epoch from l.until)) order by c.nth), '[]'), count(*)
        from leased l join chosen c on c.key = l.key
      $lease$, p_source->>'view', (p_source->>'keyType')::regtype,
      case when (p_source->>'revision')::boolean then 's.revision' else 'null::text' end,
      case when (p_source->>'payload')::boolean then 's.payload' else 'null::jsonb' end));
  end if;
  execute 'execute ' || v_name into v_more, v_made;
  if n = 0 then
    leases := v_more;
  elsif v_made > 0 then
    select json_agg(l.value) into leases
      from (select value from json_array_elements(leases) union all select value from json_array_elements(v_more)) l;
  end if;
  n := n + v_made;
end $$;

revoke all on function tidegate.lease_3(tidegate.gates, jsonb, boolean, jsonb, text[], boolean) from public;

insert into tidegate.migrations (name) values ('20261126000006_lease_3') on conflict do nothing;
