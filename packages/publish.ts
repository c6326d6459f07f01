// `node packages/publish.ts OUTDIR`: writes what is published, a folder a package (OUTDIR/tidegate, OUTDIR/verifier), each ready
// for `npm publish`. Inside the repository the packages run from their TypeScript; Node strips no types under node_modules, so
// others get JavaScript, declarations, a package.json that points at both, and the migrations.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PACKAGES = ['packages/tidegate', 'packages/verifier'];
/** Folders of a package that are published as they are, where it has them. */
const FOLDERS = ['migrations', 'models', 'hangul'];

/** What is read of a package.json. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly sideEffects: boolean;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Writes the folders below `out`, in place of what stands there under their names, and returns their paths. */
export function writePackages(out: string): readonly string[] {
  return PACKAGES.map((home) => {
    const to = join(resolve(out), basename(home));
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    compile(join(ROOT, home, 'src'), join(to, 'dist'));
    copyOthers(join(ROOT, home), to);
    const manifest = publishedManifest(readManifest(join(ROOT, home)));
    writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return to;
  });
}

/** JavaScript and declarations of a folder of TypeScript. The compiler wants its settings in a file. */
function compile(from: string, to: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'tidegate-publish-'));
  const project = join(dir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    noEmitOnError: true,
    declaration: true,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    rootDir: from,
    outDir: to,
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  try {
    writeFileSync(project, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [from] }));
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', project], { stdio: ['ignore', 'inherit', 'inherit'] });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Everything that is not TypeScript: data beside the code, migrations, the README, the licence. */
function copyOthers(home: string, to: string): void {
  for (const path of globSync('src/**/*', { cwd: home, withFileTypes: true })) {
    if (!path.isFile() || path.name.endsWith('.ts')) continue;
    const file = join(path.parentPath, path.name);
    cpSync(file, join(to, 'dist', relative(join(home, 'src'), file)));
  }
  for (const name of [...FOLDERS, 'README.md']) {
    if (existsSync(join(home, name))) cpSync(join(home, name), join(to, name), { recursive: true });
  }
  cpSync(join(ROOT, 'LICENSE'), join(to, 'LICENSE'));
}

/** The package.json that is published: what pointed at a source points at what was made of it. */
function publishedManifest(own: Manifest): object {
  const made = (source: string): string => source.replace(/^\.\/src\/(.*)\.ts$/, './dist/$1.js');
  const exported = Object.entries(own.exports).map(([name, source]) => {
    const target = made(source);
    return [name, target === source ? source : { types: target.replace(/\.js$/, '.d.ts'), default: target }];
  });
  return {
    name: own.name,
    version: own.version,
    description: own.description,
    license: own.license,
    type: 'module',
    sideEffects: own.sideEffects,
    engines: own.engines,
    bin: Object.fromEntries(Object.entries(own.bin).map(([name, source]) => [name, made(source).slice(2)])),
    exports: Object.fromEntries(exported),
    files: ['dist', ...FOLDERS],
    dependencies: { ...own.dependencies, ...typesFor(own.dependencies) },
    publishConfig: { access: 'public' },
  };
}

/** The declarations name types of these packages, which live in packages of their own; here the root brings them. */
function typesFor(dependencies: Manifest['dependencies']): Readonly<Record<string, string>> {
  const { devDependencies } = readManifest(ROOT) as Manifest & { devDependencies: Readonly<Record<string, string>> };
  const named = Object.entries(devDependencies).filter(
    ([name]) => name.startsWith('@types/') && name.slice('@types/'.length) in dependencies,
  );
  return Object.fromEntries(named);
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

// Not import.meta.main, which older Nodes lack: they would write nothing and say nothing.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  const [out, ...more] = process.argv.slice(2);
  if (out === undefined || more.length > 0) {
    console.error('Usage: node packages/publish.ts OUTDIR');
    process.exitCode = 2;
  } else {
    for (const folder of writePackages(out)) console.log(`Written. To publish it: npm publish ${folder}`);
  }
}
