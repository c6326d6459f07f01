/**
 * Lines of a file to verdicts, several at a time, handed on in the order of the file. A line's fault stays its own;
 * only a line that is not JSON is an error.
 */

import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isVerifierError } from '../errors.ts';
import { readingProcesses } from '../read/limits.ts';
import { openReader } from '../read/reader.ts';
import type { Verdict } from '../types.ts';
import { createVerifier, type Verifier } from '../verifier.ts';
import { loadAttachments } from './attachments.ts';
import { linesOf, type NumberedLine } from './lines.ts';
import type { Settings } from './settings.ts';

/** What is printed of a verdict, and what it was made from. */
type LineVerdict = Pick<
  Verdict,
  'verdict' | 'findings' | 'reasons' | 'cpuMs' | 'seen' | 'costMicros' | 'tokens' | 'model'
>;

/** What became of one line. */
export type LineResult =
  | { readonly line: number; readonly error: string }
  | {
      readonly line: number;
      readonly input: Readonly<Record<string, unknown>>;
      readonly verdict: LineVerdict;
      /** True when reading could not start or a provider failed: the verdict then says nothing of the document. */
      readonly machinery: boolean;
    };

/** Lines beyond those being read that may be under way: claims about a page that is being read wait for it together. */
const linesAhead = 24;
const bytesHeldMax = 256 * 1024 * 1024;

/** What a run took beside its verdicts: the time on the clock, and the most memory a reading process has had. */
export interface Effort {
  readonly elapsedMs: number;
  readonly peakBytes: number;
}

/** Verifies every line and hands the results on in order; resolves when the last one is handed on. */
export async function runLines(settings: Settings, onResult: (result: LineResult) => void): Promise<Effort> {
  const folder = dirname(await realpath(settings.file));
  const processes = Math.min(settings.concurrency, readingProcesses());
  const held = { bytes: 0 };
  const told = new Set<string>();
  const tell = (sentence: string): void => {
    if (!told.has(sentence)) process.stderr.write(`${sentence}\n`);
    told.add(sentence);
  };
  const { attemptTimeoutMs, languageModel } = settings;
  const verifier = createVerifier({
    processes,
    attemptTimeoutMs,
    warn: tell,
    ...(languageModel === null ? {} : { languageModel }),
  });
  // The same processes as the verifier's: whoever asks for as many shares them.
  const reader = openReader(processes);
  const started = performance.now();
  const handed: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  try {
    for await (const line of linesOf(settings.file)) {
      const result = runLine(line, { folder, verifier, held, tell });
      result.catch(() => {});
      last = last.then(async () => onResult(await result));
      last.catch(() => {});
      handed.push(last);
      while (handed.length > settings.concurrency + linesAhead || (held.bytes > bytesHeldMax && handed.length > 0)) {
        await handed.shift();
      }
    }
    await last;
    return { elapsedMs: performance.now() - started, peakBytes: reader.pool.peakBytes() };
  } finally {
    await reader.close();
    await verifier.close();
  }
}

async function runLine(
  line: NumberedLine,
  at: { folder: string; verifier: Verifier; held: { bytes: number }; tell: (sentence: string) => void },
): Promise<LineResult> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.text);
  } catch (error) {
    return { line: line.number, error: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { line: line.number, input: {}, verdict: review('line_not_an_object'), machinery: false };
  }
  const input = parsed as Record<string, unknown>;
  const loaded = await loadAttachments(input.attachments, at.folder);
  if ('reason' in loaded) return { line: line.number, input, verdict: review(loaded.reason), machinery: false };
  const bytes = loaded.attachments.reduce((sum, attachment) => sum + attachment.bytes.length, 0);
  at.held.bytes += bytes;
  try {
    const verdict = await at.verifier.verify({
      kind: String(input.kind),
      locale: typeof input.locale === 'string' ? input.locale : null,
      claims: input.claims,
      attachments: loaded.attachments,
    });
    return { line: line.number, input, verdict, machinery: false };
  } catch (error) {
    // A sentence once, however many lines it is about: each says its code.
    if (isVerifierError(error)) at.tell(`${error.message} ${error.hint}`.trim());
    else process.stderr.write(`line ${line.number}: ${String(error)}\n`);
    const code = isVerifierError(error) ? error.code : 'verifier_failed';
    return { line: line.number, input, verdict: review(code), machinery: true };
  } finally {
    at.held.bytes -= bytes;
  }
}

function review(reason: string): LineVerdict {
  return { verdict: 'needs_review', findings: [], reasons: [reason], cpuMs: 0, costMicros: 0, seen: [] };
}
