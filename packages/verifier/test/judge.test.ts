import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isVerifierError, type VerifierError } from '../src/errors.ts';
import { createJudge, type Judge, type Proposed } from '../src/judge/judge.ts';
import { type ModelSettings, type Provider, providers } from '../src/judge/settings.ts';
import type { PagePicture } from '../src/types.ts';
import { kindOf } from './pages.ts';
import { answerOf, type Play, type PlayedProvider, playProvider, type Seen, usage } from './provider-server.ts';

const picture: PagePicture = {
  bytes: new Uint8Array([137, 80, 78, 71, 1, 2, 3]),
  mediaType: 'image/png',
  width: 9,
  height: 9,
};
const receipt = kindOf('receipt');
const fields = receipt.fields.filter(({ name }) => ['total', 'date'].includes(name));
const good: Play = { say: answerOf([['total', '32.85', 'Total 32.85']]) };

interface Stage {
  readonly server: PlayedProvider;
  readonly warned: string[];
  readonly settings: ModelSettings;
  readonly judge: Judge;
  ask(at?: { signal?: AbortSignal; timeoutMs?: number }): Promise<Proposed>;
  fails(at?: { signal?: AbortSignal; timeoutMs?: number }): Promise<VerifierError>;
}

async function on<T>(
  provider: Provider,
  plays: { script: (seen: Seen, count: number) => Play; probe?: (seen: Seen, count: number) => Play },
  act: (stage: Stage) => Promise<T>,
): Promise<T> {
  const server = await playProvider(plays.script, plays.probe);
  const warned: string[] = [];
  const settings = server.settings(provider);
  const judge = createJudge(settings, { warn: (sentence) => warned.push(sentence) });
  const question = { kind: receipt.name, fields, pictures: [picture] };
  const ask: Stage['ask'] = async ({ signal, timeoutMs = 20_000 } = {}) =>
    await judge.propose(question, { signal, timeoutMs });
  const fails: Stage['fails'] = async (at) => {
    const error = await ask(at).then(
      () => assert.fail('expected a failure'),
      (thrown: unknown) => thrown,
    );
    assert.ok(isVerifierError(error), String(error));
    assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack}`, /key-of-a-test|hush|secret-sentence|base64/);
    assert.equal(error.cause === undefined || error.code === 'aborted', true);
    return error;
  };
  try {
    return await act({ server, warned, settings, judge, ask, fails });
  } finally {
    await server.close();
  }
}

for (const provider of providers) {
  test(`${provider} is asked once, in its own protocol, and its answer becomes proposals`, async () => {
    await on(provider, { script: () => good }, async ({ server, ask }) => {
      const answer = await ask();
      assert.deepEqual(answer.proposals, [{ field: 'total', value: '32.85', quote: 'Total 32.85', page: 1 }]);
      assert.equal(answer.trouble, null);
      assert.equal(server.asked.length, 1);
      assert.equal(server.probes.length, 1);
      // The probe is paid for by whoever came first: two answers.
      assert.equal(answer.tokens, 2 * (usage.input + usage.output));
      assert.equal(answer.costMicros, 2 * (usage.input * 1 + usage.output * 10));
      const again = await ask();
      assert.equal(again.tokens, usage.input + usage.output);
      assert.equal(server.probes.length, 1);
    });
  });

  test(`what ${provider} is sent has the system part apart, the pictures as bytes, a shape, and no tool to call`, async () => {
    await on(provider, { script: () => good }, async ({ server, ask }) => {
      await ask();
      const [seen] = server.asked as [Seen];
      assert.match(seen.system, /never follow them/);
      assert.doesNotMatch(seen.words, /never follow/);
      assert.match(seen.words, /- total: an amount of money/);
      assert.deepEqual([...(seen.pictures[0] ?? [])], [...picture.bytes]);
      assert.equal(seen.shaped, true);
      assert.doesNotMatch(`${seen.system}${seen.words}`, /verified|verdict|reject/i);
      assert.doesNotMatch(seen.url, /key-of-a-test/);
      assert.doesNotMatch(seen.raw, /key-of-a-test/);
      const tools = (seen.body.tools ?? []) as { name?: string }[];
      assert.ok(tools.every(({ name }) => name === 'json'));
      if (provider === 'openai') assert.equal(seen.body.store, false);
    });
  });

  test(`a wait that ${provider} asks for is handed on, however it is written, and nothing is asked again meanwhile`, async () => {
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    const waits = [{ 'retry-after': '300' }, { 'retry-after': inTwoMinutes }, { 'retry-after-ms': '1500' }];
    const script = (_: Seen, count: number): Play => ({ status: 429, headers: waits[count - 1] ?? {} });
    await on(provider, { script }, async ({ server, fails }) => {
      const errors = [await fails(), await fails(), await fails(), await fails()];
      assert.deepEqual(
        errors.map(({ code, status, blame }) => [code, status, blame]),
        errors.map(() => ['provider_busy', 429, undefined]),
      );
      assert.equal(errors[0]?.retryAfterMs, 300_000);
      assert.ok((errors[1]?.retryAfterMs ?? 0) > 60_000 && (errors[1]?.retryAfterMs ?? 0) <= 120_000);
      assert.equal(errors[2]?.retryAfterMs, 1_500);
      assert.equal(errors[3]?.retryAfterMs, undefined);
      assert.equal(server.asked.length, 4);
    });
  });

  for (const status of [500, 503, 529]) {
    test(`${status} from ${provider} is the provider's trouble and no verdict`, async () => {
      await on(provider, { script: () => ({ status }) }, async ({ server, fails }) => {
        const error = await fails();
        assert.deepEqual([error.code, error.status, error.blame], ['provider_unavailable', status, undefined]);
        assert.equal(server.asked.length, 1);
      });
    });
  }

  for (const [status, code] of [
    [401, 'provider_denied'],
    [403, 'provider_denied'],
    [404, 'model_unknown'],
    [302, 'provider_denied'],
  ] as const) {
    test(`${status} from ${provider} is a matter of settings: the gate's fault, named by its variable`, async () => {
      const elsewhere = await playProvider(() => good);
      const play: Play = { status, headers: status === 302 ? { location: elsewhere.url } : {} };
      try {
        await on(provider, { script: () => play, probe: () => play }, async ({ server, fails }) => {
          const error = await fails();
          assert.deepEqual([error.code, error.status, error.blame], [code, status, 'gate']);
          assert.match(error.message, /^AI_(API_KEY|MODEL|BASE_URL): /);
          assert.equal(server.asked.length, 0);
          assert.equal(elsewhere.asked.length + elsewhere.probes.length, 0);
        });
      } finally {
        await elsewhere.close();
      }
    });
  }

  test(`an answer of ${provider} that never comes, drips or never ends is given up in time`, async () => {
    for (const does of ['hang', 'drip'] as const) {
      await on(provider, { script: () => ({ does }) }, async ({ ask, fails }) => {
        const error = await fails({ timeoutMs: 700 });
        assert.deepEqual([error.code, error.status, error.blame], ['provider_unavailable', 0, 'provider']);
        // Nobody says what it costs: as dear as it can have been.
        assert.ok((error.costMicros ?? 0) > 10_000);
        const caller = new AbortController();
        const asking = ask({ signal: caller.signal });
        setTimeout(() => caller.abort(new Error('the lease is gone')), 200);
        await assert.rejects(asking, (thrown) => isVerifierError(thrown) && thrown.code === 'aborted');
      });
    }
    await on(provider, { script: () => ({ does: 'flood' }) }, async ({ fails }) => {
      const error = await fails();
      assert.deepEqual([error.code, error.status], ['provider_unavailable', 502]);
    });
  });

  test(`a refusal of ${provider} is for a person to see, and paid for`, async () => {
    await on(provider, { script: () => ({ say: 'I cannot help with that.', finish: 'refused' }) }, async (stage) => {
      const answer = await stage.ask();
      assert.deepEqual([answer.trouble, answer.proposals], ['model_refused', []]);
      assert.equal(answer.tokens, 2 * (usage.input + usage.output));
      assert.equal(stage.server.asked.length, 1);
    });
  });

  test(`an answer of ${provider} cut for its length, or without anything in it, is not asked for again`, async () => {
    const plays: Play[] = [{ say: '{"values": [{"field": "tot', finish: 'length' }, { does: 'empty' }];
    await on(provider, { script: (_, count) => plays[count - 1] as Play }, async ({ server, ask }) => {
      assert.equal((await ask()).trouble, 'model_answer_unusable');
      assert.equal((await ask()).trouble, 'model_answer_unusable');
      assert.equal(server.asked.length, 2);
    });
  });

  test(`what ${provider} says in no JSON is put into shape once, without the picture, and then left to a person`, async () => {
    const script = (seen: Seen, count: number): Play => {
      if (count === 1) return { say: 'The total is 32.85, as printed in "Total 32.85".' };
      if (seen.asks === 'repair' && count === 2) return good;
      return { say: 'Still no JSON.' };
    };
    await on(provider, { script }, async ({ server, ask }) => {
      const mended = await ask();
      assert.equal(mended.proposals.length, 1);
      assert.equal(server.asked[1]?.asks, 'repair');
      assert.equal(server.asked[1]?.pictures.length, 0);
      assert.match(server.asked[1]?.words ?? '', /The total is 32\.85/);
      const hopeless = await ask();
      assert.equal(hopeless.trouble, 'model_answer_unusable');
      assert.equal(server.asked.length, 4);
      assert.equal(hopeless.tokens, 2 * (usage.input + usage.output));
    });
  });
}

test('models that the SDKs know are held to the shape by themselves, with no tool at all, at the listed price', async () => {
  const listed = [
    ['openai', 'gpt-5-mini-2025-08-07', 0.25, 2],
    ['anthropic', 'claude-haiku-5-5', 0.1, 0.5],
    ['google', 'gemini-3.5-flash', 1.5, 9],
  ] as const;
  for (const [provider, model, input, output] of listed) {
    await on(provider, { script: () => good }, async ({ server }) => {
      const warned: string[] = [];
      const settings = server.settings(provider, { model, price: null });
      const judge = createJudge(settings, { warn: (line) => warned.push(line) });
      const question = { kind: receipt.name, fields, pictures: [picture] };
      await judge.propose(question, { timeoutMs: 20_000 });
      const { costMicros, proposals } = await judge.propose(question, { timeoutMs: 20_000 });
      assert.equal(proposals.length, 1);
      assert.equal(costMicros, Math.ceil(usage.input * input + usage.output * output));
      assert.deepEqual(warned, []);
      const [seen] = server.asked as [Seen];
      assert.equal(seen.shaped, true);
      assert.equal(seen.body.tools, undefined);
      if (provider === 'openai') assert.equal(seen.body.store, false);
    });
  }
});

test('an application that records its own calls of models gets none of these', async () => {
  const recorded: unknown[] = [];
  const spy = new Proxy({}, { get: () => (event: unknown) => void recorded.push(event) });
  const { registerTelemetry } = await import('ai');
  registerTelemetry(spy as Parameters<typeof registerTelemetry>[0]);
  await on('compatible', { script: () => good }, async ({ ask }) => {
    await ask();
    assert.equal(recorded.length, 0);
  });
});

test('a page of a website where a model should answer is the provider’s trouble', async () => {
  const html: Play = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>hush</html>' };
  for (const provider of providers) {
    await on(provider, { script: () => html }, async ({ fails }) => {
      const error = await fails();
      assert.deepEqual([error.code, error.status], ['provider_unavailable', 502]);
    });
  }
});

test('nobody at the address, or a connection that is cut, is the provider’s trouble', async () => {
  await on('compatible', { script: () => ({ does: 'cut' }) }, async ({ server, fails }) => {
    assert.deepEqual(((e) => [e.code, e.status, e.blame])(await fails()), ['provider_unavailable', 0, 'provider']);
    await server.close();
    assert.deepEqual(((e) => [e.code, e.status, e.blame])(await fails()), ['provider_unavailable', 0, 'provider']);
  });
});

test('a model that takes no images is named before any record is asked about', async () => {
  const noImages: Play = { status: 400, body: '{"error":{"message":"hush","code":"unsupported_content"}}' };
  const blind: Play = { say: answerOf([['probe_number', '1234', '1234']]) };
  const talks: Play = { say: 'I see a picture.' };
  for (const probe of [noImages, blind, talks]) {
    for (const provider of ['openai', 'compatible'] as const) {
      await on(provider, { script: () => good, probe: () => probe }, async ({ server, fails }) => {
        const error = await fails();
        assert.deepEqual([error.code, error.blame], ['model_unfit', 'gate']);
        assert.match(error.message, /^AI_MODEL: model-of-a-test cannot be used: /);
        assert.match(error.hint, /takes images/);
        assert.equal(server.asked.length, 0);
        // Whoever comes next tries again: settings may have been mended there.
        const before = server.probes.length;
        await fails();
        assert.ok(server.probes.length > before);
      });
    }
  }
});

test('a server that knows no schemas is asked in words, and its JSON is taken out of a fence', async () => {
  const script = (seen: Seen): Play =>
    seen.shaped
      ? { status: 400 }
      : { say: `Here you are:\n\`\`\`json\n${answerOf([['total', '1.00', 'Total 1.00']])}\n\`\`\`` };
  const probe = (seen: Seen): Play =>
    seen.shaped ? { status: 400 } : { say: answerOf([['probe_number', '4827', '4827']]) };
  await on('compatible', { script, probe }, async ({ server, ask }) => {
    assert.equal((await ask()).proposals.length, 1);
    assert.deepEqual(
      server.probes.map(({ shaped }) => shaped),
      [true, false],
    );
    await ask();
    assert.deepEqual(
      server.asked.map(({ shaped }) => shaped),
      [false, false],
    );
  });
});

test('a picture that a provider will not take is a matter of this record, once the model has been tried again', async () => {
  await on('openai', { script: () => ({ status: 400 }) }, async ({ server, ask }) => {
    assert.equal((await ask()).trouble, 'model_refused');
    assert.equal(server.probes.length, 2);
    assert.equal(server.asked.length, 1);
  });
  // The model has become unfit meanwhile: then it is no record's affair.
  const probe = (_: Seen, count: number): Play =>
    count === 1 ? { say: answerOf([['probe_number', '4827', '4827']]) } : { status: 400 };
  await on('openai', { script: () => ({ status: 400 }), probe }, async ({ fails }) => {
    assert.equal((await fails()).code, 'model_unfit');
  });
});

test('want of money and a key that Google finds invalid are the gate’s fault although their status says otherwise', async () => {
  const bodies: [Provider, number, string][] = [
    ['openai', 429, '{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}'],
    [
      'anthropic',
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}',
    ],
    [
      'google',
      400,
      '{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}',
    ],
  ];
  for (const [provider, status, body] of bodies) {
    await on(provider, { script: () => ({ status, body }) }, async ({ fails }) => {
      const error = await fails();
      assert.deepEqual([provider, error.code, error.blame], [provider, 'provider_denied', 'gate']);
    });
  }
});

test('an answer of another shape, or about fields that were not asked for, gives nothing', async () => {
  const says = [
    '{"verdict":"verified"}',
    '[1, 2, 3]',
    '{"values":[{"field":"company","value":"A","quote":"A","page":1}]}',
    `{"values":[{"field":"total","value":"${'9'.repeat(400)}","quote":"x","page":1}]}`,
    '{"values":[{"field":"total","value":"1.00","quote":"Total 1.00","page":1,"verdict":"verified"}]}',
  ];
  const expected = [
    ['model_answer_unusable', 0],
    ['model_answer_unusable', 0],
    [null, 0],
    [null, 0],
    [null, 1],
  ];
  for (const [i, say] of says.entries()) {
    await on('compatible', { script: () => ({ say }) }, async ({ ask }) => {
      const answer = await ask();
      assert.deepEqual([answer.trouble, answer.proposals.length], expected[i]);
      assert.ok(answer.proposals.every((proposal) => Object.keys(proposal).join() === 'field,value,quote,page'));
    });
  }
});

test('tokens that a server does not report are counted high', async () => {
  await on('compatible', { script: () => ({ ...good, usage: false }) as Play }, async ({ ask }) => {
    await ask();
    assert.ok((await ask()).tokens > 4_000);
  });
});

test('a model without a known price is counted dear, and a sentence says so once', async () => {
  await on('compatible', { script: () => good }, async ({ server }) => {
    const warned: string[] = [];
    const judge = createJudge(server.settings('compatible', { price: null }), { warn: (line) => warned.push(line) });
    const question = { kind: 'receipt', fields, pictures: [picture] };
    await judge.propose(question, { timeoutMs: 20_000 });
    const { costMicros } = await judge.propose(question, { timeoutMs: 20_000 });
    assert.equal(costMicros, usage.input * 15 + usage.output * 75);
    assert.equal(warned.length, 1);
    assert.match(warned[0] ?? '', /^AI_PRICE: /);
  });
});

test('a hundred questions side by side make one probe', async () => {
  await on('google', { script: () => good }, async ({ server, ask }) => {
    await Promise.all(Array.from({ length: 100 }, () => ask()));
    assert.equal(server.probes.length, 1);
    assert.equal(server.asked.length, 100);
  });
});
