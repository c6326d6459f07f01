import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPLY, farEnd, type Scene, scene } from './builders.ts';
import { done, runByHand, wait } from './by-hand.ts';

const written = 'select count(*)::int from public.applications where written = 1';
const open = "select count(*)::int from tidegate.items where state = 'leased'";
const verified = async (): Promise<unknown> => ({ verdict: 'verified' });

/** A trigger on the applications that does `body` for the row of `id` alone. */
async function trigger(at: Scene, id: string, body: string): Promise<void> {
  await at.rows(`create or replace function public.odd() returns trigger language plpgsql as $$
    begin if new.id = '${id}' then ${body} end if; return new; end $$`);
  await at.rows('create trigger odd after update on public.applications for each row execute function public.odd()');
}

test('a trigger whose assertion fails parks its own record and nobody else’s', async (t) => {
  const at = await scene(t);
  const ids = await at.add(5);
  await trigger(at, ids[2] ?? '', "assert false, 'never this one';");
  const result = await at.gate(verified).run();
  assert.deepEqual([result.succeeded, result.failed], [4, 1]);
  assert.match(JSON.stringify(result.results), /apply_failed.*never this one/);
  assert.equal(await at.one("select answer is not null from tidegate.items where state = 'parked'"), true);
});

test('a deferred constraint that only one record breaks parks that record', async (t) => {
  const at = await scene(t);
  const ids = await at.add(5);
  await at.rows(`create function public.late() returns trigger language plpgsql as $$
    begin if new.id = '${ids[1]}' then raise exception 'too late' using errcode = '23514'; end if; return null; end $$`);
  await at.rows(`create constraint trigger late after update on public.applications deferrable initially deferred
    for each row execute function public.late()`);
  const result = await at.gate(verified).run();
  assert.deepEqual([result.succeeded, result.failed], [4, 1]);
  assert.match(JSON.stringify(result.results), /apply_failed.*too late/);
});

test('one record that outlasts the statement_timeout of the role holds up no other, and its paid answer is kept', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  const ids = await at.add(6);
  await trigger(at, ids[2] ?? '', 'perform pg_sleep(1);');
  await at.rows(
    "do $$ begin execute format('alter database %I set statement_timeout = ''250ms''', current_database()); end $$",
  );
  const gate = at.gate(far.work, {
    database: at.another(5),
    limits: { attemptTimeoutMs: 2_500, runDeadlineMs: 8_000, concurrencyMax: 6 },
  });
  const result = await gate.run();
  assert.equal(result.succeeded, 5, JSON.stringify(result));
  assert.equal(far.calls.length, 6);
  await at.rows('drop trigger odd on public.applications');
  await wait(1_100);
  while ((await gate.run()).processed > 0);
  assert.equal(await at.one(written), 6);
  assert.equal(far.calls.length, 6, 'no call was repeated');
});

test('a source that breaks after the lease is no record’s fault: every paid answer is kept', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(4);
  const columns = `select a.id as key, a.created_at as position,
      case when a.submitted then 'already submitted' when not a.attached then 'no attachment' end as skip,
      a.revision::text as revision, jsonb_build_object('company', a.company) as payload from public.applications a`;
  far.script = async () => {
    await at.rows(
      `create or replace view tidegate.verify_applications as ${columns} where 1 / (length(a.company) - 4) > 0`,
    );
    return {};
  };
  const gate = at.gate(far.work, { limits: { probeMs: 10, probeMaxMs: 10 } });
  await gate.run().catch((error) => assert.match(String(error.code), /source_failed/));
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'parked'"), 0);
  assert.equal(await at.one(open), 0);
  const paid = far.calls.length;
  far.script = () => ({});
  await at.rows(`create or replace view tidegate.verify_applications as ${columns} where a.status = 'pending'`);
  for (let n = 0; n < 20 && (await at.one<number>(written)) < 4; n += 1) {
    await wait(20);
    await gate.run();
  }
  assert.equal(await at.one(written), 4);
  assert.equal(far.calls.length, 4, `${paid} were paid for before`);
});

const verdicts = `create table public.verdicts (id uuid primary key, body jsonb);
  create or replace view tidegate.verify_applications as select a.id as key, a.created_at as position,
    null::text as skip, a.revision::text as revision, jsonb_build_object('company', a.company) as payload
    from public.applications a where not exists (select from public.verdicts v where v.id = a.id)`;
const settles: Record<string, { apply: string; before?: string; left: string }> = {
  'a semicolon at its end': { apply: `${APPLY};\n`, left: written },
  'a comment at its end': { apply: `${APPLY} -- the end`, left: written },
  'a with of its own': {
    apply: APPLY.replace('from settled s', 'from (with x as (select * from settled) select * from x) s'),
    left: written,
  },
  'a delete': {
    apply:
      'delete from public.applications a using settled s where a.id = s.key and a.revision::text = s.revision returning a.id',
    left: 'select 3 - count(*)::int from public.applications',
  },
  'an upsert': {
    before: verdicts,
    apply: `insert into public.verdicts (id, body) select key, body from settled
      on conflict (id) do update set body = excluded.body returning id`,
    left: 'select count(*)::int from public.verdicts',
  },
  'a merge': {
    before: verdicts,
    apply: `merge into public.verdicts v using settled s on v.id = s.key when matched then update set body = s.body
      when not matched then insert values (s.key, s.body) returning v.id`,
    left: 'select count(*)::int from public.verdicts',
  },
};

for (const [name, { apply, before, left }] of Object.entries(settles)) {
  test(`apply may be or have ${name}`, async (t) => {
    const at = await scene(t);
    if (/^merge/.test(apply) && (await at.one<number>("select current_setting('server_version_num')::int")) < 170_000)
      return t.skip('merge … returning came with PostgreSQL 17');
    if (before !== undefined) await at.rows(before);
    await at.add(3);
    const result = await at.gate(verified, { apply }).run();
    assert.equal(result.succeeded, 3, JSON.stringify(result));
    assert.equal(await at.one(left), 3);
  });
}

const breaks: Record<string, string> = {
  'no returning': APPLY.replace(/returning[\s\S]*/, ''),
  'two columns in its returning': APPLY.replace('returning s.key', 'returning a.status as said, s.key'),
  'something else than the key in its returning': APPLY.replace('returning s.key', 'returning a.status'),
  'a returning that is null': APPLY.replace('returning s.key', 'returning null::uuid'),
  'a returning of rows it was not given': APPLY.replace('a.id = s.key and', 'a.id <> s.key and').replace(
    /returning s.key/,
    'returning gen_random_uuid()',
  ),
  'a writing with of its own': `with x as (delete from public.applications returning id) select id from x`,
};

for (const [name, apply] of Object.entries(breaks)) {
  test(`an apply with ${name} shuts the gate, writes nothing and keeps what was paid`, async (t) => {
    const at = await scene(t);
    await at.add(3);
    const result = await at.gate(verified, { apply }).run();
    assert.equal(result.stopped, 'shut', JSON.stringify(result));
    assert.equal(result.succeeded, 0);
    assert.equal(
      await at.one("select count(*)::int from public.applications where status = 'pending' and written = 0"),
      3,
    );
    assert.equal(await at.one('select count(*)::int from tidegate.items where answer is null'), 0);
    assert.equal(await at.one(open), 0);
  });
}

test('locks on records, in every order, by the application never make the gate fail or deadlock anybody', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, () => ({ delayMs: 1 }));
  const ids = await at.add(60);
  let busy = true;
  const faults: unknown[] = [];
  const holder = async (order: number): Promise<void> => {
    const client = await at.another(1).connect();
    const mine = order === 1 ? ids.toReversed() : ids.toSorted(() => Math.random() - 0.5);
    for (let n = 0; busy; n = (n + 3) % 57) {
      await client.query('begin');
      try {
        for (const id of mine.slice(n, n + 3).toSorted())
          await client.query('update public.applications set company = company where id = $1', [id]);
        await wait(40);
        await client.query('commit');
      } catch (error) {
        faults.push(error);
        await client.query('rollback');
      }
    }
    client.release();
  };
  const holders = [holder(1), holder(2)];
  const gates = [at.gate(far.work), at.gate(far.work, { database: at.another(5) })];
  const limit = performance.now() + 15_000;
  while ((await at.one<number>(written)) < 60 && performance.now() < limit)
    await Promise.all(gates.map((gate) => gate.run()));
  busy = false;
  await Promise.all(holders);
  assert.deepEqual(faults, []);
  assert.equal(await at.one(written), 60);
  assert.equal(far.calls.length, 60);
  assert.equal(await at.one(open), 0);
});

test('the gate’s row, an item and the run’s row held by others cost a wait and nothing else', async (t) => {
  const at = await scene(t);
  const keys = await at.add(6);
  const run = await runByHand(at.pool, { concurrencyMax: 10 });
  const { leases } = await run.step({ want: 4, keys });
  const holder = await at.another(1).connect();
  await holder.query('begin');
  await holder.query('select from tidegate.gates for update');
  const settled = await run.step({ want: 2, keys, held: leases, outcomes: leases.slice(0, 2).map((one) => done(one)) });
  assert.equal(settled.locked, false);
  assert.deepEqual(settled.leases, []);
  assert.deepEqual(
    settled.settled.map(({ outcome }) => outcome),
    ['done', 'done'],
  );
  await holder.query('rollback');
  await holder.query('begin');
  await holder.query('select from tidegate.items where key = $1 for update', [leases[2]?.key]);
  const held = leases.slice(2);
  const again = await run.step({ want: 2, keys, held, outcomes: held.map((one) => done(one)) });
  assert.deepEqual(again.settled.map(({ outcome }) => outcome).toSorted(), ['again', 'done']);
  assert.equal(again.leases.length, 2);
  await holder.query('rollback');
  holder.release();
});
