import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';

const source = join(import.meta.dirname, '../src');

/** What each layer may import of the others; files at the top (index, verifier, cli) may import all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  cli: ['cli', 'read', 'judge', 'verifier', 'types', 'errors'],
  read: ['read', 'normalize', 'environment', 'types', 'errors'],
  judge: ['judge', 'match', 'normalize', 'types', 'errors'],
  match: ['match', 'normalize', 'types', 'errors'],
  verdict: ['verdict', 'normalize', 'types', 'errors'],
  normalize: ['normalize', 'types', 'errors'],
  types: [],
  errors: [],
  kinds: ['types', 'errors'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test('the layers of the verifier import downwards only', () => {
  for (const file of files) {
    const layer = file.split('/')[0]?.replace(/\.ts$/, '') ?? '';
    const may = file === 'cli.ts' ? undefined : allowed[layer];
    if (may === undefined) continue;
    for (const [, path = ''] of readFileSync(join(source, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const target =
        relative(source, join(source, file, '..', path))
          .split('/')[0]
          ?.replace(/\.ts$/, '') ?? '';
      assert.ok(may.includes(target), `${file} imports ${path}`);
    }
  }
});

test('every file begins with what it owns', () => {
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8');
    assert.match(text, /^(?:#!.*\n)?\/\*\*/, file);
  }
});
