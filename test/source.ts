// The repository's own source as data for the tests that read it: files and their import lines. A reader of text, no compiler.
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The repository's root. */
export const ROOT: string = resolve(import.meta.dirname, '..');

/** One import or re-export. `typesOnly` when nothing of it is left at run time. */
export interface Import {
  readonly from: string;
  readonly typesOnly: boolean;
}

/** One source file; the path is relative to the root. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Reads the files that match, without what is installed, built or a declaration. */
export function sources(...patterns: readonly string[]): Source[] {
  const skipped = /(^|\/)(node_modules|\.next|stand-ins)(\/|$)|\.d\.ts$/;
  return globSync(patterns, { cwd: ROOT, exclude: (path) => skipped.test(path) })
    .filter((path) => !skipped.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, imports: importsOf(text) };
    });
}

const STATEMENT = /^[ \t]*(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^[ \t]*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*(?:\/\*[^*]*\*\/\s*)?['"]([^'"]+)['"]/g;

/** The import lines of a text. */
export function importsOf(text: string): Import[] {
  const statements = [...text.matchAll(STATEMENT)].map(([, names = '', from = '']) => ({
    from,
    typesOnly: onlyTypes(names),
  }));
  const others = [BARE, DYNAMIC].flatMap((form) =>
    [...text.matchAll(form)].map(([, from = '']) => ({ from, typesOnly: false })),
  );
  return [...statements, ...others];
}

function onlyTypes(names: string): boolean {
  if (/^\s*type\b/.test(names)) return true;
  const braces = names.match(/^\s*\{([^}]*)\}\s*$/)?.[1];
  if (braces === undefined) return false;
  return braces
    .split(',')
    .filter((name) => name.trim() !== '')
    .every((name) => /^\s*type\s/.test(name));
}
