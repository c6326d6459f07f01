/**
 * The operator's verbs on gates. Pausing and resuming need no gate's code, so that they work for every gate of the
 * database; running needs it, and this program has it for its own records only.
 */
import { ensureGate, type GateStatus, type RunResult } from 'tidegate';
import { type Body, isStorable } from './body.ts';
import { database } from './database.ts';
import { readEnvironment } from './environment.ts';
import { InputError, notFound } from './errors.ts';
import { logError } from './log.ts';
import { ledger, readGate, recordsAreOn, requireRecords } from './queries.ts';
import { recordsGate, verifyRecords } from './verification.ts';
import type { Operator } from './views.ts';

/** A gate. @throws InputError 404 */
export async function mustReadGate(name: string): Promise<GateStatus> {
  const gate = await readGate(name);
  if (gate !== null) return gate;
  if (name !== recordsGate || !(await recordsAreOn())) throw notFound();
  // Our own gate is there before its first tick: it may have to be paused before it.
  await ensureGate(database(), name, readEnvironment().limits.concurrencyMax);
  return await mustReadGate(name);
}

const reasonLengthMax = 200;
const keysMax = 100;

/** Pauses a gate, for a reason where one is given, and returns it. @throws InputError 404, 400 for an unfit reason */
export async function pauseGate(
  name: string,
  { name: operator }: Operator,
  { reason = '' }: Body = {},
): Promise<GateStatus> {
  if (typeof reason !== 'string' || reason.length > reasonLengthMax || !isStorable(reason)) {
    const message = `reason: expected a text of at most ${reasonLengthMax} characters.`;
    throw new InputError(400, 'invalid_field', message, { field: 'reason' });
  }
  await mustReadGate(name);
  const given = reason.trim();
  await ledger().pause(name, given === '' ? `paused by ${operator}` : `${given} (paused by ${operator})`);
  return await mustReadGate(name);
}

/** Lets parked items of a gate run again, whoever's rows they are. @throws InputError 404, 400 for unfit keys */
export async function releaseKeys(name: string, { keys }: Body): Promise<{ released: readonly string[] }> {
  const texts = Array.isArray(keys) ? keys.filter((key) => typeof key === 'string' && isStorable(key)) : [];
  if (!Array.isArray(keys) || texts.length !== keys.length || keys.length > keysMax) {
    throw new InputError(400, 'invalid_field', `keys: expected at most ${keysMax} texts.`, { field: 'keys' });
  }
  await mustReadGate(name);
  return { released: await ledger().release(name, texts) };
}

/** Ends a pause or a shutting and returns the gate. @throws InputError 404 */
export async function resumeGate(name: string): Promise<GateStatus> {
  await mustReadGate(name);
  await ledger().resume(name);
  return await mustReadGate(name);
}

/** Starts one long run. @throws InputError 404, or 409 for a gate whose work is in another program. */
export async function runGate(name: string): Promise<{ runId: string; finished: Promise<RunResult> }> {
  if (name !== recordsGate) {
    await mustReadGate(name);
    throw new InputError(409, 'runs_elsewhere', 'The work of this gate is in another program: call its cron endpoint.');
  }
  await requireRecords();
  const { runId, finished } = await verifyRecords().start({ trigger: 'console', drain: true });
  finished.catch((thrown: unknown) => logError('run_failed', thrown));
  if (runId === null) throw new InputError(409, 'not_started', (await finished).message);
  return { runId, finished };
}
