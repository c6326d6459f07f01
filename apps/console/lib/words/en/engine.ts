/**
 * What the gate itself says. It speaks English, so its sentences stand as they are; another catalogue says them by rule,
 * stop or pattern, and leaves what it does not know as it is.
 */
import type { Explanation, Rule, RunView } from 'tidegate';

/** One rule on the way to a lease. */
export const explainRule = (rule: Rule): string => rule.text;

/** The first rule that holds a record back, or that nothing does. */
export const because = (why: Explanation): string => why.because;

/** A run in one sentence. */
export const runMessage = (run: Pick<RunView, 'message'>): string => run.message;

/** Any other sentence or phrase of the gate's; a person's, a provider's and the database's words are nobody's to change. */
export const said = (text: string): string => text;

/** An error's sentence; `code` names it where it is one of ours. */
export const saidOf = (_code: string | null, message: string): string => message;
