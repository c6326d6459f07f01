/**
 * A language model as a second reader: it is shown pages, never claims, and says which words stand for which field.
 * What it says is a proposal; nobody in this folder decides anything by it alone.
 */

import { VerifierError } from '../errors.ts';
import type { Field, PagePicture } from '../types.ts';
import { ask, type Mode, openPurse, type Purse, type Said, type Spent } from './ask.ts';
import { orAborted } from './bounded-fetch.ts';
import { RequestRefused } from './failure.ts';
import { priceOf, pricesAsOf } from './prices.ts';
import { fitness, forgetFitness } from './probe.ts';
import { fieldsText, type Proposal, promptVersion, proposalsIn } from './prompt.ts';
import type { ModelSettings } from './settings.ts';

/** Longest answer that is sent back once to be put into shape. */
const repairLengthMax = 20_000;

/** What is asked: fields of a kind, on upright pages in order. */
export interface Question {
  readonly kind: string;
  readonly fields: readonly Field[];
  readonly pictures: readonly PagePicture[];
}

/** What came of it. `trouble`: the model was reached and gave nothing that can be used, which is for a person to see. */
export interface Proposed extends Spent {
  readonly proposals: readonly Proposal[];
  readonly trouble: null | 'model_refused' | 'model_answer_unusable';
}

/** A second reader. */
export interface Judge {
  /** Provider, model and version of the prompt, for the record. */
  readonly name: string;
  /**
   * Asks once, and once more to mend an answer's shape.
   * @throws VerifierError when the provider fails, is out of time or `signal` is aborted.
   */
  propose(question: Question, at: { readonly signal?: AbortSignal | undefined; timeoutMs: number }): Promise<Proposed>;
}

/** Makes a reader of a language model; nothing is sent before the first question. */
export function createJudge(settings: ModelSettings, at: { readonly warn: (sentence: string) => void }): Judge {
  if (!priceOf(settings).known) {
    at.warn(
      `AI_PRICE: no price of ${settings.provider} ${settings.model} is known as of ${pricesAsOf}; it is counted at 15 dollars for a million tokens in and 75 out. Set AI_PRICE to what it costs, such as 2/10.`,
    );
  }
  return {
    name: `${settings.provider}:${settings.model}#${promptVersion}`,
    async propose(question, { signal, timeoutMs }) {
      const purse = openPurse(settings);
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new Error('out of time')), timeoutMs);
      const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
      try {
        return { ...(await proposed(settings, question, { signal: either, purse })), ...purse.spent() };
      } catch (thrown) {
        const spent = purse.spent();
        if (signal?.aborted === true) {
          throw new VerifierError('aborted', 'Given up while asking a model.', { cause: signal.reason, ...spent });
        }
        if (late.signal.aborted) {
          const message = `${settings.provider} gave no answer within ${Math.round(timeoutMs / 1000)} s.`;
          throw new VerifierError('provider_unavailable', message, { status: 0, blame: 'provider', ...spent });
        }
        throw thrown instanceof VerifierError ? withSpent(thrown, spent) : thrown;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

interface Means {
  readonly signal: AbortSignal;
  readonly purse: Purse;
}

/** The ladder: the answer as it is, the JSON in it, one repair, nothing. */
async function proposed(
  settings: ModelSettings,
  question: Question,
  means: Means,
): Promise<Omit<Proposed, keyof Spent>> {
  const mode = await orAborted(fitness(settings, means.purse), means.signal);
  const fields = question.fields.map(({ name }) => name);
  const wording = { fields, text: fieldsText(question.kind, question.fields), pictures: question.pictures };
  let said: Said;
  try {
    said = await ask(settings, wording, { ...means, mode });
  } catch (thrown) {
    if (!(thrown instanceof RequestRefused)) throw thrown;
    // Of this picture, or of any? The probe's picture is known to be harmless.
    forgetFitness(settings);
    await orAborted(fitness(settings, means.purse), means.signal);
    return { proposals: [], trouble: 'model_refused' };
  }
  if (said.refused) return { proposals: [], trouble: 'model_refused' };
  if (!said.whole) return { proposals: [], trouble: 'model_answer_unusable' };
  const proposals = proposalsIn(said.text, fields) ?? (await mended(settings, said.text, { ...means, mode, fields }));
  return proposals === null ? { proposals: [], trouble: 'model_answer_unusable' } : { proposals, trouble: null };
}

/** The same words put into shape, by a request without a picture. */
async function mended(
  settings: ModelSettings,
  text: string,
  at: Means & { readonly mode: Mode; readonly fields: readonly string[] },
): Promise<Proposal[] | null> {
  if (text.trim() === '' || text.length > repairLengthMax) return null;
  try {
    const said = await ask(settings, { fields: at.fields, text, pictures: [], repairs: true }, at);
    return said.refused || !said.whole ? null : proposalsIn(said.text, at.fields);
  } catch (thrown) {
    if (thrown instanceof RequestRefused) return null;
    throw thrown;
  }
}

function withSpent(error: VerifierError, spent: Spent): VerifierError {
  const { code, message, hint, status, blame, retryAfterMs } = error;
  return new VerifierError(code, message, { hint, status, blame, retryAfterMs, ...spent });
}
