// What the tests of `check` share: looking at a scene, and proving that what mends a finding mends it.
import assert from 'node:assert/strict';
import { check, type Report } from '../src/check/check.ts';
import type { Finding } from '../src/check/finding.ts';
import { createGate, optionsOf } from '../src/gate.ts';
import type { LoadedGate } from '../src/gate-file.ts';
import type { Scene } from './builders.ts';

/** What every test server has: a superuser without time limits. */
const USUAL = ['superuser', 'statement_timeout', 'idle_timeout'];

/** What to look at: an apply of one's own, another way in. */
export interface Look {
  readonly apply?: string | undefined;
  readonly url?: string;
}

/** Looks at a scene's database, with a gate over its applications where `apply` is given. */
export async function look(at: Scene, { apply, url = at.url }: Look = {}): Promise<Report> {
  return await check({ database: { url, ca: undefined }, gate: apply === undefined ? undefined : loaded(apply) });
}

/** What was found but for what every test server has. */
export async function findings(at: Scene, options: Look = {}): Promise<readonly Finding[]> {
  return (await look(at, options)).findings.filter(({ code }) => !USUAL.includes(code));
}

/** Expects that this is found, runs the statement that mends it, and expects that it is gone. */
export async function mended(at: Scene, code: string, says: RegExp, options: Look = {}): Promise<void> {
  const before = (await look(at, options)).findings;
  const found = before.find((one) => one.code === code);
  assert.ok(found, `${code} among ${JSON.stringify(before)}`);
  assert.match(found.says, says);
  // Each statement by itself: an index made concurrently stands in no transaction.
  for (const statement of found.mend.startsWith('begin;') ? [found.mend] : found.mend.split(/;\s*\n?/)) {
    if (statement.trim() !== '') await at.rows(statement);
  }
  const left = (await look(at, options)).findings;
  assert.deepEqual(
    left.filter((one) => one.code === code),
    [],
  );
}

function loaded(apply: string): LoadedGate {
  const gate = createGate({ name: 'verify-applications', work: async () => null, apply });
  const options = optionsOf(gate);
  assert.ok(options !== undefined);
  return { gate, options };
}
