/**
 * A gate's past in hours or days, from `tidegate.hours` alone: it outlives the attempts. Quantiles come from buckets of
 * duration, each √2 times as long as the one before, so they are exact within a factor of √2.
 */
import { ask } from './database.ts';
import type { Database, TrendPoint } from './types.ts';

/** Up to this many days are shown by the hour. */
const HOURLY_DAYS_MAX = 2;
const BUCKET_FIRST_MS = 10;

/** Points from `days` ago until now, the empty ones included; days end in `timeZone`. */
export async function trends(
  database: Database,
  gate: string,
  { days, timeZone }: { days: number; timeZone: string },
): Promise<{ readonly unit: 'hour' | 'day'; readonly points: readonly TrendPoint[] }> {
  const unit = days <= HOURLY_DAYS_MAX ? 'hour' : 'day';
  const rows = await ask<Row>(database, TRENDS, [gate, unit, Math.min(400, Math.max(1, Math.trunc(days))), timeZone]);
  return { unit, points: rows.map(pointOf) };
}

interface Row {
  at: string;
  succeeded: number;
  failed: number;
  deferred: number;
  verified: number;
  rejected: number;
  needs_review: number;
  cost_micros: string;
  took: number[] | null;
}

const TRENDS = `
with local as (
  -- Days begin by the zone's own calendar; hours are hours everywhere.
  select case when $2 = 'hour' then l.at at time zone 'UTC' else l.at at time zone $4 end as at
  from generate_series(
    case when $2 = 'hour' then date_trunc('hour', clock_timestamp() at time zone 'UTC') - ($3::int * 24 - 1) * interval '1 hour'
      else date_trunc('day', clock_timestamp() at time zone $4) - ($3::int - 1) * interval '1 day' end,
    case when $2 = 'hour' then clock_timestamp() at time zone 'UTC' else clock_timestamp() at time zone $4 end,
    ('1 ' || $2)::interval) l (at)
), span as (
  select case when $2 = 'hour' then l.at else date_trunc('day', l.at, $4) end as at
  from local l
), hour as materialized (
  select case when $2 = 'hour' then h.at else date_trunc('day', h.at, $4) end as bucket, h.*
  from tidegate.hours h
  where h.gate = (select g.id from tidegate.gates g where g.name = $1) and h.at >= (select min(s.at) from span s)
), took as (
  select b.bucket, array_agg(b.n order by b.i) as took
  from (select h.bucket, t.i, sum(t.n)::int as n
    from hour h
    cross join lateral unnest(h.took) with ordinality t (n, i)
    group by h.bucket, t.i) b
  group by b.bucket
)
select to_json(s.at) #>> '{}' as at,
  coalesce(sum(h.succeeded), 0)::int as succeeded, coalesce(sum(h.failed), 0)::int as failed,
  coalesce(sum(h.deferred), 0)::int as deferred, coalesce(sum(h.verified), 0)::int as verified,
  coalesce(sum(h.rejected), 0)::int as rejected, coalesce(sum(h.needs_review), 0)::int as needs_review,
  coalesce(sum(h.cost_micros), 0)::text as cost_micros, max(t.took) as took
from span s
left join hour h on h.bucket = s.at
left join took t on t.bucket = s.at
group by s.at
order by s.at`;

function pointOf(row: Row): TrendPoint {
  return {
    at: new Date(row.at).toISOString(),
    processed: row.succeeded + row.failed + row.deferred,
    succeeded: row.succeeded,
    failed: row.failed,
    deferred: row.deferred,
    verdicts: { verified: row.verified, rejected: row.rejected, needsReview: row.needs_review },
    p50Ms: quantileMs(row.took ?? [], 0.5),
    p95Ms: quantileMs(row.took ?? [], 0.95),
    costMicros: Number(row.cost_micros),
  };
}

/** The upper end of the bucket that holds the quantile; null where nothing was counted. */
export function quantileMs(took: readonly number[], quantile: number): number | null {
  const total = took.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  let left = Math.ceil(total * quantile);
  for (const [bucket, n] of took.entries()) {
    left -= n;
    if (left <= 0) return Math.round(BUCKET_FIRST_MS * 2 ** (bucket / 2));
  }
  return null;
}
