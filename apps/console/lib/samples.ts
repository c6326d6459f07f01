/**
 * The sample records as files: what their lines say, and copying what they name into the store.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from '@tidegate/verifier';
import type { Store } from './store.ts';

/** A line of `samples/records.jsonl`. */
export interface Sample {
  readonly kind: string;
  readonly locale?: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly attachments: readonly string[];
  readonly submitted?: boolean;
  readonly ageMinutes?: number;
}

/** Where a sample's file lies now; without a hash when the samples lack it. */
export interface Kept {
  readonly path: string;
  readonly media_type: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
}

/** The lines of `records.jsonl` in a folder. */
export async function readSamples(folder: string): Promise<Sample[]> {
  const text = await readFile(join(folder, 'records.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Sample);
}

/** Copies a sample's file into the store. One that the samples lack stays missing: they show that too. */
export async function keepSample(path: string, store: Store, samples: string): Promise<Kept> {
  const bytes = await readFile(join(samples, path)).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw thrown;
  });
  if (bytes === null) return { path, media_type: null, sha256: null, bytes: null };
  const received = await store.receive(Readable.from([bytes]), bytes.byteLength);
  await received.keep(path);
  return { path, media_type: inspect(bytes), sha256: received.sha256, bytes: received.bytes };
}
