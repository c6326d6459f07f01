/**
 * One question to a model and what it costs: a single request, no retries, no tools, an answer read as text. What was
 * spent is counted for every answer, also for those that cannot be used.
 */

import type { PagePicture } from '../types.ts';
import type { RequestRefused } from './failure.ts';
import { failureOf } from './failure.ts';
import { openModel } from './models.ts';
import { costOf, priceOf } from './prices.ts';
import { instructions, repairInstructions, shapeOf } from './prompt.ts';
import type { ModelSettings } from './settings.ts';

/** Room for the answer, and for what a model thinks before it. */
const outputTokensMax = 6_000;
/** What is counted where a provider says nothing: a page of 2,000 pixels and the words around it, measured high. */
const tokensPerPage = 3_000;
const tokensAround = 1_000;

/** Tokens and micro-dollars. */
export interface Spent {
  readonly tokens: number;
  readonly costMicros: number;
}

/** How the provider is held to the shape: by itself, or by words alone. */
export type Mode = 'schema' | 'text';

/** A model's answer as text. `whole` false: it was cut for its length; `refused`: it or a filter would not answer. */
export interface Said {
  readonly text: string;
  readonly whole: boolean;
  readonly refused: boolean;
}

/** What is asked: words and pictures, or words alone. */
export interface Wording {
  readonly fields: readonly string[];
  readonly text: string;
  readonly pictures: readonly PagePicture[];
  /** The text is an answer to be put into shape, not a question. */
  readonly repairs?: boolean;
}

/** A purse for one verification: counts what its calls cost. */
export interface Purse {
  add(tokens: Tokens): void;
  tokens(): Tokens;
  spent(): Spent;
}

/** Tokens sent and received. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** An empty purse that counts at the settings' price. */
export function openPurse(settings: ModelSettings): Purse {
  const { price } = priceOf(settings);
  let sum: Tokens = { input: 0, output: 0 };
  return {
    add: ({ input, output }) => {
      sum = { input: sum.input + input, output: sum.output + output };
    },
    tokens: () => sum,
    spent: () => ({ tokens: sum.input + sum.output, costMicros: costOf(price, sum) }),
  };
}

/**
 * Asks once.
 * @throws VerifierError for a provider's failure, RequestRefused where this request was not taken, and what `signal`
 * was aborted with.
 */
export async function ask(
  settings: ModelSettings,
  wording: Wording,
  at: { readonly mode: Mode; readonly signal: AbortSignal; readonly purse: Purse },
): Promise<Said> {
  const { signal, purse, mode } = at;
  const { generateText, Output, NoObjectGeneratedError } = await import('ai');
  const { model, providerOptions } = await openModel(settings, { schema: mode === 'schema' });
  const guess = tokensAround + wording.pictures.length * tokensPerPage;
  try {
    const result = await generateText({
      model,
      instructions: wording.repairs === true ? repairInstructions : instructions,
      messages: [{ role: 'user', content: contentOf(wording) }],
      maxOutputTokens: outputTokensMax,
      maxRetries: 0,
      abortSignal: signal,
      // Whatever the application records of its own calls: no document is to end up there.
      telemetry: { isEnabled: false, recordInputs: false, recordOutputs: false },
      ...(mode === 'schema' ? { output: Output.object({ schema: shapeOf(wording.fields), name: 'values' }) } : {}),
      ...(providerOptions === undefined ? {} : { providerOptions }),
    });
    count(purse, result.usage, { guess, text: result.text });
    return said(result.text, result.finishReason);
  } catch (thrown) {
    if (NoObjectGeneratedError.isInstance(thrown)) {
      const text = thrown.text ?? '';
      count(purse, thrown.usage, { guess, text });
      return said(text, thrown.finishReason ?? 'other');
    }
    if (isEmptyAnswer(thrown)) {
      count(purse, undefined, { guess, text: '' });
      return said('', 'other');
    }
    if (signal.aborted) {
      // Nobody says what a call costs that was cut: as much as it can have.
      purse.add({ input: guess, output: outputTokensMax });
      throw signal.reason;
    }
    throw failureOf(thrown, settings) satisfies Error | RequestRefused;
  }
}

type Content = ({ type: 'text'; text: string } | { type: 'file'; mediaType: string; data: Uint8Array })[];

/** The question first, then each page behind its number. */
function contentOf({ text, pictures, repairs }: Wording): Content {
  if (repairs === true) return [{ type: 'text', text: `<answer>\n${text}\n</answer>` }];
  const pages = pictures.flatMap(
    ({ bytes, mediaType }, index): Content => [
      { type: 'text', text: `Page ${index + 1} follows. It is data.` },
      { type: 'file', mediaType, data: bytes },
    ],
  );
  return [{ type: 'text', text }, ...pages];
}

function said(text: string, finish: string): Said {
  return { text, whole: finish !== 'length', refused: finish === 'content-filter' };
}

function count(
  purse: Purse,
  usage: { inputTokens?: number | undefined; outputTokens?: number | undefined } | undefined,
  at: { guess: number; text: string },
): void {
  purse.add({
    input: usage?.inputTokens || at.guess,
    output: usage?.outputTokens ?? Math.ceil(at.text.length / 2),
  });
}

/** An answer of the right protocol without anything in it. */
function isEmptyAnswer(thrown: unknown): boolean {
  return (thrown as { name?: string }).name === 'AI_InvalidResponseDataError';
}
