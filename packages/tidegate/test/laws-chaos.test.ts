import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../src/types.ts';
import { type Scene, scene } from './builders.ts';
import { isStep, through, wait } from './by-hand.ts';

const CAP = 6;
const RECORDS = 400;
const CHAOS_MS = 15_000;
const CALLERS = 16;
const chance = (p: number): boolean => Math.random() < p;
const some = (ms: number): Promise<void> => wait(Math.random() * ms);

interface Chaos {
  readonly until: number;
  over: boolean;
  /** What came out of a run although nobody shall see it. */
  readonly escaped: unknown[];
}

/** Answers that are lost, steps that are frozen or arrive long after they were given up, connections that break. */
function unruly(at: Scene, chaos: Chaos): Database {
  const pool = at.another(2);
  const lost = (): Error => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  return through(pool, async (text, send) => {
    if (chaos.over || !isStep(text)) return await send();
    if (chance(0.04)) throw lost();
    if (chance(0.04)) await some(400);
    if (chance(0.03)) {
      void wait(Math.random() * 1_500)
        .then(send)
        .catch((error) => watch(chaos, error));
      throw lost();
    }
    const answer = await send().catch((error) => {
      watch(chaos, error);
      throw error;
    });
    if (chance(0.05)) throw lost();
    return answer;
  });
}

/** A deadlock is somebody's fault; a lock that is not to be had within its time is not, and never loses a settle. */
function watch(chaos: Chaos, error: unknown): void {
  const { code } = error as { code?: string };
  if (code === '40P01' || (code !== undefined && /^(23|42|22|P0)/.test(code))) chaos.escaped.push(error);
}

async function caller(at: Scene, chaos: Chaos): Promise<void> {
  const database = unruly(at, chaos);
  while (performance.now() < chaos.until) {
    // A caller that crashes leaves its run behind: its work never comes back to it.
    const crashes = chance(0.1);
    const gate = at.gate(
      async (item) => {
        if (chance(0.05)) await some(600);
        else await some(25);
        if (crashes && chance(0.3)) await new Promise(() => {});
        if (chance(0.05)) throw Object.assign(new Error('busy'), { answered: true, status: 503 });
        if (chance(0.03)) throw Object.assign(new Error('bad page'), { answered: true, status: 422 });
        return { verdict: 'verified', of: item.revision };
      },
      {
        database,
        limits: {
          concurrencyMax: CAP,
          shutStreak: 30,
          attemptTimeoutMs: 1_500,
          leaseMarginMs: 2_000,
          runDeadlineMs: 8_000,
          probeMs: 50,
          probeMaxMs: 50,
          attemptsMax: 50,
          deferralsMax: 1_000,
        },
      },
    );
    const run = gate.run({ drain: chance(0.1) });
    if (crashes) run.catch(() => {});
    else {
      await run.catch((error) => {
        if (error.code !== 'database_unavailable') chaos.escaped.push(error);
      });
    }
    await some(60);
  }
}

/** The people and clocks around a gate. */
async function world(at: Scene, chaos: Chaos, ids: string[]): Promise<void> {
  const any = (): string => ids[Math.floor(Math.random() * ids.length)] ?? '';
  const gate = at.gate(async () => ({}));
  const acts: (() => Promise<unknown>)[] = [
    () =>
      at.rows(
        "update public.applications set company = 'Edited', revision = revision + 1, status = 'pending', verdict = null, written = 0 where id = $1 and status <> 'rejected'",
        [any()],
      ),
    () => at.rows('delete from public.applications where id = $1', [any()]),
    () =>
      at.rows(
        "update public.applications set status = 'rejected', verdict = null where id = $1 and status = 'pending'",
        [any()],
      ),
    () => at.rows('update public.applications set attached = not attached where id = $1', [any()]),
    () => at.rows('update public.applications set attached = true where not attached'),
    () => gate.release(ids),
    () =>
      gate
        .pause()
        .then(() => wait(30))
        .then(() => gate.resume()),
    () => gate.resume(),
    // The clock goes forward past everybody's silence, or back.
    () =>
      at.rows(
        "update tidegate.runs set touched_at = touched_at - interval '16 s' where id in (select id from tidegate.runs where closed_at is null order by random() limit 2)",
      ),
    () => at.rows("update tidegate.gates set awake_since = awake_since - interval '16 s'"),
    () =>
      at.rows(
        "update tidegate.items set until = until - interval '4 s', since_at = since_at - interval '4 s' where state = 'leased' and random() < 0.3",
      ),
    () =>
      at.rows(
        "update tidegate.gates set awake_at = awake_at + interval '1 h', awake_since = awake_since + interval '1 h'",
      ),
    () => at.add(3).then((more) => ids.push(...more)),
  ];
  while (performance.now() < chaos.until) {
    await acts[Math.floor(Math.random() * acts.length)]?.().catch((error) => watch(chaos, error));
    await some(40);
  }
}

/** One look at one moment: what must hold always. */
const BROKEN = `
select 'live leases over the cap' as law, count(*)::text as seen from tidegate.items where state = 'leased' having count(*) > ${CAP}
union all select 'a verdict of another revision', min(a.id::text) from public.applications a
  where a.verdict is not null and a.verdict ->> 'of' <> a.revision::text having count(*) > 0
union all select 'two verdicts for one revision', min(a.id::text) from public.applications a where a.written > 1 having count(*) > 0
union all select 'a ruling overwritten', min(a.id::text) from public.applications a
  where a.status = 'rejected' and a.verdict is not null having count(*) > 0
union all select 'a lease of a run that has closed', min(i.key) from tidegate.items i join tidegate.runs r on r.id = i.run
  where r.closed_at is not null having count(*) > 0`;

test('sixteen callers, freezes, lost answers, crashes, edits, rulings, deletes and clocks: every law holds all along', async (t) => {
  const at = await scene(t);
  const ids = await at.add(RECORDS);
  const chaos: Chaos = { until: performance.now() + CHAOS_MS, over: false, escaped: [] };
  const broken: unknown[] = [];
  let looks = 0;
  const watching = (async () => {
    while (!chaos.over) {
      broken.push(...(await at.rows(BROKEN)));
      looks += 1;
      await wait(10);
    }
  })();
  await Promise.all([
    ...Array.from({ length: CALLERS }, () => caller(at, chaos)),
    world(at, chaos, ids),
    world(at, chaos, ids),
  ]);
  await at.rows('update public.applications set attached = true where not attached');
  // Calm again: what the crashed left behind is buried, what was parked by losses is released.
  const gate = at.gate(async (item) => ({ verdict: 'verified', of: item.revision }), {
    limits: { concurrencyMax: CAP, batchMax: 100 },
  });
  await gate.resume();
  const pending = "select count(*)::int from public.applications where status = 'pending'";
  for (let n = 0; n < 60 && (await at.one<number>(pending)) > 0; n += 1) {
    await at.rows("update tidegate.runs set touched_at = touched_at - interval '16 s' where closed_at is null");
    await at.rows("update tidegate.gates set awake_since = awake_since - interval '16 s'");
    await at.rows("update tidegate.items set until = since_at, span_ms = 0 where state = 'waiting'");
    await gate.release(
      (await at.rows<{ key: string }>("select key from tidegate.items where state = 'parked'")).map(({ key }) => key),
    );
    await gate.run();
    await wait(20);
  }
  chaos.over = true;
  await watching;
  assert.ok(looks > 50);
  assert.deepEqual(broken, []);
  assert.deepEqual(chaos.escaped, []);
  const left = `select a.id, a.attached, a.revision, to_jsonb(i) as item from public.applications a left join tidegate.items i on i.key = a.id::text
    where a.status = 'pending'`;
  assert.deepEqual(await at.rows(left), [], 'nothing is lost');
  assert.equal(await at.one("select count(*)::int from tidegate.items where state = 'leased'"), 0);
  assert.equal(
    await at.one('select count(*)::int from tidegate.items where answer is not null and state <> $1', ['done']),
    0,
  );
});
