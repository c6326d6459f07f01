/**
 * Every page asks this first: nobody signed in means the sign-in page, with the way back. It is the check, not the
 * layout, since a layout is not asked again when people move between pages.
 */
import { cookies } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { isDatabaseAway, isTidegateError } from '../lib/database.ts';
import { isInputError } from '../lib/errors.ts';
import { readOperator } from '../lib/session.ts';
import type { Operator } from '../lib/views.ts';

/** The signed-in operator; leaves for the sign-in page when there is none. `path` is where to come back to. */
export async function requireOperator(path: string): Promise<Operator> {
  const jar = await cookies();
  const operator = await reading(() => readOperator(jar));
  if (operator === null) redirect(path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`);
  return operator;
}

/**
 * Runs a read for a page. An address that cannot be meant is a page that is not there; a known code of a failure is kept
 * as its digest, which is all that the error page may see of it.
 */
export async function reading<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (thrown) {
    if (isInputError(thrown)) notFound();
    const code = isDatabaseAway(thrown) ? 'database_unavailable' : isTidegateError(thrown) ? thrown.code : null;
    if (code !== null) Object.assign(thrown as Error, { digest: code });
    throw thrown;
  }
}

/** The path with its query, as pages hand it to `requireOperator`. */
export function pathWith(path: string, query: Readonly<Record<string, string | null | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The first value of a query parameter; empty counts as absent. */
export function one(value: string | readonly string[] | undefined): string | null {
  const first = typeof value === 'string' ? value : value?.[0];
  return first?.trim() || null;
}
