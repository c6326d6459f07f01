// The lock file: whole for every platform, free of any one registry, and never below versions with known holes.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './source.ts';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };

test('every optional package that is named has its entry, or npm ci refuses and other platforms lack their binaries', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(path, name))
      .map((name) => `${path || 'the root'} names ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('the lock names no registry', () => {
  const remote = Object.entries(packages).filter(
    ([, { resolved, link }]) => link !== true && /^[a-z+]+:/.test(resolved ?? ''),
  );
  assert.deepEqual(
    remote.map(([path]) => path),
    [],
  );
  assert.doesNotMatch(text, /https?:\/\/registry\./);
});

test('direct dependencies are pinned exactly', () => {
  const loose = globSync(['package.json', 'packages/*/package.json', 'apps/*/package.json'], { cwd: ROOT }).flatMap(
    (path) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<
        string,
        Record<string, string> | undefined
      >;
      return ['dependencies', 'devDependencies', 'optionalDependencies']
        .flatMap((field) => Object.entries(manifest[field] ?? {}))
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name} ${version}`);
    },
  );
  assert.deepEqual(loose, []);
});

for (const [name, floor] of [
  ['next', '16.4.5'],
  ['sharp', '0.35.5'],
] as const) {
  test(`${name} is at least ${floor}, wherever it stands in the tree`, () => {
    const found = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
    assert.ok(found.length > 0);
    for (const [path, { version = '' }] of found) assert.ok(compare(version, floor) >= 0, `${path} is ${version}`);
  });
}

/** A package is found as Node looks for it: in the nearest node_modules upwards. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
  }
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[.-]/).map(Number));
  const at = [0, 1, 2].find((index) => a?.[index] !== b?.[index]);
  return at === undefined ? 0 : (a?.[at] ?? 0) - (b?.[at] ?? 0);
}
