/**
 * Which language model is asked, as data, and the check of the variables that say so. Knows no provider's package, so
 * that reading settings loads nothing.
 */

/** Who answers: three services by name, or any server that speaks the OpenAI chat protocol. */
export type Provider = 'openai' | 'anthropic' | 'google' | 'compatible';

/** All providers of language models, as `AI_PROVIDER` names them. */
export const providers: readonly Provider[] = ['openai', 'anthropic', 'google', 'compatible'];

/** What a million tokens cost, in micro-dollars. */
export interface Price {
  readonly inputMicros: number;
  readonly outputMicros: number;
}

/** A language model and the way to it. */
export interface ModelSettings {
  readonly provider: Provider;
  readonly model: string;
  /** Null for a server of one's own that asks for none. */
  readonly apiKey: string | null;
  /** Null for the provider's own address. */
  readonly baseUrl: string | null;
  /** Null takes the price table's. */
  readonly price: Price | null;
}

/**
 * The language model that variables name, or null for reading on the device alone. Every problem is added to
 * `problems` as a sentence that names its variable; no sentence repeats a key.
 */
export function readModelSettings(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): ModelSettings | null {
  const get = (name: string): string | null => env[name]?.trim() || null;
  const given = get('AI_PROVIDER') ?? 'local';
  const provider = providers.find((candidate) => candidate === given);
  if (provider === undefined) {
    if (given !== 'local') problems.push(`AI_PROVIDER: expected local or ${providers.join(' or ')}, got ${given}`);
    for (const name of ['AI_MODEL', 'AI_API_KEY', 'AI_BASE_URL', 'AI_PRICE']) {
      if (given === 'local' && get(name) !== null)
        problems.push(`${name}: is for language models, and AI_PROVIDER is local`);
    }
    return null;
  }
  const model = get('AI_MODEL');
  const apiKey = get('AI_API_KEY');
  const baseUrl = get('AI_BASE_URL');
  if (model === null) problems.push(`AI_MODEL: expected the name of a model that reads images, got nothing`);
  else if (!/^[\w.:/@+-]{1,200}$/.test(model)) problems.push(`AI_MODEL: expected a model's name, got ${model}`);
  if (apiKey === null && provider !== 'compatible') problems.push(`AI_API_KEY: expected the key for ${provider}`);
  if (apiKey !== null && !/^[\x21-\x7e]+$/.test(apiKey))
    problems.push('AI_API_KEY: expected printable characters without spaces');
  if (baseUrl === null && provider === 'compatible') {
    problems.push('AI_BASE_URL: expected the address of the server, such as http://127.0.0.1:11434/v1');
  }
  if (baseUrl !== null && !isBaseUrl(baseUrl)) {
    problems.push('AI_BASE_URL: expected an http or https address without user, password, query or fragment');
  }
  const price = parsePrice(get('AI_PRICE'), problems);
  return { provider, model: model ?? '', apiKey, baseUrl, price };
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** `2/10`: dollars for a million tokens in, and out. */
function parsePrice(text: string | null, problems: string[]): Price | null {
  if (text === null) return null;
  const parts = /^(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)$/.exec(text.replace(/\s/g, ''));
  if (parts !== null) {
    return {
      inputMicros: Math.round(Number(parts[1]) * 1_000_000),
      outputMicros: Math.round(Number(parts[2]) * 1_000_000),
    };
  }
  problems.push(`AI_PRICE: expected dollars for a million tokens in and out, such as 2/10, got ${text.slice(0, 40)}`);
  return null;
}
