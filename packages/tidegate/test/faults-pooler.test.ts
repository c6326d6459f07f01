import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { NO_PGBOUNCER, pgbouncer } from '../../../test/pgbouncer.ts';
import { openPoolFor } from '../src/database.ts';
import { farEnd, gateOn, scene } from './builders.ts';
import { wait } from './by-hand.ts';

/** Whole suites that hold through a pooler to the letter. */
const SUITES = [
  'laws-chaos',
  'crash',
  'outcomes',
  'laws-apply',
  'lost-answers',
  'duplicate-triggers',
  'apply',
  'laws-leases',
  'laws-breaker',
  'limits',
  'gate',
];
/** These set what a session begins with, which the sessions that the pooler keeps open do not hear of. */
const OF_A_SESSION = ['default isolation is repeatable read', 'statement_timeout of the role'];
const bouncer = await pgbouncer({ after }, process.env.TIDEGATE_TEST_DATABASE_URL ?? '', { poolSize: 3 });
const skip = bouncer === null ? NO_PGBOUNCER : false;

describe('through PgBouncer in transaction mode with three connections to the server', { skip, concurrency: 2 }, () => {
  for (const suite of SUITES) {
    test(`the suite ${suite} holds`, async () => {
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const child = spawn(
        process.execPath,
        [
          ...['--test', '--test-reporter=tap', '--test-timeout=120000'],
          ...OF_A_SESSION.map((name) => `--test-skip-pattern=/${name}/`),
          join(import.meta.dirname, `${suite}.test.ts`),
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, TIDEGATE_TEST_POOLER_PORT: String(bouncer?.port) } },
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
      const [code] = await once(child, 'close');
      assert.equal(code, 0, said);
      assert.match(said, /^# pass [1-9]/m, said);
    });
  }
});

test('a pooler that is killed and started again in the middle of a run repeats no call and loses nothing', {
  skip,
}, async (t) => {
  const at = await scene(t);
  const own = await pgbouncer(t, at.url, { poolSize: 3 });
  if (own === null) return t.skip(NO_PGBOUNCER);
  const far = await farEnd(t);
  await at.add(20);
  let back: Promise<void> | undefined;
  far.script = async () => {
    if (far.calls.length === 6) {
      await own.kill();
      back = wait(600).then(own.start);
    }
    return { delayMs: 20 };
  };
  const gate = gateOn(at.own(openPoolFor(own.through(at.url))), far.work, { limits: { concurrencyMax: 4 } });
  const result = await gate.run();
  await back;
  assert.equal(result.succeeded, 20, JSON.stringify(result));
  assert.equal(far.calls.length, 20);
  assert.equal(await at.one('select count(*)::int from public.applications where written = 1'), 20);
});
