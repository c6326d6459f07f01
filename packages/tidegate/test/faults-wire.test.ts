import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openPoolFor } from '../src/database.ts';
import { createGate } from '../src/gate.ts';
import { APPLY, farEnd, gateOn, type Scene, scene } from './builders.ts';
import { isStep, through, wait } from './by-hand.ts';
import { type Fate, type Moment, proxyFor, type WireProxy } from './proxy.ts';
import { silentFor } from './time.ts';

const RECORDS = 4;
const CAP = 2;
const live = "select count(*)::int from tidegate.items where state = 'leased'";
const pending = "select count(*)::int from public.applications where status = 'pending'";

/** The pool of the product before the proxy; it gives an answer up after `queryTimeoutMs`. */
function poolThrough(at: Scene, wire: WireProxy, queryTimeoutMs?: number): ReturnType<typeof openPoolFor> {
  return at.own(openPoolFor(wire.url, { max: 3, ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }) }));
}

/** Each record has its one verdict, was asked once, and nothing is left open. */
async function assertSettledOnce(at: Scene, ids: readonly string[], asked: readonly string[], why: string) {
  const rows = await at.rows<{ status: string; written: number }>(
    'select status, written from public.applications where id = any ($1)',
    [ids],
  );
  for (const { status, written } of rows) assert.deepEqual([status, written], ['verified', 1], why);
  assert.deepEqual(asked.toSorted(), ids.toSorted(), `one call a record: ${why}`);
  assert.equal(await at.one(live), 0, why);
  assert.equal(
    await at.one('select count(*)::int from tidegate.items where failures + deferrals + lost > 0'),
    0,
    `nobody is blamed: ${why}`,
  );
}

const faults: readonly { name: string; queryTimeoutMs?: number; fate: (moment: Moment) => Fate }[] = [
  { name: 'cut before its commit was reached', fate: ({ event }) => (event === 'asked' ? 'cut' : 'pass') },
  {
    name: 'cut after its commit, before its answer arrived',
    fate: ({ event }) => (event === 'answered' ? 'cut' : 'pass'),
  },
  {
    name: 'heard by nobody: the question vanishes',
    queryTimeoutMs: 400,
    fate: ({ event }) => (event === 'asked' ? 'swallow' : 'pass'),
  },
  {
    name: 'committed and its answer vanishes',
    queryTimeoutMs: 400,
    fate: ({ event }) => (event === 'answered' ? 'swallow' : 'pass'),
  },
];

describe('whichever statement of a run is', { concurrency: true }, () => {
  for (const { name, fate, queryTimeoutMs } of faults) {
    test(`${name}: no call is repeated, no outcome lost and nobody blamed`, async (t) => {
      const at = await scene(t);
      const wire = await proxyFor(t, at.url);
      const far = await farEnd(t, () => ({ delayMs: 5 }));
      const gate = gateOn(poolThrough(at, wire, queryTimeoutMs), far.work, { limits: { concurrencyMax: CAP } });
      let steps = 0;
      for (let nth = 1; ; nth += 1) {
        const ids = await at.add(RECORDS);
        far.calls.length = 0;
        wire.restart();
        let struck = '';
        wire.act = (moment) => {
          if (moment.nth < nth || struck !== '' || fate(moment) === 'pass') return 'pass';
          struck = moment.text;
          steps += isStep(struck) ? 1 : 0;
          return fate(moment);
        };
        const said: string[] = [];
        for (let tick = 0; tick < 20 && (tick === 0 || (await at.one<number>(pending)) > 0); tick += 1) {
          const run = await gate.run().catch((error: { code?: string }) => {
            assert.equal(error.code, 'database_unavailable', `${error}`);
            return null;
          });
          for (const { recordId, ok } of run?.results ?? []) if (ok) said.push(recordId);
          await silentFor(at, 20);
        }
        const asked = far.calls.map(({ recordId }) => recordId);
        await assertSettledOnce(at, ids, asked, `statement ${nth}: ${struck.trim().slice(0, 60)}`);
        assert.equal(new Set(said).size, said.length);
        if (struck === '') break;
      }
      assert.ok(steps >= 3, `${steps} steps were struck`);
      assert.ok(far.openMax <= CAP);
    });
  }
});

describe('a connection that has become a black hole', { concurrency: true }, () => {
  for (const holeMs of [4_000, 9_000]) {
    const heard = holeMs < 8_000 ? 'nobody hears of it' : 'the caller is told 503 in time';
    test(`for ${holeMs / 1_000} s is given up within 10 s: ${heard}, and the run goes on when there is a way again`, async (t) => {
      const at = await scene(t);
      const wire = await proxyFor(t, at.url);
      const far = await farEnd(t);
      const ids = await at.add(12);
      let waitMsMax = 0;
      const database = through(poolThrough(at, wire), async (_text, send) => {
        const askedAt = performance.now();
        try {
          return await send();
        } finally {
          waitMsMax = Math.max(waitMsMax, performance.now() - askedAt);
        }
      });
      far.script = async () => {
        if (far.calls.length === 5) {
          wire.hole = true;
          setTimeout(() => {
            wire.hole = false;
          }, holeMs);
        }
        return { delayMs: 20 };
      };
      const gate = at.gate(far.work, { database, limits: { concurrencyMax: 3, attemptTimeoutMs: 20_000 } });
      const run = gate.run();
      if (holeMs < 8_000) assert.equal((await run).succeeded, 12);
      else await assert.rejects(run, { code: 'database_unavailable' });
      for (let n = 0; n < 150 && (await at.one<number>(pending)) > 0; n += 1) await wait(100);
      const asked = far.calls.map(({ recordId }) => recordId);
      await assertSettledOnce(at, ids, asked, 'after the hole');
      assert.ok(waitMsMax < 10_000, `a statement waited for ${waitMsMax} ms`);
      assert.ok(waitMsMax > 1_000, 'the hole was met');
      // What fell into the hole is closed on our side as well.
      for (let n = 0; n < 50 && wire.open > 3; n += 1) await wait(50);
      assert.ok(wire.open <= 3, `${wire.open} connections are open`);
    });
  }
});

test('a gate whose connections lead nowhere any more is closed in time', async (t) => {
  const at = await scene(t);
  const wire = await proxyFor(t, at.url);
  process.env.DATABASE_URL = wire.url;
  await at.add(2);
  const gate = createGate({ name: 'verify-applications', work: async () => ({ verdict: 'verified' }), apply: APPLY });
  assert.equal((await gate.run()).succeeded, 2);
  wire.hole = true;
  const closed = gate.close().then(() => 'closed');
  assert.equal(await Promise.race([closed, wait(10_000).then(() => 'waits')]), 'closed');
});
