/** The folder that people push to their database holds the engine's files as the engine ships them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const ours = join(import.meta.dirname, '../supabase/migrations');
const engines = join(import.meta.dirname, '../../../packages/tidegate/migrations');

describe('the migrations folder', () => {
  it("holds a copy of each of the engine's files, byte for byte", () => {
    const files = readdirSync(engines).filter((file) => file.endsWith('.sql'));
    assert.ok(files.length > 0);
    for (const file of files) {
      assert.ok(readFileSync(join(engines, file)).equals(readFileSync(join(ours, file))), `${file} differs`);
    }
  });

  it('holds nothing else but the console’s own', () => {
    const others = readdirSync(ours).filter((file) => !readdirSync(engines).includes(file));
    assert.deepEqual(others.sort(), [
      '20261125000100_console.sql',
      '20261125000101_records.sql',
      '20261126000100_records_by_file.sql',
    ]);
  });

  it('names files as Supabase does, and each ends by entering itself', () => {
    for (const file of readdirSync(ours)) {
      assert.match(file, /^\d{14}_[a-z0-9_]+\.sql$/);
      const last = readFileSync(join(ours, file), 'utf8').trimEnd().split('\n').at(-1);
      const name = file.replace(/\.sql$/, '');
      assert.equal(last, `insert into tidegate.migrations (name) values ('${name}') on conflict do nothing;`);
    }
  });
});
