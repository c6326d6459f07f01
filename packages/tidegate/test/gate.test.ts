import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { farEnd, scene } from './builders.ts';

const at = await scene({ after });
const far = await farEnd({ after });
const gate = at.gate(far.work);

test('a tick over an empty source says so and asks nothing', async () => {
  const result = await gate.run();
  assert.equal(result.message, 'No records to process');
  assert.equal(result.processed, 0);
  assert.deepEqual(result.results, []);
  assert.equal(result.stopped, 'drained');
});

test('a tick takes the oldest first, skips what must not run, and writes each verdict once', async () => {
  const ids = await at.add(25);
  await at.add(3, { submitted: true });
  await at.add(2, { attached: false });
  const result = await gate.run();
  assert.equal(result.processed, 20, JSON.stringify(result));
  assert.equal(result.succeeded, 20);
  assert.equal(result.remaining, 5);
  assert.equal(result.stopped, 'batch');
  assert.deepEqual(result.skipped, { 'already submitted': 3, 'no attachment': 2 });
  assert.deepEqual(new Set(result.results.map(({ recordId }) => recordId)), new Set(ids.slice(0, 20)));
  assert.equal(result.message, '20 of 25 records processed: 20 succeeded, 0 failed, 0 deferred');
  const second = await gate.run();
  assert.equal(second.processed, 5);
  assert.equal(second.stopped, 'drained');
  assert.equal(
    await at.one<number>("select count(*)::int from public.applications where status = 'verified' and written = 1"),
    25,
  );
  assert.equal(far.calls.length, 25);
  assert.equal((await gate.run()).processed, 0);
});
