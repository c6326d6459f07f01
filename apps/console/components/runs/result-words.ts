/**
 * What one record's result in a run means: which of the three tallies it counts for, and what was said in one line. Pure;
 * runs on either side.
 */
import type { RecordResult } from 'tidegate';
import type { RecordStatus } from '../../lib/views.ts';
import type { Words } from '../../lib/words/index.ts';

/**
 * *Failed* is the record's own fault, *deferred* is the provider's or nobody's: 5xx, 408, 425, 429, no answer, and an
 * answer that says so itself.
 */
export function resultKind(result: RecordResult): 'succeeded' | 'failed' | 'deferred' {
  if (result.ok) return 'succeeded';
  const provider = result.status === 0 || result.status >= 500 || [401, 403, 408, 425, 429].includes(result.status);
  return provider ? 'deferred' : 'failed';
}

/** The answer in one line: the verdict with its first reason, or the error's sentence. */
export function resultSaid(result: RecordResult, w: Words): string {
  if (result.error !== undefined) return w.said(result.error);
  const body = asObject(result.body);
  // An attempt that got no answer is kept with a sentence alone.
  if (typeof body.error === 'string') return w.said(body.error);
  const error = asObject(body.error);
  const code = typeof error.code === 'string' ? error.code : null;
  if (typeof error.message === 'string') return w.saidOf(code, error.message);
  if (code !== null) return w.explainReason(code);
  if (typeof body.verdict !== 'string') return body.verdict === undefined ? '' : JSON.stringify(body.verdict);
  const verdict = w.statuses[body.verdict as RecordStatus] ?? body.verdict;
  const reason = Array.isArray(body.reasons) && typeof body.reasons[0] === 'string' ? body.reasons[0] : null;
  return reason === null ? verdict : `${verdict}: ${w.explainReason(reason)}`;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
