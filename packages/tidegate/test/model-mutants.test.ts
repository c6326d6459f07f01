// What the model is worth: each fault planted into the engine's SQL has to be found. Fixed seeds, so that a run is like the
// one before it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MUTANTS } from './model/mutants.ts';
import { search } from './model/search.ts';
import { createWorld } from './model/world.ts';

/** Half are found within ten sequences, all within some hundred; the time is what a busy machine may take for them. */
const SEARCH = { ms: 170_000, sequencesMax: 400 };
const SEED = 1;

describe('the model finds', { concurrency: 5 }, () => {
  for (const [name, mutations] of Object.entries(MUTANTS)) {
    test(name, async (t) => {
      const found = await search(await createWorld(t, mutations), { ...SEARCH, seed: SEED, shrinks: false });
      assert.ok(found.broken !== null, `not found in ${found.sequences} sequences`);
      // SQL that raises would be found by any test.
      assert.equal(found.broken.raised, false, found.broken.law);
      t.diagnostic(
        `${name}: sequence ${found.sequences}, ${Math.round(found.tookMs)} ms: ${found.broken.law.split(':')[0]}`,
      );
    });
  }
});
