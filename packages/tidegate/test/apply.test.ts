import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPLY, farEnd, scene } from './builders.ts';

test('a record held locked by the application waits, and the others drain meanwhile', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(12);
  const holder = await at.another(1).connect();
  await holder.query('begin');
  await holder.query('select from public.applications where id = $1 for update', [ids[2]]);
  const gate = at.gate(far.work);
  const running = gate.run();
  const others = 'select count(*)::int from public.applications where written = 1';
  while ((await at.one<number>(others)) < 11) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await at.one('select written from public.applications where id = $1', [ids[2]]), 0);
  await holder.query('commit');
  holder.release();
  const result = await running;
  assert.equal(result.succeeded, 12, 'settled again as soon as the lock was gone');
  assert.equal(far.calls.length, 12, 'no call was repeated');
});

test("an apply that fails for one row of a group parks that record with the database's words, and keeps its paid answer", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(6);
  const bad = ids[3];
  await at.rows(`alter table public.applications add constraint never_this check (id <> '${bad}' or written = 0)`);
  const gate = at.gate(far.work);
  const result = await gate.run();
  assert.equal(result.succeeded, 5);
  assert.equal(result.failed, 1);
  const failed = result.results.find(({ ok }) => !ok);
  assert.equal(failed?.recordId, bad);
  assert.equal(failed?.status, 409);
  assert.match(JSON.stringify(failed?.body), /apply_failed.*never_this/);
  const [item] = await at.rows<{ state: string; answer: { body: unknown } }>(
    'select state, answer from tidegate.items where key = $1',
    [bad],
  );
  assert.equal(item?.state, 'parked');
  assert.deepEqual(item?.answer.body, { verdict: 'verified' });
  assert.equal((await gate.run()).processed, 0, 'parked until a person says so');
  await at.rows('alter table public.applications drop constraint never_this');
  assert.deepEqual(await gate.release([bad ?? '']), [bad]);
  assert.equal((await gate.run()).succeeded, 1);
  assert.equal(far.countOf(bad ?? ''), 1, 'the release applied the kept answer without a call');
  assert.equal(
    await at.one('select answer is null from tidegate.items where key = $1', [bad]),
    true,
    'erased once applied',
  );
});

test('an apply that cannot run shuts the gate, keeps every paid answer, and applies them without a call when it can', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(10);
  await at.rows('alter table public.applications rename column verdict to verdict_away');
  const gate = at.gate(far.work, { limits: { probeMs: 50 } });
  const first = await gate.run();
  assert.equal(first.stopped, 'shut');
  assert.equal(first.succeeded, 0);
  const paid = far.calls.length;
  assert.ok(paid >= 1 && paid <= 8, `${paid} calls`);
  assert.match(String(await at.one('select shut_reason from tidegate.gates')), /verdict/);
  // For a while every probe tries again, with an answer it has.
  for (let probe = 0; probe < 4; probe += 1) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    await gate.run();
  }
  assert.equal(far.calls.length, paid, 'a probe of a broken apply makes no call');
  await at.rows('alter table public.applications rename column verdict_away to verdict');
  await at.rows('update tidegate.gates set probe_at = clock_timestamp(), probe_ms = 50');
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 10);
  assert.equal(far.calls.length, 10, 'no call was repeated');
  assert.equal(await at.one('select count(*)::int from tidegate.items where answer is not null'), 0);
});

test('a table locked for longer than the attempt lasts leaves the paid answers in the items', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(3);
  const holder = await at.another(1).connect();
  far.script = async () => {
    await holder.query('begin');
    await holder.query('lock table public.applications in share mode');
    far.script = () => ({});
    return {};
  };
  const gate = at.gate(far.work, { limits: { attemptTimeoutMs: 1_500, runDeadlineMs: 4_000, concurrencyMax: 1 } });
  const result = await gate.run();
  assert.equal(result.succeeded, 0, JSON.stringify(result));
  assert.ok(result.deferred >= 1);
  await holder.query('commit');
  holder.release();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 3);
  assert.equal(far.calls.length, 3, 'no call was repeated');
});

test('an edit while the record is being verified makes the old answer superseded, and the record wants work again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [id = ''] = await at.add(1);
  far.script = async ({ nth }) => {
    if (nth === 1)
      await at.rows('update public.applications set company = $2, revision = revision + 1 where id = $1', [
        id,
        'Other',
      ]);
    return { body: { verdict: nth === 1 ? 'rejected' : 'verified' } };
  };
  const gate = at.gate(far.work);
  const first = await gate.run();
  assert.deepEqual(
    first.results.map(({ ok, status }) => ({ ok, status })),
    [{ ok: false, status: 409 }],
  );
  assert.match(JSON.stringify(first.results), /superseded/);
  assert.equal((await gate.run()).succeeded, 1);
  assert.equal(await at.one('select status from public.applications'), 'verified');
});

test('deleting or deciding a record while it is being verified is no error and is never overwritten', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const [gone = '', decided = ''] = await at.add(2);
  far.script = async ({ recordId }) => {
    if (recordId === gone) await at.rows('delete from public.applications where id = $1', [gone]);
    else await at.rows("update public.applications set status = 'rejected' where id = $1", [decided]);
    return {};
  };
  const result = await at.gate(far.work).run();
  assert.equal(result.failed, 2);
  assert.ok(result.results.every(({ status }) => status === 409));
  assert.equal(await at.one('select status from public.applications'), 'rejected');
  assert.equal((await at.gate(far.work).run()).message, 'No records to process');
});

test('an apply that leaves its record in the source parks it instead of paying for it again', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(2);
  const forgets = APPLY.replace("status = s.body->>'verdict',", '');
  const gate = at.gate(far.work, { apply: forgets });
  const result = await gate.run();
  assert.ok(result.results.every(({ ok, status }) => !ok && status === 409));
  assert.match(JSON.stringify(result.results), /left_in_source/);
  assert.equal((await gate.run()).processed, 0);
  const guards = at.gate(far.work, { apply: `${APPLY.replace("'pending'", "'never'")}` });
  await at.add(1);
  assert.match(JSON.stringify((await guards.run()).results), /apply_wrote_nothing/);
  assert.equal(far.calls.length, 3);
});

test("a trigger of the user's that needs the role's own search_path runs inside apply", async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.rows(`create table public.audit (id uuid)`);
  await at.rows(
    `create function public.note() returns trigger language plpgsql as 'begin insert into audit values (new.id); return new; end'`,
  );
  await at.rows('create trigger note after update on public.applications for each row execute function public.note()');
  await at.add(3);
  assert.equal((await at.gate(far.work).run()).succeeded, 3);
  assert.equal(await at.one('select count(*)::int from public.audit'), 3);
});

test("NUL and lone surrogates in an answer are replaced, and too large an answer is the row's fault", async (t) => {
  const at = await scene(t);
  const [odd = '', large = ''] = await at.add(2);
  const gate = at.gate(
    async ({ key }) => ({ verdict: 'verified', note: key === odd ? 'a\0b\ud800c' : 'x'.repeat(70_000) }),
    { limits: { attemptsMax: 1 } },
  );
  const result = await gate.run();
  assert.equal(result.succeeded, 1);
  assert.equal(
    await at.one("select verdict->>'note' from public.applications where id = $1", [odd]),
    'a\uFFFDb\uFFFDc',
  );
  assert.match(JSON.stringify(result.results.find(({ recordId }) => recordId === large)), /answer_too_large/);
  assert.equal(await at.one('select state from tidegate.items where key = $1', [large]), 'parked');
});

test('a role whose default isolation is repeatable read is refused with the statement that mends it', async (t) => {
  const at = await scene(t);
  await at.add(1);
  await at.rows(
    `do $$ begin execute format('alter database %I set default_transaction_isolation = ''repeatable read''', current_database()); end $$`,
  );
  const gate = at.gate(async () => ({ verdict: 'verified' }), { database: at.another(2) });
  await assert.rejects(gate.run(), (error: { code?: string; hint?: string }) => {
    assert.equal(error.code, 'isolation');
    assert.match(error.hint ?? '', /alter role .* set default_transaction_isolation = 'read committed'/);
    return true;
  });
});
