// The engine's laws against its real SQL: sequences of leases, settles, crashes, freezes, lost answers, edits, rulings and
// clocks, one transaction a move, every law asked after each. `MODEL_SECONDS=60 npm test -- model.test` searches for longer,
// `MODEL_SEED=…` begins where a failure was printed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { search, storyOf } from './model/search.ts';
import { createWorld } from './model/world.ts';

const SECONDS = Number(process.env.MODEL_SECONDS || 20);
const SEEDS = process.env.MODEL_SEED
  ? [Number(process.env.MODEL_SEED)]
  : Array.from({ length: 3 }, () => Math.floor(Math.random() * 2 ** 31));

describe('the laws of the gate, over sequences of moves', { concurrency: SEEDS.length }, () => {
  for (const seed of SEEDS) {
    test(`hold after every move, and calm brings all work to its end (seed ${seed})`, async (t) => {
      const found = await search(await createWorld(t), { seed, ms: SECONDS * 1_000 });
      t.diagnostic(`seed ${seed}: ${found.sequences} sequences, ${found.moves} moves`);
      assert.ok(found.broken === null, storyOf(found));
      assert.ok(found.sequences > 0);
    });
  }
});
