/**
 * The sample receipts at the repository's root, for tests that need real pictures.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const samplesFolder = join(import.meta.dirname, '../../../samples');

/** One line of `samples/claims.jsonl`. */
export interface SampleLine {
  readonly key: string;
  readonly kind: string;
  readonly locale: string | null;
  readonly claims: Record<string, string>;
  readonly attachments: string[];
  readonly expected: 'verified' | 'rejected';
  readonly variant: string;
}

/** All labelled sample claims. */
export function sampleLines(): SampleLine[] {
  const text = readFileSync(join(samplesFolder, 'claims.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SampleLine);
}

/** The picture of a sample receipt by its number. */
export function sampleBytes(number: string): Uint8Array {
  const name = readdirSync(join(samplesFolder, 'receipts')).find((file) => file.startsWith(`${number}.`));
  if (name === undefined) throw new Error(`no sample receipt ${number}`);
  return new Uint8Array(readFileSync(join(samplesFolder, 'receipts', name)));
}
