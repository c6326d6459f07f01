import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import type { Report } from '../src/check/check.ts';
import { DEFAULT_LIMITS } from '../src/config.ts';
import { APPLY, scene } from './builders.ts';
import { findings, look, mended } from './checking.ts';
import { folder, gateFile, tidegate } from './command-line.ts';

const at = await scene({ after });
const VIEW = await at.one<string>("select pg_get_viewdef('tidegate.verify_applications'::regclass)");

/** The view again, its text changed. */
async function view(change: (text: string) => string = (text) => text, options = 'with (security_invoker = true)') {
  await at.rows('drop view if exists tidegate.verify_applications');
  await at.rows(`create view tidegate.verify_applications ${options} as ${change(VIEW)}`);
}

beforeEach(async () => {
  await at.rows('truncate public.applications, tidegate.items, tidegate.attempts');
  await view();
  await at.add(3);
});

test('a sound gate has no findings, and the limits in force are told', async () => {
  assert.deepEqual(await findings(at, { apply: APPLY }), []);
  const report = await look(at, { apply: APPLY });
  assert.equal(report.limits.batchMax, DEFAULT_LIMITS.batchMax);
  assert.equal(report.way, 'direct');
  assert.equal(await at.one("select count(*)::int from public.applications where status = 'pending'"), 3);
});

test('a view that takes longer than 10 s to read is told slow, with the statement that shows why', async () => {
  const late = `created_at + case when pg_sleep(6)::text = '' then interval '0' end as "position"`;
  await view((text) => text.replace('created_at AS "position"', late));
  const slow = (await findings(at)).find(({ code }) => code === 'view_slow');
  assert.match(slow?.says ?? '', /could not be read in 10 s/);
  assert.match(slow?.mend ?? '', /^explain \(analyze, buffers\)/);
});

test('the command prints findings with what mends them, and exits 1 with an error and 0 without', async (t) => {
  const dir = folder({ after: (fn) => t.after(fn) });
  const file = gateFile(dir);
  const sound = await tidegate(['check', '--gate', file], { url: at.url });
  assert.equal(sound.code, 0, sound.err);
  assert.match(sound.out, /batchMax +20\n/);
  assert.match(sound.out, /! \S+ has no statement_timeout.*\n {4}alter role/);
  await view(undefined, '');
  const wrong = await tidegate(['check', '--json'], { url: at.url });
  assert.equal(wrong.code, 1);
  assert.match((await tidegate(['check'], { url: at.url })).out, /apply was not looked at: .*--gate/);
  assert.ok((JSON.parse(wrong.out) as Report).findings.some(({ code }) => code === 'security_invoker'));
  assert.equal((await tidegate(['check', '--url', 'nonsense'], { url: at.url })).code, 2);
  assert.equal((await tidegate(['check'], {})).code, 2);
});

describe('of the view', () => {
  test('its absence', async () => {
    await at.rows('drop view tidegate.verify_applications');
    const [found] = await findings(at, { apply: APPLY });
    assert.equal(found?.code, 'view_missing');
    assert.match(found.mend, /^create view tidegate."verify_applications" with \(security_invoker = true\)/);
  });

  test("its owner's rights", async () => {
    await view(undefined, '');
    await mended(at, 'security_invoker', /runs with its owner's rights/);
  });

  test('a missing skip', async () => {
    await view((text) => `select s.key, s.position from (${text.replace(/;$/, '')}) s`);
    await mended(at, 'columns', /has no column skip/);
    assert.deepEqual(await findings(at), []);
  });

  test('columns of other types', async () => {
    await view((text) => text.replace('(revision)::text AS revision', 'revision'));
    await mended(at, 'column_types', /revision is of type bigint \(expected text\)/);
    assert.deepEqual(await findings(at), []);
  });

  test('a key that is cast', async () => {
    await view((text) => text.replace('id AS key', 'id::text AS key'));
    await mended(at, 'key_cast', /is cast .*own column/);
    assert.deepEqual(await findings(at, { apply: APPLY }), []);
  });

  test('a key of a type that none may have', async () => {
    await view((text) => text.replace('id AS key', 'created_at AS key'));
    const [found] = await findings(at);
    assert.equal(found?.code, 'key_type');
    assert.match(found.says, /is of type timestamp with time zone: expected uuid, integer, bigint, text or varchar/);
  });

  test('a walk that an index would serve, and that is planned without it', async (t) => {
    await at.add(12_000);
    await at.rows('analyze public.applications');
    const name = await at.one<string>('select current_database()');
    // As statistics do that are too old: no index seems worth its pages.
    await at.rows(`alter database ${name} set random_page_cost = 1e9`);
    t.after(() => at.rows(`alter database ${name} reset random_page_cost`));
    const found = (await findings(at)).find(({ code }) => code === 'walk_plan');
    assert.match(found?.says ?? '', /reads all of public\.applications although an index has its order/);
    assert.equal(found?.mend, 'analyze public.applications;');
  });

  test('a key that nothing keeps unique, and finds no index', async () => {
    await at.rows('alter table public.applications drop constraint applications_pkey');
    const codes = (await findings(at)).map(({ code }) => code);
    assert.deepEqual(codes.sort(), ['key_not_unique', 'lookup_index']);
    await mended(at, 'key_not_unique', /Nothing keeps id of public\.applications unique/);
    assert.deepEqual(await findings(at), []);
    await at.rows('alter table public.applications add primary key (id)');
  });

  test('a join that multiplies rows', async () => {
    await view((text) => text.replace('FROM applications a', 'FROM applications a cross join (values (1), (2)) v (n)'));
    const found = (await findings(at)).find(({ code }) => code === 'key_twice');
    assert.match(found?.says ?? '', /more than once: a join multiplies its row/);
    assert.match(found?.mend ?? '', /exists/);
  });

  test('a position that is null, or may be', async () => {
    await at.rows('alter table public.applications alter column created_at drop not null');
    await mended(at, 'position_nullable', /may be null one day/);
    await at.rows('alter table public.applications alter column created_at drop not null');
    await at.rows(
      'update public.applications set created_at = null where id = (select id from public.applications limit 1)',
    );
    await mended(at, 'position_null', /is null: the walk would never come to it/);
    assert.deepEqual(await findings(at), []);
  });

  test('that it raises', async () => {
    await view((text) => text.replace("'company', company", "'ratio', 1 / (extract(epoch from created_at) * 0)::int"));
    const [found] = await findings(at);
    assert.equal(found?.code, 'view_raises');
    assert.match(found.says, /raised \(22012\): division by zero/);
  });

  test('an order by of its own', async () => {
    await view((text) => text.replace(/;$/, ' order by company'));
    await mended(at, 'view_sorts', /ends in an order by/);
    assert.deepEqual(await findings(at), []);
  });

  test('a walk without an index in its order, be the table small or large', async () => {
    const index = await at.one<string>(
      "select indexrelid::regclass::text from pg_index where indrelid = 'public.applications'::regclass and not indisprimary",
    );
    await at.rows(`drop index ${index}`);
    const small = (await findings(at)).find(({ code }) => code === 'walk_index');
    assert.equal(small?.severity, 'warning');
    assert.match(small.mend, /\(created_at, id\) where \(status = 'pending'::text\);$/);
    await at.add(12_000);
    await at.rows('analyze public.applications');
    assert.equal((await findings(at)).find(({ code }) => code === 'walk_index')?.severity, 'error');
    await mended(at, 'walk_index', /would sort everything that waits/);
    assert.deepEqual(await findings(at, { apply: APPLY }), []);
  });

  test('a window or an aggregate over the table', async () => {
    await view((text) => text.replace("'company', company", "'nth', row_number() over (order by created_at)"));
    const window = (await findings(at)).find(({ code }) => code === 'whole_table');
    assert.match(window?.says ?? '', /a window function over the table/);
    await view((text) =>
      text.replace(
        'FROM applications a',
        'FROM applications a left join (select status as st, count(*) as n from public.applications group by 1) c on c.st = a.status',
      ),
    );
    const aggregate = (await findings(at)).find(({ code }) => code === 'whole_table');
    assert.match(aggregate?.says ?? '', /an aggregate/);
  });

  test('a correlated subquery over a large table without an index', async () => {
    await at.rows('create table public.lines (application_id uuid, n int)');
    await at.rows('insert into public.lines select gen_random_uuid(), n from generate_series(1, 12000) n');
    await at.rows('analyze public.lines');
    await view((text) =>
      text.replace('WHERE', 'WHERE exists (select from public.lines l where l.application_id = a.id) is not null and'),
    );
    await view((text) =>
      text.replace(
        /ELSE NULL::text\n +END AS skip/,
        "WHEN (select count(*) from public.lines l where l.application_id = a.id) > 5 then 'many' END AS skip",
      ),
    );
    await mended(at, 'joined_index', /reads all of public\.lines for each row/);
    assert.deepEqual(await findings(at), []);
  });
});

describe('of apply', () => {
  /** Finds the fault in `apply`, takes the mended text, and expects no finding with it. */
  async function mendedApply(code: string, says: RegExp, apply: string): Promise<void> {
    const found = (await findings(at, { apply: apply })).find((one) => one.code === code);
    assert.match(found?.says ?? code, says);
    assert.deepEqual(await findings(at, { apply: found?.mend }), []);
  }
  const without = (condition: string): string => {
    assert.ok(APPLY.includes(condition));
    return APPLY.replace(condition, '');
  };

  test('a missing returning', async () => {
    await mendedApply('apply_returning', /does not end in returning the key/, without('returning s.key'));
  });

  test('what the database refuses, and not the semicolon at its end', async () => {
    assert.deepEqual(await findings(at, { apply: `${APPLY};\n` }), []);
    const ran = await at.gate(async () => ({ verdict: 'verified' }), { apply: `${APPLY};\n` }).run();
    assert.equal(ran.succeeded, 3, 'the gate takes what check takes');
    await at.add(1);
    const [found] = await findings(at, { apply: `${APPLY}; select 1` });
    assert.equal(found?.code, 'apply_invalid');
    assert.match(found.says, /refuses apply \(42601\)/);
  });

  test('no guard of the old status', async () => {
    await mendedApply('apply_unguarded', /a second time: .* a person's decision/, without("and a.status = 'pending'"));
  });

  test('no comparison of the revision', async () => {
    await mendedApply(
      'apply_ignores_revision',
      /a revision that is not the row's/,
      without('and a.revision::text = s.revision'),
    );
  });

  test('a revision that apply itself changes', async () => {
    const found = await findings(at, { apply: APPLY.replace('written = a.written + 1', 'revision = a.revision + 1') });
    assert.deepEqual(
      found.map(({ code }) => code),
      ['apply_changes_revision'],
    );
    assert.match(found[0]?.says ?? '', /changes the revision of .*rise when people edit the row, and only then/);
    assert.match(found[0]?.mend ?? '', /create trigger content_revision before update/);
  });

  test('a record that still stands in the source, or is never written', async () => {
    const left = await findings(at, { apply: APPLY.replace("status = s.body->>'verdict', ", '') });
    assert.ok(left.some(({ code }) => code === 'left_in_source'));
    const [unwritten] = await findings(at, { apply: APPLY.replace("'pending'", "'submitted'") });
    assert.equal(unwritten?.code, 'apply_wrote_nothing');
    assert.match(unwritten.mend, /a\.status = 'pending'/);
  });

  test('that it could not be tried', async () => {
    await at.rows('truncate public.applications');
    assert.deepEqual(
      (await findings(at, { apply: APPLY })).map(({ code, severity }) => [code, severity]),
      [['apply_untried', 'warning']],
    );
  });

  test('that it raised on what it was tried with', async () => {
    await at.rows("alter table public.applications add constraint known check (status in ('pending', 'approved'))");
    const [found] = await findings(at, { apply: APPLY });
    assert.equal(found?.code, 'apply_raises');
    assert.match(found.says, /23514/);
    await at.rows('alter table public.applications drop constraint known');
  });
});

test('names that need quotes, and an apply that calls its work by no other name, are mended too', async () => {
  const own = await scene({ after });
  await own.rows(`create table public."Odd Table" ("Id" bigint primary key generated always as identity,
    "createdAt" timestamptz not null default now(), "State" text default 'new', "Edits" int not null default 0)`);
  await own.rows(`insert into public."Odd Table" ("State") values ('new')`);
  await own.rows(`drop view tidegate.verify_applications; create view tidegate.verify_applications with (security_invoker = true) as
    select "Id" as key, "createdAt" as position, null::text as skip, "Edits"::text as revision from public."Odd Table" where "State" = 'new'`);
  const apply = `update public."Odd Table" set "State" = 'done' from settled where "Id" = key returning key`;
  await mended(own, 'walk_index', /No index has the order/);
  const [unguarded] = await findings(own, { apply });
  assert.equal(unguarded?.code, 'apply_unguarded');
  const [blind] = await findings(own, { apply: unguarded.mend });
  assert.equal(blind?.code, 'apply_ignores_revision');
  assert.deepEqual(await findings(own, { apply: blind.mend }), []);
});

test('a key that does not reach the index of its table', async () => {
  const own = await scene({ after });
  await own.rows('create table public.cards (id bigint primary key, created_at timestamptz not null default now())');
  await own.rows('insert into public.cards select n from generate_series(1, 12000) n');
  await own.rows('analyze public.cards');
  await own.rows(`create view tidegate.verify_cards with (security_invoker = true) as
    select id as key, created_at as position, null::text as skip from public.cards union all select 0, now(), null where false`);
  const found = (await findings(own)).find(({ code }) => code === 'lookup_index');
  assert.match(found?.says ?? '', /A look-up by key in tidegate\.verify_cards reads all of public\.cards/);
});
