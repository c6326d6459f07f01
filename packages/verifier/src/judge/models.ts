/**
 * From settings to a model of the AI SDK: the only file that knows how each provider is reached. Packages are loaded
 * when a model is first asked, so that reading on the device loads none.
 */

import type { LanguageModel } from 'ai';
import { boundedFetch } from './bounded-fetch.ts';
import type { ModelSettings } from './settings.ts';

type Options = Parameters<typeof import('ai').generateText>[0]['providerOptions'];

/** A model that can be asked. `schema`: the provider itself holds the answer to a shape. */
export interface AskedModel {
  readonly model: LanguageModel;
  readonly providerOptions: Options;
}

// Given always: without them the SDKs look for addresses and keys in variables of their own.
const addresses = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
} as const;

/** The model of these settings. `schema` false asks a compatible server for plain text. */
export async function openModel(settings: ModelSettings, at: { readonly schema: boolean }): Promise<AskedModel> {
  const { provider, model } = settings;
  const apiKey = settings.apiKey ?? '';
  const baseURL = (settings.baseUrl ?? addresses[provider as keyof typeof addresses]).replace(/\/+$/, '');
  const common = { apiKey, baseURL, fetch: boundedFetch };
  switch (provider) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      // Nothing is kept there; the Responses API would keep 30 days by default.
      return { model: createOpenAI(common)(model), providerOptions: { openai: { store: false } } };
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return { model: createAnthropic(common)(model), providerOptions: undefined };
    }
    case 'google': {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      return { model: createGoogleGenerativeAI(common)(model), providerOptions: undefined };
    }
    case 'compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const server = createOpenAICompatible({
        baseURL,
        fetch: boundedFetch,
        name: 'compatible',
        supportsStructuredOutputs: at.schema,
        ...(apiKey === '' ? {} : { apiKey }),
      });
      return { model: server(model), providerOptions: undefined };
    }
  }
}
