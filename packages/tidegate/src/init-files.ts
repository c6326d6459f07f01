/**
 * The texts that `tidegate init` writes: the view, the gate, the route, the schedule, a role's grants. They are read by
 * people who meet the gate for the first time. Text only.
 */
import { policyFor, TABLE_PRIVILEGES } from './check/privileges.ts';
import { quoted, viewOf } from './source.ts';

/** The view to fill in. */
export function viewText({ name, gate, table }: { name: string; gate: string; table: string }): string {
  return `-- What wants work in the gate "${gate}": one row a record, and no row for what is decided. Fill it in, then run
--   npx tidegate check
-- which tells whether an index serves it and what else would hurt.
create view tidegate.${viewOf(gate)} with (security_invoker = true) as
select
  -- The row's own key, uncast: uuid, int, bigint, text or varchar, and unique. A join that repeats it is a mistake.
  a.id as key,
  -- The oldest goes first. Never null: such a row would never be seen. Wants an index, here:
  --   create index on ${table} (created_at, id) where status = 'pending';
  a.created_at as position,
  -- Why this row must not run now, or null. Told in every tick's answer; what never runs belongs in the where below.
  -- For instance: case when a.document is null then 'no attachment' end
  null::text as skip,
  -- Rises whenever people edit the row, and never by what the gate writes itself. With it an edit made during the work
  -- gets no verdict of the old content. Leave the column out where rows are never edited.
  -- a.revision::text as revision,
  -- What the work is given, and nothing that it does not need.
  to_jsonb(a) as payload
from ${table} a
-- What \`apply\` in the gate's file writes has to take the row out of here.
where a.status = 'pending';

insert into tidegate.migrations (name) values ('${name}') on conflict do nothing;
`;
}

/** The gate's file. */
export function gateText({ path, gate, table }: { path: string; gate: string; table: string }): string {
  return `// ${path}: what is done with one record, and how its result is written.
import { createGate, Defer } from 'tidegate';

interface Payload {
  readonly [column: string]: unknown;
}

export const gate = createGate<Payload, { verdict: string }>({
  name: '${gate}',
  // One record. It may take as long as ATTEMPT_TIMEOUT_SECONDS; hand the signal on. What it returns is JSON. It may throw
  // new Park(reason) to stop until a person says so, or new AnswerError(status, body) to be blamed by the status.
  async work({ key, payload }, { signal }) {
    signal.throwIfAborted();
    throw new Defer(60_000, \`the work is not written yet (\${key}, \${Object.keys(payload).length} columns)\`);
  },
  // Finished work only, never failures. It guards the old status, so that nobody's decision is overwritten; where the view
  // has a revision, add: and a.revision::text = s.revision
  apply: \`update ${table} a set status = s.body->>'verdict'
          from settled s
          where a.id = s.key and a.status = 'pending'
          returning s.key\`,
});
`;
}

/** The route; `gate` is the way to the gate's file. */
export function routeText({ path, gate }: { path: string; gate: string }): string {
  return `// ${path}: opens the gate for whoever brings CRON_SECRET.
import { after } from 'next/server';
import { cronRoute } from 'tidegate/http';
import { gate } from '${gate}';

export const maxDuration = 300;
export const { GET, POST, HEAD, OPTIONS } = cronRoute(gate, { after });
`;
}

/** The schedule inside the database, for Supabase. Run by hand once: it holds a secret and an address. */
export function scheduleText({ gate }: { gate: string }): string {
  return `-- Ticks of "${gate}" from inside the database (Supabase), in place of the crons in vercel.json. Two tickers do no harm.
-- Run it once by hand, with the two values filled in: it belongs in no migration. Names that exist already are kept.
create extension if not exists pg_cron;
create extension if not exists pg_net;

select vault.create_secret('https://your-app.example', 'tidegate_url')
where not exists (select from vault.secrets where name = 'tidegate_url');
select vault.create_secret('the value of CRON_SECRET', 'tidegate_cron_secret')
where not exists (select from vault.secrets where name = 'tidegate_cron_secret');

-- The app answers 202 at once and works on: pg_net waits only for the answer, and the gate for nobody.
select cron.schedule('tidegate ${gate}', '*/5 * * * *', $tick$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'tidegate_url') || '/api/cron/${gate}',
    headers := jsonb_build_object(
      'authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'tidegate_cron_secret'),
      'content-type', 'application/json',
      'prefer', 'respond-async'),
    body := '{}'::jsonb,
    timeout_milliseconds := 15000)
$tick$);

-- What came of it: select * from net._http_response order by created desc limit 5;
-- To end it:       select cron.unschedule('tidegate ${gate}');
`;
}

/** Grants and policies for the role that ticks. Safe to run again, as after an upgrade. */
export function roleText({
  name,
  role,
  gate,
  table,
}: {
  name: string;
  role: string;
  gate: string;
  table: string;
}): string {
  const who = quoted(role);
  const grants = Object.entries(TABLE_PRIVILEGES).map(
    ([each, may]) => `grant ${may.join(', ')} on tidegate.${each} to ${who};`,
  );
  const policies = Object.keys(TABLE_PRIVILEGES).map(
    (each) => `drop policy if exists ${quoted(`ticks as ${role}`)} on tidegate.${each};\n${policyFor(each, role)}`,
  );
  return `-- What the role ${role} needs to tick, and nothing else. Made here where it is not there yet, without a way in; open one
-- by hand, because it holds a secret: alter role ${who} login password '…';
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = '${role}') then
    create role ${who} nologin;
  end if;
end $$;

grant usage on schema tidegate to ${who};
${grants.join('\n')}
grant execute on all functions in schema tidegate to ${who};
grant select on tidegate.${viewOf(gate)} to ${who};

-- Row security is on for the engine's tables: without these the role sees no gate.
${policies.join('\n')}

-- Your own table: read for the view, written by apply. Narrow the update to the columns that apply sets.
grant select, update on ${table} to ${who};
drop policy if exists ${quoted(`${role} reads`)} on ${table};
create policy ${quoted(`${role} reads`)} on ${table} for select to ${who} using (true);
drop policy if exists ${quoted(`${role} writes`)} on ${table};
create policy ${quoted(`${role} writes`)} on ${table} for update to ${who} using (true) with check (true);

insert into tidegate.migrations (name) values ('${name}') on conflict do nothing;
`;
}
