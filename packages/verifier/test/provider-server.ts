/**
 * A provider of language models on loopback: a real server that speaks the wire protocol of each of the four, follows a
 * script of answers, and keeps what it was asked.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelSettings, Provider } from '../src/judge/settings.ts';

/** One request as a provider sees it. */
export interface Seen {
  readonly provider: Provider;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** The whole body, pictures included. */
  readonly raw: string;
  readonly body: Record<string, unknown>;
  /** What no document can touch. */
  readonly system: string;
  /** What the user's part says, without the pictures. */
  readonly words: string;
  readonly pictures: readonly Uint8Array[];
  /** The provider was given a shape to hold the answer to. */
  readonly shaped: boolean;
  readonly asks: 'probe' | 'values' | 'repair';
}

/** What the provider does with a request. */
export type Play =
  | { readonly say: string; readonly finish?: 'stop' | 'length' | 'refused'; readonly usage?: false }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly does: 'hang' | 'drip' | 'flood' | 'empty' | 'cut' };

/** A provider that answers by its script. */
export interface PlayedProvider {
  readonly url: string;
  /** Requests in the order in which they came; probes are kept apart. */
  readonly asked: Seen[];
  readonly probes: Seen[];
  settings(provider: Provider, more?: Partial<ModelSettings>): ModelSettings;
  close(): Promise<void>;
}

/** The tokens that every answer reports. */
export const usage = { input: 1_200, output: 150 } as const;
/** What the probe's picture shows. */
export const goodProbe: Play = { say: answerOf([['probe_number', '4827', '4827']]) };

/** An answer in the shape that is asked for; entries are field, value, quote and page. */
export function answerOf(entries: readonly (readonly [string, string, string, number?])[]): string {
  return JSON.stringify({
    values: entries.map(([field, value, quote, page = 1]) => ({ field, value, quote, page })),
  });
}

/** Starts one. `script` says what becomes of each question; probes are answered well unless `probe` says otherwise. */
export async function playProvider(
  script: (seen: Seen, count: number) => Play,
  probe: (seen: Seen, count: number) => Play = () => goodProbe,
): Promise<PlayedProvider> {
  const asked: Seen[] = [];
  const probes: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((raw) => {
      const seen = seenIn(request, raw);
      const list = seen.asks === 'probe' ? probes : asked;
      list.push(seen);
      play((seen.asks === 'probe' ? probe : script)(seen, list.length), seen, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    url,
    asked,
    probes,
    settings: (provider, more = {}) => ({
      provider,
      model: 'model-of-a-test',
      apiKey: 'key-of-a-test',
      baseUrl: url,
      price: { inputMicros: 1_000_000, outputMicros: 10_000_000 },
      ...more,
    }),
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function providerOf(url: string): Provider {
  if (url.endsWith('/responses')) return 'openai';
  if (url.endsWith('/messages')) return 'anthropic';
  return url.includes(':generateContent') ? 'google' : 'compatible';
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of four foreign protocols, picked apart by hand.
type Loose = any;

function seenIn(request: IncomingMessage, raw: string): Seen {
  const url = request.url ?? '';
  const provider = providerOf(url.split('?')[0] ?? '');
  const body = JSON.parse(raw) as Loose;
  const { system, parts, shaped } = partsOf(provider, body);
  const words = parts.flatMap((part: Loose) => part.text ?? []).join('\n');
  const pictures = parts.flatMap((part: Loose) => {
    const data = part.image_url?.url ?? part.image_url ?? part.source?.data ?? part.inlineData?.data;
    return typeof data === 'string' ? [new Uint8Array(Buffer.from(data.replace(/^data:[^,]*,/, ''), 'base64'))] : [];
  });
  const asks = words.includes('probe_number') ? 'probe' : words.includes('<answer>') ? 'repair' : 'values';
  return { provider, url, headers: request.headers, raw, body, system, words, pictures, shaped, asks };
}

function partsOf(provider: Provider, body: Loose): { system: string; parts: Loose[]; shaped: boolean } {
  switch (provider) {
    case 'openai': {
      const [first, ...others] = body.input;
      return {
        system: textOf(first.content),
        parts: others.flatMap((one: Loose) => one.content),
        shaped: body.text?.format?.type === 'json_schema',
      };
    }
    case 'anthropic': {
      const parts = body.messages.flatMap((one: Loose) => one.content);
      const shaped = body.output_config?.format !== undefined || body.output_format !== undefined || !!body.tools;
      return { system: textOf(body.system), parts, shaped };
    }
    case 'google': {
      const parts = body.contents.flatMap((one: Loose) => one.parts);
      const { responseSchema, responseJsonSchema } = body.generationConfig ?? {};
      return {
        system: textOf(body.systemInstruction?.parts ?? ''),
        parts,
        shaped: (responseSchema ?? responseJsonSchema) !== undefined,
      };
    }
    case 'compatible': {
      const [first, ...others] = body.messages;
      const parts = others.flatMap((one: Loose) =>
        typeof one.content === 'string' ? [{ text: one.content }] : one.content,
      );
      return { system: textOf(first.content), parts, shaped: body.response_format?.type === 'json_schema' };
    }
  }
}

function textOf(content: Loose): string {
  return typeof content === 'string' ? content : content.map((part: Loose) => part.text).join('\n');
}

function play(what: Play, seen: Seen, response: ServerResponse): void {
  if ('say' in what) {
    json(response, 200, JSON.stringify(bodyOf(seen, what)));
  } else if ('status' in what) {
    response.writeHead(what.status, { 'content-type': 'application/json', ...what.headers });
    response.end(what.body ?? '{"error":{"message":"hush, secret-sentence","type":"some_type"}}');
  } else if (what.does === 'empty') {
    json(response, 200, JSON.stringify(emptyOf(seen)));
  } else if (what.does === 'cut') {
    response.socket?.destroy();
  } else if (what.does === 'drip') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":');
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  } else if (what.does === 'flood') {
    flood(response);
  }
}

/** A gibibyte of blanks, as fast as they are taken. */
function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(256 * 1024, ' ');
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1024 ** 3 });
  let left = 4_096;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}

function bodyOf(seen: Seen, { say, finish = 'stop', usage: told }: Extract<Play, { say: string }>): unknown {
  const { input, output } = usage;
  const refused = finish === 'refused';
  switch (seen.provider) {
    case 'openai':
      return {
        id: 'resp_1',
        created_at: 1,
        model: 'model-of-a-test',
        incomplete_details: finish === 'length' ? { reason: 'max_output_tokens' } : null,
        output: [
          {
            type: 'message',
            role: 'assistant',
            id: 'msg_1',
            content: refused
              ? [{ type: 'refusal', refusal: say }]
              : [{ type: 'output_text', text: say, annotations: [] }],
          },
        ],
        usage: { input_tokens: input, output_tokens: output },
      };
    case 'anthropic': {
      const stop = { stop: 'end_turn', length: 'max_tokens', refused: 'refusal' }[finish];
      const tool = Array.isArray(seen.body.tools) && finish === 'stop' && say.startsWith('{');
      return {
        type: 'message',
        id: 'msg_1',
        model: 'model-of-a-test',
        role: 'assistant',
        content: tool
          ? [{ type: 'tool_use', id: 't', name: 'json', input: JSON.parse(say) }]
          : [{ type: 'text', text: say }],
        stop_reason: tool ? 'tool_use' : stop,
        usage: { input_tokens: input, output_tokens: output },
      };
    }
    case 'google':
      return {
        candidates: [
          {
            content: { role: 'model', parts: [{ text: say }] },
            finishReason: { stop: 'STOP', length: 'MAX_TOKENS', refused: 'SAFETY' }[finish],
          },
        ],
        usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output },
      };
    case 'compatible':
      return {
        id: 'chat_1',
        created: 1,
        model: 'model-of-a-test',
        choices: [
          {
            index: 0,
            message: refused ? { role: 'assistant', content: null, refusal: say } : { role: 'assistant', content: say },
            finish_reason: finish === 'length' ? 'length' : 'stop',
          },
        ],
        ...(told === false ? {} : { usage: { prompt_tokens: input, completion_tokens: output } }),
      };
  }
}

function emptyOf({ provider }: Seen): unknown {
  switch (provider) {
    case 'openai':
      return { id: 'resp_1', created_at: 1, model: 'm', output: [], usage: { input_tokens: 5, output_tokens: 0 } };
    case 'anthropic':
      return {
        type: 'message',
        id: 'msg_1',
        model: 'm',
        role: 'assistant',
        content: [],
        stop_reason: 'end_turn',
        usage: { input_tokens: 5, output_tokens: 0 },
      };
    case 'google':
      return { candidates: [], usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 0, totalTokenCount: 5 } };
    case 'compatible':
      return { id: 'chat_1', choices: [], usage: { prompt_tokens: 5, completion_tokens: 0 } };
  }
}
