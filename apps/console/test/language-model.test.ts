/** The console's own gate with a language model behind its verifier: who is blamed, what is counted, what is kept. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { createVerifier } from '../../../packages/verifier/src/index.ts';
import {
  answerOf,
  goodProbe,
  type Play,
  playProvider,
  usage,
} from '../../../packages/verifier/test/provider-server.ts';
import { closeVerifier } from '../lib/reading.ts';
import { call, forgetProcess, insertRecord, read, setStage } from './stage.ts';

let play: Play;
let probe: Play = goodProbe;
const provider = await playProvider(
  () => play,
  () => probe,
);
after(() => provider.close());
const stage = await setStage(
  { after },
  {
    AI_PROVIDER: 'compatible',
    AI_MODEL: 'some-model',
    AI_BASE_URL: provider.url,
    AI_PRICE: '1/10',
    TOKENS_PER_MINUTE: '1000000',
    DAILY_BUDGET_USD: '5',
    CONCURRENCY: '1',
  },
);
copyFileSync(join(import.meta.dirname, '../../../samples/receipts/001.jpg'), join(stage.store, 'a.jpg'));
/** A number that is nowhere on the page leaves the device in doubt. */
const claims = {
  company: 'LUMBIRA JAYA MINIMART SDN BHD',
  date: '2018-12-25',
  total: '50.55',
  receipt_number: 'QX-7719-0042',
};

/** Keeps the reading processes from test to test, so that the picture is read once. */
const keeper = createVerifier();
after(() => keeper.close());
await keeper.verify({ kind: 'receipt', claims, attachments: [{ bytes: readFileSync(join(stage.store, 'a.jpg')) }] });

/** A model per test, since what a model can do is found out once a process. */
let models = 0;

beforeEach(async () => {
  models += 1;
  process.env.AI_MODEL = `some-model-${models}`;
  play = { say: answerOf([]) };
  probe = goodProbe;
  provider.asked.length = 0;
  await stage.sql.query('delete from public.records');
  await stage.sql.query('truncate tidegate.gates, tidegate.items cascade');
  await closeVerifier();
  await forgetProcess();
});

async function tick(): Promise<{ status: number; body: Record<string, unknown> & { results: Result[] } }> {
  return await read(await call('cron/verify-records', { method: 'POST', as: 'cron' }));
}

interface Result {
  readonly ok: boolean;
  readonly status: number;
  readonly body: { readonly error?: { readonly code: string; readonly message: string } };
}

async function recordOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await stage.sql.query('select * from public.records where id = $1', [id]);
  return rows[0] as Record<string, unknown>;
}

async function gateRow(): Promise<Record<string, unknown>> {
  return (await stage.sql.query('select * from tidegate.gates')).rows[0] as Record<string, unknown>;
}

describe('a tick with a language model', () => {
  it('writes the verdict with the model, its tokens and what it cost', async () => {
    const id = await insertRecord(stage, { claims });
    const { body } = await tick();
    assert.equal(body.succeeded, 1, JSON.stringify(body));
    const { verification_status: status, verdict } = await recordOf(id);
    assert.equal(status, 'needs_review');
    const { costMicros, tokens, model } = verdict as { costMicros: number; tokens: number; model: string };
    assert.equal(model, `compatible:some-model-${models}#1`);
    // The question and the probe.
    assert.equal(tokens, 2 * (usage.input + usage.output));
    assert.equal(costMicros, 2 * (usage.input + usage.output * 10));
    const gate = await gateRow();
    assert.equal(Number(gate.spent_micros), costMicros);
    assert.ok(Number(gate.model_tokens) <= 1_000_000 - tokens + 20_000);
  });

  it('waits as long as the provider asks, and no record is the worse for it', async () => {
    play = { status: 429, headers: { 'retry-after': '300' } };
    const id = await insertRecord(stage, { claims });
    await insertRecord(stage, { claims });
    const { body } = await tick();
    assert.equal(body.succeeded, 0);
    assert.equal(body.results[0]?.status, 429);
    assert.equal((await recordOf(id)).verification_status, 'pending');
    const { wait_ms: waitMs } = await gateRow();
    assert.equal(Number(waitMs), 300_000);
    assert.equal(provider.asked.length, 1);
    assert.equal((await tick()).body.stopped, 'shut');
    assert.equal(provider.asked.length, 1);
    assert.doesNotMatch(JSON.stringify(body), /secret-sentence/);
  });

  for (const [what, refusal, named] of [
    ['a key that is refused', { status: 401 }, /AI_API_KEY/],
    ['a model that nobody knows', { status: 404 }, /AI_MODEL/],
    ['a model that takes no images', { say: answerOf([['probe_number', '1111', '1111']]) }, /AI_MODEL/],
  ] as const) {
    it(`shuts at once for ${what}, names the variable, and touches no record`, async () => {
      probe = refusal as Play;
      const id = await insertRecord(stage, { claims });
      const { body } = await tick();
      assert.deepEqual([body.failed, body.deferred], [0, 1], JSON.stringify(body));
      assert.equal((await recordOf(id)).verification_status, 'pending');
      const gate = await gateRow();
      assert.notEqual(gate.shut_at, null);
      assert.match(String(gate.shut_reason), named);
      assert.equal(provider.asked.length, 0);
      const { rows } = await stage.sql.query('select failures, deferrals from tidegate.items');
      assert.deepEqual(rows, [{ failures: 0, deferrals: 0 }]);
    });
  }
});
