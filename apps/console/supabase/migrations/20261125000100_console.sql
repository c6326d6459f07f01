-- What the console keeps for itself: who is signed in, what people have ruled, whether samples were put in.
-- The schema is private: nobody but its owner gets in, and row security is on without a policy.

create schema if not exists tidegate_console;
revoke all on schema tidegate_console from public;

-- A signed-in browser. `id_hash` is keyed with the admin token, so that a new token ends every session.
create table tidegate_console.sessions (
  id_hash bytea not null,
  operator text not null,
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  constraint sessions_pkey primary key (id_hash)
);

create index sessions_by_age on tidegate_console.sessions (created_at);

-- People's decisions, written once and never changed. No foreign key: the log outlives the record.
create table tidegate_console.rulings (
  id bigint generated always as identity,
  record_id uuid not null,
  decision text not null,
  note text not null,
  operator text not null,
  revision bigint not null,
  status_before text not null,
  ruled_at timestamptz not null default clock_timestamp(),
  constraint rulings_pkey primary key (id),
  constraint ruling_decides check (decision in ('verified', 'rejected'))
);

create index rulings_by_record on tidegate_console.rulings (record_id, id);

-- One row, once samples were put in or were found to be out of place.
create table tidegate_console.seedings (
  only_one boolean not null default true,
  records int not null,
  seeded_at timestamptz not null default clock_timestamp(),
  constraint seedings_pkey primary key (only_one),
  constraint seeded_once check (only_one)
);

alter table tidegate_console.sessions enable row level security;
alter table tidegate_console.rulings enable row level security;
alter table tidegate_console.seedings enable row level security;
revoke all on all tables in schema tidegate_console from public;
revoke all on all sequences in schema tidegate_console from public;

-- Supabase grants to its API roles by default privileges; elsewhere these roles do not exist.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on schema tidegate_console from %I', api_role);
    execute format('revoke all on all tables in schema tidegate_console from %I', api_role);
    execute format('revoke all on all sequences in schema tidegate_console from %I', api_role);
  end loop;
end
$$;

insert into tidegate.migrations (name) values ('20261125000100_console') on conflict do nothing;
