import assert from 'node:assert/strict';
import { test } from 'node:test';
import { farEnd, scene } from './builders.ts';

test('what is long over is trimmed by the ticks, hours keep the figures, and attempt numbers never restart', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [gone = '', stays = ''] = await at.add(2);
  const gate = at.gate(far.work);
  assert.equal((await gate.run()).succeeded, 2);
  const before = await at.one<number>('select succeeded from tidegate.hours');
  // Both are verified; one stands in the source again, where a row is never trimmed.
  await at.rows("update public.applications set status = 'pending', submitted = true where id = $1", [stays]);
  await at.rows("update tidegate.attempts set ended_at = ended_at - interval '31 days'");
  await at.rows(
    "update tidegate.runs set opened_at = opened_at - interval '31 days', touched_at = touched_at - interval '31 days'",
  );
  await at.rows("update tidegate.items set since_at = since_at - interval '31 days', attempt = attempt + 4");
  await gate.run();
  assert.equal(
    await at.one('select count(*)::int from tidegate.attempts'),
    2,
    'not due: the last look was within the hour',
  );
  await at.rows("update tidegate.gates set trimmed_at = trimmed_at - interval '61 min'");
  await gate.run();
  assert.equal(await at.one('select count(*)::int from tidegate.attempts'), 0);
  assert.deepEqual(await at.rows('select key from tidegate.items'), [{ key: stays }]);
  assert.equal(await at.one('select count(*)::int from tidegate.runs'), 2, 'only the first run was old');
  assert.equal(await at.one('select succeeded from tidegate.hours'), before);
  await at.rows("update public.applications set status = 'pending', written = 0 where id = $1", [gone]);
  assert.equal((await gate.run()).succeeded, 1);
  assert.equal(far.calls.at(-1)?.attempt, 6, 'above every number that was trimmed');
});
