/** A verifier with a language model, from a real picture to a verdict, and what leaves this machine on the way. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { createVerifier, isVerifierError, type Verdict } from '../src/index.ts';
import { answerOf, type Play, type PlayedProvider, playProvider, type Seen, usage } from './provider-server.ts';
import { sampleBytes, sampleLines } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'language-model-'));
/** Holds the reading process open from test to test, so that each picture is read once. */
const keeper = createVerifier({ processes: 1 });
after(async () => {
  await keeper.close();
  rmSync(folder, { recursive: true, force: true });
});
const attemptTimeoutMs = 600_000;

const line = sampleLines().find(({ variant, attachments }) => variant === 'true' && attachments[0]?.includes('001.'));
if (line === undefined) throw new Error('the first sample has true claims');
await keeper.verify({ ...line, attachments: [{ bytes: sampleBytes('001') }] });
/** A number that is nowhere on the page: the device leaves it in doubt, whatever else it reads. */
const doubtful = { ...line.claims, receipt_number: 'QX-7719-0042' };

async function asked<T>(
  script: (seen: Seen, count: number) => Play,
  act: (at: {
    server: PlayedProvider;
    verify(claims: object, given?: { bytes?: Uint8Array; signal?: AbortSignal }): Promise<Verdict>;
  }) => Promise<T>,
): Promise<T> {
  const server = await playProvider(script);
  const verifier = createVerifier({
    processes: 1,
    attemptTimeoutMs,
    languageModel: server.settings('compatible'),
  });
  try {
    return await act({
      server,
      verify: async (claims, { bytes = sampleBytes('001'), signal } = {}) => {
        const request = { kind: line?.kind ?? '', locale: line?.locale ?? null, claims, attachments: [{ bytes }] };
        return await verifier.verify(request, signal === undefined ? {} : { signal });
      },
    });
  } finally {
    await verifier.close();
    await server.close();
  }
}

const nothing: Play = { say: answerOf([]) };

test('what the device can decide is never sent anywhere', async () => {
  await asked(
    () => nothing,
    async ({ server, verify }) => {
      const verified = await verify(line.claims);
      assert.equal(verified.verdict, 'verified');
      const forged = await verify({ ...line.claims, total: '123456.78' });
      assert.equal(forged.verdict, 'rejected');
      const blank = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#fff' } })
        .png()
        .toBuffer();
      assert.equal((await verify(line.claims, { bytes: new Uint8Array(blank) })).verdict, 'needs_review');
      assert.equal((await verify(line.claims, { bytes: new Uint8Array([1, 2, 3]) })).verdict, 'needs_review');
      assert.equal((await verify({ ...line.claims, colour: 'red' })).verdict, 'needs_review');
      assert.equal(server.asked.length + server.probes.length, 0);
      assert.deepEqual([verified.costMicros, verified.model], [0, undefined]);
    },
  );
});

test('what is left in doubt is sent as an upright picture, without the claims, and only those fields are asked', async () => {
  const turned = new Uint8Array(
    await sharp(sampleBytes('001'))
      .withExif({ IFD0: { Artist: 'Exif-Artist' } })
      .rotate(180)
      .jpeg()
      .toBuffer(),
  );
  await asked(
    () => nothing,
    async ({ server, verify }) => {
      const verdict = await verify(doubtful, { bytes: turned });
      assert.equal(verdict.verdict, 'needs_review');
      assert.equal(server.asked.length, 1);
      const [seen] = server.asked as [Seen];
      assert.match(seen.words, /- receipt_number: /);
      assert.doesNotMatch(seen.words, /- (company|date|total): /);
      const sent = `${seen.url}\n${seen.raw.replace(/base64,[^"]*/g, '')}\n${JSON.stringify(seen.headers['user-agent'])}`;
      for (const value of [...Object.values(doubtful), 'receipts', '001.jpg', 'Exif-Artist', 'key-of-a-test']) {
        assert.ok(!sent.includes(String(value)), `${value} was sent`);
      }
      assert.equal(seen.headers.authorization, 'Bearer key-of-a-test');
      const [picture = new Uint8Array()] = seen.pictures;
      const { format, width = 0, height = 0, exif } = await sharp(picture).metadata();
      assert.equal(format, 'jpeg');
      assert.equal(exif, undefined);
      assert.ok(Math.max(width, height) <= 2_000);
      assert.ok((await likeness(picture, sampleBytes('001'))) > 0.8, 'upright');
      assert.ok((await likeness(picture, turned)) < 0.8, 'not as it was submitted');
    },
  );
});

test('a verdict says which model had a part in it and what that cost', async () => {
  await asked(
    () => nothing,
    async ({ verify }) => {
      await verify(doubtful);
      const { costMicros, tokens, model } = await verify(doubtful);
      assert.equal(model, 'compatible:model-of-a-test#1');
      assert.equal(tokens, usage.input + usage.output);
      assert.equal(costMicros, usage.input + usage.output * 10);
    },
  );
});

test('a model that refuses, or cannot be understood, leaves the record to a person with the reason', async () => {
  const plays: Play[] = [
    { say: 'No.', finish: 'refused' },
    { say: '{"values":[', finish: 'length' },
  ];
  await asked(
    (_, count) => plays[count - 1] as Play,
    async ({ verify }) => {
      const [refused, cut] = [await verify(doubtful), await verify(doubtful)];
      assert.deepEqual([refused.verdict, cut.verdict], ['needs_review', 'needs_review']);
      assert.ok(refused.reasons.includes('model_refused'), refused.reasons.join());
      assert.ok(cut.reasons.includes('model_answer_unusable'), cut.reasons.join());
      assert.ok(refused.costMicros > 0 && cut.costMicros > 0);
    },
  );
});

test('a provider that fails is no verdict', async () => {
  const plays: Play[] = [{ status: 429, headers: { 'retry-after': '120' } }, { status: 503 }, { does: 'hang' }];
  await asked(
    (_, count) => plays[count - 1] as Play,
    async ({ verify }) => {
      const failures = ['provider_busy', 'provider_unavailable', 'aborted'];
      for (const code of failures) {
        const signal = AbortSignal.timeout(code === 'aborted' ? 3_000 : 120_000);
        await assert.rejects(verify(doubtful, { signal }), (thrown) => {
          assert.ok(isVerifierError(thrown) && thrown.code === code, String(thrown));
          if (code === 'provider_busy') assert.equal(thrown.retryAfterMs, 120_000);
          if (code === 'aborted') assert.ok((thrown.costMicros ?? 0) > 0);
          return true;
        });
      }
    },
  );
});

test('an obedient model that returns the claims does not get a false one verified', async () => {
  const forged = sampleLines().filter(
    ({ expected, attachments }) => expected === 'rejected' && /00[123]\./.test(attachments[0] ?? ''),
  );
  assert.ok(forged.length >= 20, `${forged.length} forged claims`);
  let told: Record<string, string> = {};
  const script = (): Play => ({
    say: answerOf(Object.entries(told).map(([field, value]) => [field, value, value])),
  });
  const server = await playProvider(script);
  const verifier = createVerifier({
    processes: 1,
    attemptTimeoutMs,
    languageModel: server.settings('compatible'),
  });
  try {
    for (const { key, kind, locale, claims, attachments } of forged) {
      // Doubt in one field more, so that the model is asked whenever the device does not reject.
      told = { ...claims, receipt_number: 'QX-7719-0042' };
      const bytes = sampleBytes(/(\d{3})\./.exec(attachments[0] ?? '')?.[1] ?? '');
      const { verdict } = await verifier.verify({ kind, locale, claims: told, attachments: [{ bytes }] });
      assert.notEqual(verdict, 'verified', key);
    }
  } finally {
    await verifier.close();
    await server.close();
  }
});

test('the command line asks the provider it is told, and says why a line could not be asked about', async () => {
  const plays: Record<string, Play> = { good: nothing, bad: { status: 503 } };
  let now = 'good';
  const server = await playProvider(() => plays[now] as Play);
  const file = join(folder, 'claims.jsonl');
  writeFileSync(join(folder, '001.jpg'), sampleBytes('001'));
  const common = { kind: line.kind, locale: line.locale, attachments: ['001.jpg'] };
  const lines = [
    { key: 'sure', claims: line.claims, ...common },
    { key: 'doubtful', claims: doubtful, ...common },
  ];
  writeFileSync(file, lines.map((one) => JSON.stringify(one)).join('\n'));
  const env = {
    AI_MODEL: 'some-model',
    AI_BASE_URL: server.url,
    AI_API_KEY: 'key-of-a-test',
    AI_PRICE: '1/10',
    ATTEMPT_TIMEOUT_SECONDS: '600',
  };
  try {
    const good = await run(['verify', file, '--provider', 'compatible', '--concurrency', '1'], env);
    assert.equal(good.code, 0, good.err);
    const [sure, asked] = good.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual([sure.verdict, sure.model, sure.costMicros], ['verified', undefined, undefined]);
    assert.deepEqual([asked.verdict, asked.model], ['needs_review', 'compatible:some-model#1']);
    assert.ok(asked.costMicros > 0);
    now = 'bad';
    const bad = await run(['verify', file, '--concurrency', '1'], { ...env, AI_PROVIDER: 'compatible' });
    assert.equal(bad.code, 1);
    const [still, failed] = bad.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.equal(still.verdict, 'verified');
    assert.deepEqual([failed.verdict, failed.reasons], ['needs_review', ['provider_unavailable']]);
    assert.match(bad.err, /answers 503/);
    assert.doesNotMatch(bad.err + bad.out + good.err + good.out, /key-of-a-test|secret-sentence/);
  } finally {
    await server.close();
  }
});

test('the command line lists what a provider lacks, all at once', async () => {
  const file = join(folder, 'empty.jsonl');
  writeFileSync(file, '');
  const openai = await run(['verify', file, '--provider', 'openai'], {});
  assert.equal(openai.code, 2);
  assert.match(openai.err, /AI_MODEL: .*\nAI_API_KEY: /);
  const local = await run(['verify', file], { AI_MODEL: 'some-model' });
  assert.equal(local.code, 2);
  assert.match(local.err, /AI_MODEL: is for language models/);
  // Said on the command line, the device alone needs no other variable unset.
  assert.equal((await run(['verify', file, '--provider', 'local'], { AI_PROVIDER: 'openai' })).code, 0);
});

function run(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const cli = join(import.meta.dirname, '../src/cli.ts');
    const child = spawn(process.execPath, [cli, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** How alike two pictures are in the large, from -1 to 1: the correlation of their shades on a coarse grid. */
async function likeness(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map(async (bytes) => [
      ...(await sharp(bytes).greyscale().blur(3).resize(24, 48, { fit: 'fill' }).raw().toBuffer()),
    ]),
  );
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a as number[]), mean(b as number[])];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of (a as number[]).entries()) {
    const [da, db] = [value - ma, ((b as number[])[i] ?? 0) - mb];
    [ab, aa, bb] = [ab + da * db, aa + da * da, bb + db * db];
  }
  return ab / Math.sqrt(aa * bb);
}
