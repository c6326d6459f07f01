/**
 * The variables of language models, checked. The verifier has the same check for its own command line; this one stands
 * apart so that pages, which read the environment too, do not load the verifier.
 */
import type { ModelSettings, Price, Provider } from '@tidegate/verifier';

const providers: readonly Provider[] = ['openai', 'anthropic', 'google', 'compatible'];
const ofModels = ['AI_MODEL', 'AI_API_KEY', 'AI_BASE_URL', 'AI_PRICE'] as const;

interface Reader {
  readonly get: (name: string) => string | null;
  readonly problems: string[];
}

/** The language model that variables name, or null for reading on the device alone. No problem repeats a key. */
export function readLanguageModel(reader: Reader): ModelSettings | null {
  const { get, problems } = reader;
  const given = get('AI_PROVIDER') ?? 'local';
  const provider = providers.find((candidate) => candidate === given);
  if (provider !== undefined) return modelOf(provider, reader);
  if (given !== 'local') {
    problems.push(`AI_PROVIDER: expected local or ${providers.join(' or ')}, got ${given}`);
    return null;
  }
  for (const name of ofModels) {
    if (get(name) !== null) problems.push(`${name}: is for language models, and AI_PROVIDER is local`);
  }
  return null;
}

function modelOf(provider: Provider, reader: Reader): ModelSettings {
  const { get, problems } = reader;
  const [model, apiKey, baseUrl] = [get('AI_MODEL'), get('AI_API_KEY'), get('AI_BASE_URL')];
  if (model === null || !/^[\w.:/@+-]{1,200}$/.test(model)) {
    problems.push(`AI_MODEL: expected the name of a model that reads images, got ${model ?? 'nothing'}`);
  }
  if (apiKey === null ? provider !== 'compatible' : !/^[\x21-\x7e]+$/.test(apiKey)) {
    problems.push(`AI_API_KEY: expected the key for ${provider}, printable and without spaces`);
  }
  if (baseUrl === null ? provider === 'compatible' : !isBaseUrl(baseUrl)) {
    problems.push(
      'AI_BASE_URL: expected an http or https address without user, password, query or fragment, such as http://127.0.0.1:11434/v1',
    );
  }
  return { provider, model: model ?? '', apiKey, baseUrl, price: priceOf(reader) };
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** `2/10`: dollars for a million tokens in, and out. */
function priceOf({ get, problems }: Reader): Price | null {
  const text = get('AI_PRICE');
  if (text === null) return null;
  const parts = /^(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)$/.exec(text.replace(/\s/g, ''));
  if (parts === null) {
    problems.push(`AI_PRICE: expected dollars for a million tokens in and out, such as 2/10, got ${text.slice(0, 40)}`);
    return null;
  }
  const micros = (part: string | undefined): number => Math.round(Number(part) * 1_000_000);
  return { inputMicros: micros(parts[1]), outputMicros: micros(parts[2]) };
}
