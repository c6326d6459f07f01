-- Which other records came with the same file: asked for whenever a record is shown.
create index attachments_by_file on public.attachments (sha256) where sha256 is not null;

insert into tidegate.migrations (name) values ('20261126000100_records_by_file') on conflict do nothing;
