-- The application's own tables: records that people submit, and the files attached to them. A team with tables of its
-- own leaves this file out and writes a view like the last one here over them.

create table public.records (
  id uuid not null default gen_random_uuid(),
  kind text not null,
  locale text,
  claims jsonb not null,
  verification_status text not null default 'pending',
  submitted_at timestamptz,
  verdict jsonb,
  -- A person has decided: an edit no longer reopens the record, and machines keep off. Empty again once asked anew.
  ruled_at timestamptz,
  revision bigint not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint records_pkey primary key (id),
  constraint known_status check (verification_status in ('pending', 'verified', 'rejected', 'needs_review'))
);

create table public.attachments (
  id uuid not null default gen_random_uuid(),
  record_id uuid not null,
  -- Relative to the attachments' store.
  path text not null,
  media_type text,
  sha256 text,
  bytes bigint,
  created_at timestamptz not null default clock_timestamp(),
  constraint attachments_pkey primary key (id),
  constraint attachments_of_a_record foreign key (record_id) references public.records (id) on delete cascade
);

-- The walk of the gate: pending rows, oldest first.
create index records_pending on public.records (created_at, id) where verification_status = 'pending';
-- Lists, newest first, of all records and of one status.
create index records_by_age on public.records (created_at, id);
create index records_by_status on public.records (verification_status, created_at, id);
-- Words of the claims.
create index records_by_words on public.records using gin (
  jsonb_to_tsvector('simple'::regconfig, claims, '["string", "numeric"]'::jsonb)
);
create index attachments_by_record on public.attachments (record_id, created_at, id);

-- Row security without a policy: the API roles read nothing, whatever they were granted.
alter table public.records enable row level security;
alter table public.attachments enable row level security;

-- A trigger for `update of verification_status` fires when the statement names that column, whatever the value. It runs
-- before `records_revise` (triggers go by name) and leaves word for the same row.
create function tidegate_console.note_status_set() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform set_config('tidegate_console.status_set', new.id::text, true);
  return new;
end
$$;

-- Raises the revision when what a verdict rests on has changed, and takes back a verdict that rests on the old one.
-- `apply` sets only the verdict's own columns, so it raises nothing.
create function tidegate_console.revise_record() returns trigger
language plpgsql set search_path = '' as $$
declare
  status_set constant boolean := current_setting('tidegate_console.status_set', true) = old.id::text;
  asked_again constant boolean := new.verification_status = 'pending' and old.verification_status <> 'pending';
  -- Attachments announce themselves by raising the revision.
  changed constant boolean :=
    (new.kind, new.locale, new.claims, new.revision) is distinct from (old.kind, old.locale, old.claims, old.revision);
  -- A status alone, as a person or an older system may have set it, rests on nothing that is kept here.
  verdict_stands constant boolean := old.verdict is not null;
begin
  if status_set then
    perform set_config('tidegate_console.status_set', '', true);
  end if;
  if new is not distinct from old then
    return new;
  end if;
  if changed or asked_again then
    new.revision := old.revision + 1;
  end if;
  if asked_again or changed and verdict_stands and not coalesce(status_set, false) and old.ruled_at is null then
    new.verification_status := 'pending';
    new.verdict := null;
    new.submitted_at := null;
    new.ruled_at := null;
  end if;
  new.updated_at := clock_timestamp();
  return new;
end
$$;

create trigger records_note_status_set before update of verification_status on public.records
for each row execute function tidegate_console.note_status_set();
create trigger records_revise before update on public.records
for each row execute function tidegate_console.revise_record();

-- A record's files are part of what a verdict rests on. The function runs with its owner's rights: whoever may add a
-- file must not thereby need the right to write records, and a change that stayed unnoticed would leave an old verdict
-- standing. Nobody can call it but the triggers.
create function tidegate_console.revise_records_of_attachments() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  touched uuid[];
begin
  if tg_op = 'INSERT' then
    touched := array(select record_id from after_rows);
  elsif tg_op = 'DELETE' then
    touched := array(select record_id from before_rows);
  else
    touched := array(
      select record_id from (table before_rows except table after_rows) gone
      union
      select record_id from (table after_rows except table before_rows) come
    );
  end if;
  -- In key order, so that two statements over the same records do not wait for each other crosswise.
  perform from public.records r where r.id = any (touched) order by r.id for no key update;
  update public.records r set revision = r.revision + 1 where r.id = any (touched);
  return null;
end
$$;

create trigger attachments_inserted after insert on public.attachments referencing new table as after_rows
for each statement execute function tidegate_console.revise_records_of_attachments();
create trigger attachments_updated after update on public.attachments
referencing old table as before_rows new table as after_rows
for each statement execute function tidegate_console.revise_records_of_attachments();
create trigger attachments_deleted after delete on public.attachments referencing old table as before_rows
for each statement execute function tidegate_console.revise_records_of_attachments();

revoke all on function tidegate_console.note_status_set() from public;
revoke all on function tidegate_console.revise_record() from public;
revoke all on function tidegate_console.revise_records_of_attachments() from public;

-- The source of the gate `verify-records`. `skip` looks for one file by a scalar subquery, which is never turned into
-- a scan of all files; the payload is only computed where it is asked for.
create view tidegate.verify_records with (security_invoker = true) as
select
  r.id as key,
  r.created_at as position,
  case
    when r.submitted_at is not null then 'already submitted'
    when (select a.id from public.attachments a where a.record_id = r.id limit 1) is null then 'no attachment'
  end as skip,
  r.revision::text as revision,
  jsonb_build_object(
    'kind', r.kind,
    'locale', r.locale,
    'claims', r.claims,
    'attachments', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'n', a.n, 'path', a.path, 'mediaType', a.media_type, 'sha256', a.sha256, 'bytes', a.bytes
      ) order by a.n), '[]'::jsonb)
      from (
        select row_number() over (order by f.created_at, f.id) - 1 as n, f.*
        from public.attachments f
        where f.record_id = r.id
      ) a
    )
  ) as payload
from public.records r
where r.verification_status = 'pending';

revoke all on tidegate.verify_records from public;

-- Supabase grants to its API roles by default privileges; elsewhere these roles do not exist.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on public.records, public.attachments, tidegate.verify_records from %I', api_role);
  end loop;
end
$$;

insert into tidegate.migrations (name) values ('20261125000101_records') on conflict do nothing;
