import assert from 'node:assert/strict';
import { test } from 'node:test';
import { farEnd, gateOn, type Scene, scene } from './builders.ts';
import { isStep, through, wait } from './by-hand.ts';

/** A table with the given types under a gate `odd-keys`, drained once; answers what was written, oldest first. */
async function drained(
  at: Scene,
  {
    key,
    position,
    rows,
    columns = 'null::text as skip',
  }: { key: string; position: string; rows: string; columns?: string },
): Promise<{ keys: string[]; asked: string[] }> {
  await at.rows(`create table public.odd (id ${key} primary key, at ${position}, done boolean not null default false)`);
  await at.rows(`insert into public.odd (id, at) ${rows}`);
  await at.rows(
    `create view tidegate.odd_keys as select o.id as key, o.at as position, ${columns} from public.odd o where not o.done`,
  );
  const asked: string[] = [];
  const gate = gateOn(
    at.pool,
    async (item) => {
      asked.push(item.key);
      return { verdict: 'verified' };
    },
    {
      name: 'odd-keys',
      apply: 'update public.odd o set done = true from settled s where o.id = s.key and not o.done returning o.id',
      limits: { concurrencyMax: 1, batchMax: 100 },
    },
  );
  const ticks = [await gate.run({ limit: 3 }), await gate.run(), await gate.run()];
  assert.equal(
    ticks.reduce((sum, tick) => sum + tick.failed + tick.deferred, 0),
    0,
    JSON.stringify(ticks),
  );
  assert.equal(ticks[2]?.message, 'No records to process');
  const done = await at.rows<{ id: string }>('select id::text from public.odd where done order by at, id');
  return { keys: done.map(({ id }) => id), asked };
}

const keys: Record<string, { key: string; values: string[] }> = {
  int: { key: 'int', values: ['-2147483648', '0', '7', '2147483647'] },
  'bigint beyond what JavaScript counts': {
    key: 'bigint',
    values: ['9007199254740993', '9007199254740992', '9223372036854775807', '-9007199254740993'],
  },
  text: {
    key: 'text',
    values: [
      "it's",
      'a "b" c',
      '',
      ' lead and trail ',
      '한글 키',
      '1 2',
      '%s %1$I $1',
      '\\n\n\t',
      '😀/..?#',
      'Ａ',
      '{"a":1}',
      'null',
    ],
  },
  varchar: { key: 'varchar(20)', values: ['a', 'A', 'a ', 'ä', "'"] },
  uuid: { key: 'uuid', values: ['00000000-0000-4000-8000-00000000000a', 'ffffffff-ffff-4fff-bfff-ffffffffffff'] },
};

for (const [name, { key, values }] of Object.entries(keys)) {
  test(`keys may be ${name}: each is asked once under its own text`, async (t) => {
    const at = await scene(t);
    const quoted = values.map((value, n) => `(${escaped(value)}::${key}, ${n})`);
    const { asked, keys: written } = await drained(at, { key, position: 'int', rows: `values ${quoted.join(', ')}` });
    assert.deepEqual(asked, values);
    assert.deepEqual(written, values);
    assert.deepEqual(
      (await at.rows<{ key: string }>('select key from tidegate.items')).map(({ key }) => key).toSorted(),
      values.toSorted(),
    );
  });
}

const escaped = (value: string): string => `e'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const positions: Record<string, string> = {
  date: "date '2024-02-28' + n",
  timestamp: "timestamp '2024-02-28 23:59:59.999998' + n * interval '1 microsecond'",
  timestamptz: "timestamptz '2024-02-28 23:59:59.999998+09' + n * interval '1 microsecond'",
  int: '1000 - n',
  text: "chr(65 + n) || ' \"quoted''s' ",
  numeric: 'n / 3.0::numeric',
  'double precision': 'n / 3.0::float8',
};

for (const [position, value] of Object.entries(positions)) {
  test(`positions may be ${position}: a walk in several ticks keeps the order and passes nobody over`, async (t) => {
    const at = await scene(t);
    const { asked, keys: written } = await drained(at, {
      key: 'int',
      position,
      rows: `select n, ${value} from generate_series(0, 9) n`,
      // One row that must not run makes the gate keep its place between the ticks.
      columns: "case when o.id = 1 then 'not now' end as skip",
    }).catch((error) => assert.fail(error));
    assert.equal(written.length, 9);
    assert.deepEqual(asked, written);
  });
}

test('equal positions are walked by key across the bites of many ticks', async (t) => {
  const at = await scene(t);
  await at.rows(
    `insert into public.applications (created_at, attached) select '2024-01-01', n % 3 > 0 from generate_series(1, 900) n`,
  );
  const gate = at.gate(async () => ({ verdict: 'verified' }), { limits: { batchMax: 100, concurrencyMax: 50 } });
  for (let n = 0; n < 7; n += 1) await gate.run();
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 600);
});

test('a key that stands twice in the view counts once, in a tick, a dry run and a drain', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t);
  await at.add(6);
  await at.rows(`create or replace view tidegate.verify_applications as
    select a.id as key, a.created_at + n * interval '1 s' as position, case when n = 3 then 'third copy' end as skip,
      a.revision::text as revision, jsonb_build_object('company', a.company) as payload
    from public.applications a, generate_series(1, 3) n where a.status = 'pending'`);
  const gate = at.gate(far.work);
  const dry = await gate.run({ dryRun: true });
  assert.equal(dry.would?.length, 6);
  assert.equal(dry.remaining, 6);
  const tick = await gate.run({ limit: 2 });
  assert.deepEqual([tick.succeeded, tick.remaining], [2, 4]);
  const drain = await gate.run({ drain: true });
  assert.equal(drain.succeeded, 4);
  assert.equal(far.calls.length, 6);
});

test('rows without a position spoil no tick, and those that have one are all processed', async (t) => {
  const at = await scene(t);
  await at.rows('alter table public.applications alter created_at drop not null');
  await at.rows(
    'insert into public.applications (created_at, attached) select null, n > 5 from generate_series(1, 40) n',
  );
  await at.add(230);
  const gate = at.gate(async () => ({ verdict: 'verified' }), { limits: { batchMax: 100, concurrencyMax: 50 } });
  for (let n = 0; n < 4; n += 1) await gate.run();
  await at.rows(
    'insert into public.applications (created_at, attached) select null, n > 5 from generate_series(1, 40) n',
  );
  await gate.run({ limit: 3 });
  assert.equal(
    await at.one('select count(*)::int from public.applications where written = 1 and created_at is not null'),
    230,
  );
  assert.equal(await at.one('select count(*)::int from tidegate.runs where closed_at is null'), 0);
});

test('a view without revision and payload is a source; one without skip is refused with what it lacks', async (t) => {
  const at = await scene(t);
  await at.rows('drop view tidegate.verify_applications');
  const view = (columns: string) => `create or replace view tidegate.verify_applications as
    select a.id as key, a.created_at as position${columns} from public.applications a where a.status = 'pending'`;
  await at.rows(view(''));
  const [id = ''] = await at.add(3);
  const gate = at.gate(async ({ payload, revision }) => ({ verdict: 'verified', payload: payload ?? null, revision }), {
    apply: `update public.applications a set status = 'verified', verdict = s.body, written = a.written + 1
      from settled s where a.id = s.key and a.status = 'pending' returning s.key`,
  });
  await assert.rejects(gate.run(), { code: 'source_missing', hint: /null::text as skip/ });
  await at.rows(view(', null::text as skip'));
  assert.equal((await gate.run()).succeeded, 3);
  const verdict = await at.one('select verdict from public.applications where id = $1', [id]);
  assert.deepEqual(verdict, { verdict: 'verified', payload: null, revision: null });
  assert.equal((await gate.explain(id))?.eligible, false);
});

test('rows whose revision or payload is null are verified like any other', async (t) => {
  const at = await scene(t);
  await at.rows(`create or replace view tidegate.verify_applications as select a.id as key, a.created_at as position,
    null::text as skip, null::text as revision, null::jsonb as payload from public.applications a where a.status = 'pending'`);
  await at.add(3);
  const apply = `update public.applications a set status = 'verified', written = a.written + 1 from settled s
    where a.id = s.key and a.status = 'pending' and s.revision is null returning s.key`;
  assert.equal((await at.gate(async () => ({}), { apply }).run()).succeeded, 3);
});

test('two gates over one table keep their own places, caps and items', async (t) => {
  const at = await scene(t);
  await at.rows('alter table public.applications add column checked boolean not null default false');
  await at.rows(`create view tidegate.check_applications_2 as select a.id as key, a.created_at as position, null::text as skip
    from public.applications a where not a.checked`);
  await at.add(30);
  const calls = { verify: 0, check: 0 };
  const verify = at.gate(async () => ({ verdict: 'verified', n: calls.verify++ }));
  const check = at.gate(async () => ({ n: calls.check++ }), {
    name: 'check-applications-2',
    apply: 'update public.applications a set checked = true from settled s where a.id = s.key returning s.key',
  });
  await verify.pause();
  await Promise.all([verify.run(), check.run({ drain: true })]);
  assert.deepEqual(calls, { verify: 0, check: 30 });
  await verify.resume();
  await verify.run({ drain: true });
  assert.deepEqual(calls, { verify: 30, check: 30 });
});

test('what remains is counted once also where the kept place lies within the first bite', async (t) => {
  const at = await scene(t);
  await at.add(1, { attached: false });
  await at.add(300);
  const gate = at.gate(async () => ({ verdict: 'verified' }), { limits: { concurrencyMax: 20 } });
  for (const left of [280, 260, 240]) {
    const tick = await gate.run();
    assert.deepEqual(
      [tick.remaining, tick.skipped],
      [left, { 'no attachment': 1 }],
      JSON.stringify({ ...tick, results: 0 }),
    );
  }
});

test('a key in another spelling is the same record: asked once, explained and released under its own', async (t) => {
  const at = await scene(t);
  const far = await farEnd(t, ({ nth }) =>
    nth === 1 ? { status: 422, body: { error: { code: 'no', message: 'no' } } } : {},
  );
  const [id = ''] = await at.add(1);
  const gate = at.gate(far.work, { limits: { attemptsMax: 1 } });
  const first = await gate.attempt(id.toUpperCase());
  assert.equal(first.code === 'answered' && first.result.recordId, id);
  assert.deepEqual(await at.rows('select key, state from tidegate.items'), [{ key: id, state: 'parked' }]);
  assert.match((await gate.explain(`{${id}}`))?.because ?? '', /parked/);
  assert.equal((await gate.attempt(id.toUpperCase())).code, 'parked');
  assert.deepEqual(await gate.release([id.toUpperCase(), 'no key', 'a\0b']), [id]);
  assert.equal((await gate.attempt(id.replaceAll('-', ''))).code, 'answered');
  assert.equal((await gate.attempt('a\0b')).code, 'not_found');
  assert.equal(far.calls.length, 2);
});

test('a long run over records that cannot be leased now presses on nobody and comes to its end', async (t) => {
  const at = await scene(t);
  const ids = await at.add(12);
  const first = at.gate(async () => ({ verdict: 'verified' }), { limits: { batchMax: 1 } });
  await first.run();
  await at.rows(
    `insert into tidegate.items (gate, key, attempt, state, since_at, until, span_ms, lost)
    select (select id from tidegate.gates), unnest($1::text[]), 1, 'waiting', clock_timestamp(), clock_timestamp(), 0, 1`,
    [ids.slice(1)],
  );
  let steps = 0;
  const database = through(at.pool, async (text, send) => {
    steps += isStep(text) || text.includes('with bite') ? 1 : 0;
    return await send();
  });
  const gate = at.gate(() => wait(500).then(() => ({ verdict: 'verified' })), {
    database,
    limits: { concurrencyMax: 4 },
  });
  const result = await gate.run({ drain: true });
  assert.equal(result.succeeded, 11);
  assert.ok(steps < 100, `${steps} statements`);
});
