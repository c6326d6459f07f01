/**
 * What `tidegate check` finds: one thing that is wrong, in a sentence, with the statement that mends it. Data only.
 */

/** `error`: the gate will not work, or not as promised. `warning`: it works, and will hurt one day. */
export type Severity = 'error' | 'warning';

/** One thing found. */
export interface Finding {
  /** Stable, for machines. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence that names what it is about. */
  readonly says: string;
  /** The statement or command that mends it, or the shape of one where only its author can know. */
  readonly mend: string;
}

/** Makes an error where `wrong` holds. */
export function error(code: string, says: string, mend: string): Finding {
  return { code, severity: 'error', says, mend };
}

/** Makes a warning. */
export function warning(code: string, says: string, mend: string): Finding {
  return { code, severity: 'warning', says, mend };
}

/** Those of `found` that are findings. */
export function present(found: readonly (Finding | null)[]): readonly Finding[] {
  return found.filter((one) => one !== null);
}
