/**
 * Puts the sample records in: once in a database's life, and only where no records are yet. One transaction under a
 * lock, the files first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { inTransactionOn } from './database.ts';
import { type Kept, keepSample, readSamples, type Sample } from './samples.ts';
import type { Store } from './store.ts';

/** What seeding needs. */
export interface SeedOptions {
  readonly store: Store;
  /** Folder with `records.jsonl` and what it names. */
  readonly samples: string;
  readonly note: (line: string) => void;
}

const waitMax = 300;
const waitMs = 200;
const minutesApart = 10;

/** Puts the samples in and returns how many records that made: none, where they were put in before. */
export async function seedSamples(pool: pg.Pool, { store, samples, note }: SeedOptions): Promise<number> {
  for (let wait = 0; wait < waitMax; wait += 1) {
    const outcome = await inTransactionOn(pool, (client) => seedUnderLock(client, store, samples));
    if (outcome === 'not_empty') note('The database has records already: no samples were put in.');
    if (typeof outcome === 'number') return outcome;
    if (outcome !== 'locked') return 0;
    // Another instance is at it. Asked again rather than waited for: no statement may take longer than its limit.
    await sleep(waitMs);
  }
  throw new Error('Another instance has been putting in samples for a minute.');
}

async function seedUnderLock(
  client: pg.PoolClient,
  store: Store,
  samples: string,
): Promise<number | 'locked' | 'seeded_before' | 'not_empty'> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(hashtext('tidegate seeding')) as locked`,
  );
  if (rows[0]?.locked !== true) return 'locked';
  const before = await client.query('select from tidegate_console.seedings');
  if (before.rows.length > 0) return 'seeded_before';
  const there = await client.query('select from public.records limit 1');
  const lines = there.rows.length > 0 ? [] : await readSamples(samples);
  for (const [index, sample] of lines.entries()) {
    const kept = await Promise.all(sample.attachments.map((path) => keepSample(path, store, samples)));
    const age = sample.ageMinutes ?? (lines.length - index) * minutesApart;
    await insert(client, { ...sample, ageMinutes: age }, kept);
  }
  await client.query('insert into tidegate_console.seedings (records) values ($1)', [lines.length]);
  return there.rows.length > 0 ? 'not_empty' : lines.length;
}

async function insert(client: pg.PoolClient, sample: Sample, kept: readonly Kept[]): Promise<void> {
  const { kind, locale = null, claims, submitted = false, ageMinutes = 0 } = sample;
  await client.query(
    `with record as (
       insert into public.records (kind, locale, claims, submitted_at, created_at)
       values (
         $1, $2, $3, case when $4 then now() - $5 * interval '1 minute' end, now() - $5 * interval '1 minute'
       )
       returning id, created_at
     )
     insert into public.attachments (record_id, path, media_type, sha256, bytes, created_at)
     select record.id, f.path, f.media_type, f.sha256, f.bytes, record.created_at + f.n * interval '1 microsecond'
     from record, jsonb_to_recordset($6) as f (n int, path text, media_type text, sha256 text, bytes bigint)`,
    [
      kind,
      locale,
      JSON.stringify(claims),
      submitted,
      ageMinutes,
      JSON.stringify(kept.map((file, n) => ({ n, ...file }))),
    ],
  );
}
