/**
 * Makes a database ready before the first request: migrations, then sample records once in its life. Safe when several
 * instances start at once, and it never touches a `public.records` that is not ours.
 */

import { dirname, join } from 'node:path';
import type pg from 'pg';
import { ensureGate, migrate, openPoolFor } from 'tidegate';
import { type AttachmentsPlace, openAttachments } from './attachments-place.ts';
import { isAboutRecords, recordsMigration } from './database.ts';
import { consoleFolder, readEnvironment } from './environment.ts';
import { seedSamples } from './seeding.ts';
import { recordsGate } from './verification.ts';

/** An upload that is not done after a day never will be. */
const abandonedMs = 24 * 3_600_000;

/** What to make ready. `records` is left to the environment where it is not said. */
export interface PrepareOptions {
  readonly databaseUrl: string;
  /** Where migrations run: not through a transaction pooler. */
  readonly directUrl?: string | null;
  /** `file:` and a folder. */
  readonly attachments: AttachmentsPlace;
  readonly seed: 'samples' | 'none';
  readonly records?: boolean;
  readonly log: (line: string) => void;
}

/** What was found and done: sample records put in, whether records are kept here at all, what people should know. */
export interface Prepared {
  readonly seeded: number;
  readonly records: boolean;
  readonly notes: readonly string[];
}

/** Makes the database ready. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const url = options.directUrl ?? options.databaseUrl;
  const { databaseCa: ca } = readEnvironment();
  const pool = openPoolFor(url, { max: 1, ca });
  try {
    return await prepareOn(pool, { ...options, url, ca });
  } finally {
    await pool.end();
  }
}

async function prepareOn(
  pool: pg.Pool,
  options: PrepareOptions & { readonly url: string; readonly ca: string | undefined },
): Promise<Prepared> {
  const { url, ca, log, seed } = options;
  const { records: asked, limits } = readEnvironment();
  const notes: string[] = [];
  const note = (line: string): void => {
    notes.push(line);
    log(line);
  };
  const wanted = options.records ?? asked;
  const foreign = wanted ? await foreignRelations(pool) : [];
  if (foreign.length > 0) {
    note(`${foreign.join(' and ')} in this database is not Tidegate's: it is left alone, and no records are kept.`);
    note('Set RECORDS=off to say so yourself, or point DATABASE_URL at a database of its own.');
  }
  const records = wanted && foreign.length === 0;
  await migrate({
    url,
    ca,
    folders: [join(consoleFolder(), 'supabase/migrations')],
    log,
    only: (file) => records || !isAboutRecords(file),
  });
  if (!records) return { seeded: 0, records, notes };
  // The gate is there before its first tick, so that people can see it and pause it.
  await ensureGate(pool, recordsGate, limits.concurrencyMax);
  const store = openAttachments(options.attachments);
  await store.sweep(abandonedMs);
  const samples = join(dirname(dirname(consoleFolder())), 'samples');
  const seeded = seed === 'none' ? 0 : await seedSamples(pool, { store, samples, note });
  return { seeded, records, notes };
}

/** Which relations stand where ours would, although our migration has not run; one snapshot sees both or neither. */
async function foreignRelations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(relations);
  const names = rows.map(({ name }) => name);
  if (!names.includes('tidegate.migrations')) return names;
  const again = await pool.query<{ name: string }>(`${relations}
    and not exists (select from tidegate.migrations where name = '${recordsMigration}')`);
  return again.rows.map(({ name }) => name).filter((name) => name !== 'tidegate.migrations');
}

const relations = `
  select n.nspname || '.' || c.relname as name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where (n.nspname, c.relname) in (
    ('public', 'records'), ('public', 'attachments'), ('tidegate', 'verify_records'), ('tidegate', 'migrations')
  )`;
