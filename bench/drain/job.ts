/**
 * The job that every system does: a table of applications, a partial index over the pending ones, one attachment each, and
 * how long the AI thinks about a record. Plain SQL and pure functions; knows no system.
 */
import { createHash } from 'node:crypto';

/** The gate over the applications. */
export const GATE = 'verify-applications';

/** What the user's own apply would be: guards the status and compares the revision. */
export const APPLY = `
  update public.applications a set status = s.body->>'verdict', verdict = s.body
  from settled s
  where a.id = s.key and a.status = 'pending' and a.revision::text = s.revision
  returning s.key`;

/** The application's own tables. */
export const TABLES = `
create table public.applications (
  id uuid primary key, company text not null, claims jsonb not null, status text not null default 'pending',
  revision bigint not null default 1, verdict jsonb, created_at timestamptz not null);
create index pending_applications on public.applications (created_at, id) where status = 'pending';
create table public.attachments (
  id bigint generated always as identity primary key,
  application uuid not null references public.applications (id), path text not null);
create index attachments_of_application on public.attachments (application);`;

/** The gate's source over them; it needs the schema of the gate. */
export const SOURCE = `
create view tidegate.verify_applications with (security_invoker = true) as
select a.id as key, a.created_at as position,
  case when not exists (select from public.attachments t where t.application = a.id) then 'no attachment' end as skip,
  a.revision::text as revision,
  jsonb_build_object('company', a.company, 'claims', a.claims, 'attachments',
    (select jsonb_agg(t.path) from public.attachments t where t.application = a.id)) as payload
from public.applications a
where a.status = 'pending'`;

/** Puts in the records numbered from $1 to $2, oldest first: some 1.3 kB of claims and an attachment each. */
export const FILL = `
with numbered as (
  select n, md5('record ' || n)::uuid as id from generate_series($1::int, $2::int) n
), put as (
  insert into public.applications (id, company, claims, created_at)
  select id, 'Company ' || n, jsonb_build_object('kind', 'receipt', 'total', n * 10, 'date', '2026-01-15', 'lines',
      (select jsonb_agg(jsonb_build_object('text', 'Order ' || n * line || ', paper, ' || line || ' sheets', 'amount', n * line))
       from generate_series(1, 15) line)),
    timestamptz '2026-01-01' + n * interval '1 s'
  from numbered
  returning id
)
insert into public.attachments (application, path) select id, 'receipts/' || id || '.jpg' from put`;

/** The ids of the records numbered from `first` to `last`. */
export function idsOf(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, n) => {
    const hex = createHash('md5')
      .update(`record ${first + n}`)
      .digest('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  });
}

const SIGMA = 0.5;

/** How long the AI thinks about a record, in ms: lognormal around this mean and always the same for the same id. */
export function delayOf(id: string, meanMs: number): number {
  if (meanMs === 0) return 0;
  const bytes = createHash('md5').update(`delay of ${id}`).digest();
  const [a, b] = [(bytes.readUInt32LE(0) + 1) / 2 ** 32, bytes.readUInt32LE(4) / 2 ** 32];
  const normal = Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
  return meanMs * Math.exp(SIGMA * normal - SIGMA ** 2 / 2);
}

/** How long a perfect scheduler without any cost of its own takes over these delays with `cap` places, in ms. */
export function idealMs(delays: readonly number[], cap: number): number {
  const places = new Array<number>(cap).fill(0);
  for (const delay of delays) {
    const first = places.indexOf(Math.min(...places));
    places[first] = (places[first] ?? 0) + delay;
  }
  return Math.max(...places);
}
