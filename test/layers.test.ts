// The layers of the design, enforced by reading import lines: what may know what. A new file is entered here, which is the moment
// to ask where it belongs.
import assert from 'node:assert/strict';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { importsOf, type Source, sources } from './source.ts';

/** Upper layers first. A file (or folder) may import from its own layer and those below. */
type Layers = readonly (readonly string[])[];

// `config` stands at the bottom, because `database` and `log` take their settings from it.
const ENGINE: Layers = [
  ['index', 'http', 'cli', 'executor', 'init', 'init-files', 'check', 'run-command', 'gate-file'],
  [
    'gate',
    'run',
    'stepping',
    'flow',
    'walker',
    'strain',
    'retention',
    'answer',
    'explain',
    'operator',
    'ledger',
    'trends',
  ],
  ['store', 'opening', 'source', 'attempt', 'policy', 'migrate'],
  ['database', 'config', 'types', 'errors', 'json', 'log', 'retry-after'],
];
const VERIFIER: Layers = [
  ['index', 'cli', 'eval', 'verifier'],
  ['cascade', 'second-look'],
  ['read', 'judge', 'match', 'verdict'],
  ['normalize', 'kinds', 'environment', 'types', 'errors'],
];

const engine = sources('packages/tidegate/src/**/*.ts');
const verifier = sources('packages/verifier/src/**/*.ts');
const webConsole = sources('apps/console/{app,components,lib}/**/*.{ts,tsx}');
const everything = [
  ...engine,
  ...verifier,
  ...webConsole,
  ...sources(
    'packages/*.ts',
    'packages/*/test/**/*.ts',
    'apps/*/test/**/*.{ts,tsx}',
    '{launch,test,samples,bench}/**/*.ts',
  ),
];

describe('the engine and the verifier', () => {
  test('the engine imports downwards only', () => assertLayers('packages/tidegate/src', engine, ENGINE));
  test('the verifier imports downwards only', () => assertLayers('packages/verifier/src', verifier, VERIFIER));

  test('know nothing of each other or of the console', () => {
    none([...engine, ...verifier], (file, from) => {
      const other = file.path.startsWith('packages/tidegate') ? /^@tidegate\/verifier/ : /^(tidegate(\/|$)|pg$)/;
      return other.test(from) || /apps\/console/.test(from) || leaves(file, from);
    });
  });

  test('ask a language model in one folder and decode images in one other', () => {
    none(verifier, (file, from) => /^(ai$|ai\/|@ai-sdk\/)/.test(from) && !file.path.includes('/src/judge'));
    none(verifier, (file, from) => /^(sharp|onnxruntime)/.test(from) && !file.path.includes('/src/read/'));
  });
});

describe('the console', () => {
  test('imports downwards only: pages and components, then lib', () => {
    none(webConsole, (file, from) => inFolder(file, 'lib') && /\/(app|components)\//.test(target(file, from)));
    none(webConsole, (file, from) => inFolder(file, 'components') && /\/app\//.test(target(file, from)));
  });

  test('joins the two packages in lib/verification.ts alone', () => {
    const both = webConsole.filter((file) => {
      const used = file.imports.filter((line) => !line.typesOnly).map((line) => line.from.split('/')[0]);
      return (
        used.includes('tidegate') && used.includes('@tidegate') && file.path !== 'apps/console/lib/verification.ts'
      );
    });
    assert.deepEqual(pathsOf(both), []);
  });

  test('gives pages and components types of the packages, and routes their handlers, but nothing else of theirs', () => {
    const upper = webConsole.filter((file) => !inFolder(file, 'lib'));
    const wrong = upper.flatMap((file) =>
      file.imports
        .filter((line) => !line.typesOnly && /^(tidegate|@tidegate\/verifier|pg)(\/|$)/.test(line.from))
        .filter((line) => !(line.from === 'tidegate/http' && file.path.endsWith('/route.ts')))
        .map((line) => `${file.path}: ${line.from}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('every file', () => {
  test('names the files it imports in full', () => {
    none(everything, (_, from) => /^\.{1,2}\//.test(from) && !/\.(ts|tsx|mjs|js|json|css)$/.test(from));
  });

  test('exports by name, but for what Next asks for', () => {
    const files = everything.filter((file) => !file.path.startsWith('apps/console/app/'));
    assert.deepEqual(pathsOf(files.filter((file) => /^export default\b/m.test(file.text))), []);
  });

  test('has at most 400 lines', () => {
    const long = everything.filter((file) => file.text.trimEnd().split('\n').length > 400);
    assert.deepEqual(pathsOf(long), []);
  });

  test('leaves the environment to one file a package', () => {
    const readers = (files: readonly Source[]) =>
      files.filter((file) => /^(?!\s*(\/\/|\/?\*)).*\bprocess\.env\b/m.test(file.text));
    for (const files of [
      engine,
      verifier,
      webConsole,
      sources('launch/*.ts').filter((file) => !file.path.endsWith('.test.ts')),
    ]) {
      const paths = readers(files).map((file) => file.path);
      assert.ok(paths.length <= 1, `more than one file reads process.env: ${paths.join(', ')}`);
    }
  });
});

test('import lines are read in all their forms', () => {
  const text = [
    `import { a, type B } from './a.ts';`,
    `import type { C } from './c.ts';`,
    `import { type D, type E } from './d.ts';`,
    `export * from './f.ts';`,
    `import {\n  g,\n} from './g.ts';`,
    `import './h.ts';`,
    `const i = await import('./i.ts');`,
  ].join('\n');
  const seen = importsOf(text).map((line) => `${line.from}${line.typesOnly ? ' types' : ''}`);
  assert.deepEqual(seen, ['./a.ts', './c.ts types', './d.ts types', './f.ts', './g.ts', './h.ts', './i.ts']);
});

function assertLayers(root: string, files: readonly Source[], layers: Layers): void {
  const level = (path: string): number => {
    const name = relative(root, path).split('/')[0]?.replace(/\.ts$/, '') ?? '';
    const found = layers.findIndex((layer) => layer.includes(name));
    assert.notEqual(found, -1, `${path}: enter "${name}" into its layer in test/layers.test.ts`);
    return found;
  };
  none(files, (file, from) => from.startsWith('.') && level(target(file, from)) < level(file.path));
}

/** Asserts that no import of these files is wrong; lists all that are. */
function none(files: readonly Source[], wrong: (file: Source, from: string) => boolean): void {
  const found = files.flatMap((file) =>
    file.imports.filter((line) => wrong(file, line.from)).map((line) => `${file.path}: ${line.from}`),
  );
  assert.deepEqual(found, []);
}

function pathsOf(files: readonly Source[]): string[] {
  return files.map((file) => file.path);
}

/** The imported file from the root, for relative imports; the name itself for packages. */
function target(file: Source, from: string): string {
  return from.startsWith('.') ? join(dirname(file.path), from) : from;
}

function leaves(file: Source, from: string): boolean {
  const home = file.path.split('/').slice(0, 3).join('/');
  return from.startsWith('.') && !target(file, from).startsWith(`${home}/`);
}

function inFolder(file: Source, name: string): boolean {
  return file.path.startsWith(`apps/console/${name}/`);
}
