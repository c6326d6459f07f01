/**
 * A user's own gate, loaded from their file for the command line. Knows modules and nothing of what a gate does.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TidegateError } from './errors.ts';
import { optionsOf } from './gate.ts';
import type { Gate, GateOptions } from './types.ts';

/** A gate and what it was made of. */
export interface LoadedGate {
  readonly gate: Gate;
  readonly options: GateOptions<unknown, unknown>;
}

/**
 * The gate that `file` exports, under any name; `file#name` picks one of several. Throws `configuration` when there is
 * no such file, it cannot be loaded, or the gate meant is not clear.
 */
export async function loadGate(file: string): Promise<LoadedGate> {
  const [path = '', wanted] = file.split('#');
  const full = resolve(path);
  if (!existsSync(full)) throw new TidegateError('configuration', `--gate: there is no file ${path}.`);
  const exported = await load(path, full);
  const gates = Object.entries(exported)
    .map(([name, gate]) => ({ name, gate: gate as Gate, options: optionsOf(gate) }))
    .filter((found): found is typeof found & LoadedGate => found.options !== undefined)
    .filter(({ name }) => wanted === undefined || name === wanted);
  const [only, ...more] = gates;
  if (only === undefined) {
    throw new TidegateError('configuration', `--gate: ${file} exports no gate.`, {
      hint: 'Export what createGate returns: export const gate = createGate({ … }).',
    });
  }
  if (more.length > 0) {
    throw new TidegateError('configuration', `--gate: ${path} exports ${gates.length} gates.`, {
      hint: `Name one: ${gates.map(({ name }) => `${path}#${name}`).join(' or ')}.`,
    });
  }
  return only;
}

async function load(path: string, full: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(full).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new TidegateError('configuration', `--gate: ${path} cannot be loaded: ${(cause as Error).message}`, {
      cause,
      hint: "Node loads the file itself: its relative imports need their ending ('./work.ts'), and a bundler's aliases ('@/…') are unknown to it.",
    });
  }
}
