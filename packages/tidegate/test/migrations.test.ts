// Migrations go forward only: who has applied a file never reads it again, and programs of its day still call what it made.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { migrationsFolder, SCHEMA } from '../src/migrate.ts';

/** What each file was when it went out. A new file gets a new line; a line that is here never changes. */
const WENT_OUT: Readonly<Record<string, string>> = {
  '20261125000001_tidegate': 'f11c6d27d0d5df1d',
  '20261125000002_settle': '73c1baed33253627',
  '20261125000003_breaker': '157ef7ac07fbee3a',
  '20261125000004_step': '6283006af771fb79',
  '20261125000005_trim': 'b544bfe9b2ae4899',
  '20261126000001_settle_2': '1ab7aec656356ef4',
  '20261126000002_hear_2': '227b753753c68b22',
  '20261126000003_step_2': '2a61c3688f282c0b',
  '20261126000004_settle_3': 'e596ca32a6ee1271',
  '20261126000005_settle_each_3': '1b9f39d7ac6f8053',
  '20261126000006_lease_3': '4779fa84c1011e09',
  '20261126000007_step_3': '255377f7ac917f6c',
  '20261126000008_trim_2': '09819310855138fd',
};

test('a migration that went out is never changed: what differs goes into a new file', () => {
  const folder = migrationsFolder();
  const files = readdirSync(folder).toSorted();
  const now = files.map((file) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
    return [file.replace('.sql', ''), digest.slice(0, 16)];
  });
  assert.deepEqual(Object.fromEntries(now), WENT_OUT);
  assert.equal(`${SCHEMA}.sql`, files.at(-1));
});
