/**
 * What models cost: a dated table, and the sum of one answer in whole micro-dollars. Providers' SDKs report tokens and
 * no money, so the figures are ours; cached input is counted in full, so that the sum is never too low.
 */

import type { ModelSettings, Price, Provider } from './settings.ts';

/** The day on which the providers' price lists were last looked at. */
export const pricesAsOf = '2026-11-26';

/** Dollars for a million tokens, in and out, by the providers' lists for standard requests of up to 100,000 tokens. */
const dollars: Readonly<Record<Exclude<Provider, 'compatible'>, Readonly<Record<string, readonly [number, number]>>>> =
  {
    openai: {
      'gpt-6-astra': [10, 50],
      'gpt-6.1-sol': [2, 10],
      'gpt-6-sol': [2, 10],
      'gpt-6-luna': [0.1, 0.5],
      'gpt-5.6-terra': [2, 12],
      'gpt-5.6-luna': [0.2, 1.2],
      'gpt-5.4': [2.5, 15],
      'gpt-5.2': [1.75, 14],
      'gpt-5.1': [1.25, 10],
      'gpt-5': [1.25, 10],
      'gpt-5-mini': [0.25, 2],
      'gpt-4.1': [2, 8],
      'gpt-4o': [2.5, 10],
      'gpt-4o-mini': [0.15, 0.6],
    },
    anthropic: {
      'claude-opus-5-5': [4, 20],
      'claude-sonnet-5-5': [2, 10],
      'claude-haiku-5-5': [0.1, 0.5],
    },
    google: {
      // The price from January 2027; half of it holds until then.
      'gemini-3.8-flash': [1.5, 7.5],
      'gemini-3.5-flash': [1.5, 9],
      'gemini-3.5-flash-lite': [0.3, 2.5],
      'gemini-3.1-pro-preview': [2, 12],
    },
  };

/** What a model that nobody priced is counted at: dearer than the lists' usual ones, so that a budget holds. */
export const unknownPrice: Price = { inputMicros: 15_000_000, outputMicros: 75_000_000 };

/** A model's price, and whether anybody has said it: by `AI_PRICE`, or by the table. */
export function priceOf({ provider, model, price }: ModelSettings): { readonly price: Price; readonly known: boolean } {
  if (price !== null) return { price, known: true };
  const listed = provider === 'compatible' ? undefined : dollars[provider][withoutDate(model)];
  if (listed === undefined) return { price: unknownPrice, known: false };
  return { price: { inputMicros: listed[0] * 1_000_000, outputMicros: listed[1] * 1_000_000 }, known: true };
}

/** Micro-dollars of so many tokens, rounded up. */
export function costOf(price: Price, tokens: { readonly input: number; readonly output: number }): number {
  return Math.ceil((tokens.input * price.inputMicros + tokens.output * price.outputMicros) / 1_000_000);
}

/** `gpt-5-2025-08-07` and `claude-haiku-4-5-20251001` are the models without their days. */
function withoutDate(model: string): string {
  return model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '');
}
