import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { testDatabase } from '../../../test/database.ts';
import { scene } from './builders.ts';

const at = await scene({ after });
const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../src/cli.ts');

type Said = { code: number; out: string; err: string };

const tidegate = (...words: string[]): Promise<Said> => tidegateOn(at.url, ...words);

async function tidegateOn(url: string, ...words: string[]): Promise<Said> {
  const env = { ...process.env, DATABASE_URL: url, TIDEGATE_DIR: '/nonexistent' };
  return await run(process.execPath, [CLI, ...words], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
}

test("the command line tells a gate's state, explains a record, pauses, resumes and releases", async () => {
  const [id = ''] = await at.add(1);
  assert.match((await tidegate('status')).out, /no gate yet/);
  assert.match((await tidegate('explain', id)).err, /no gate yet/);
  await at
    .gate(async () => Promise.reject(Object.assign(new Error('bad'), { blame: 'row', code: 'bad' })), {
      limits: { attemptsMax: 1 },
    })
    .run();
  assert.match(
    (await tidegate('status')).out,
    /verify-applications: open, 0 waiting for work, 0 of 4 places taken, 1 parked/,
  );
  assert.match((await tidegate('explain', id)).out, /^It is parked after attempt 1: bad/);
  assert.equal((await tidegate('explain', 'not-a-key')).code, 1);
  assert.deepEqual(JSON.parse((await tidegate('release', id, '--json')).out), { released: [id] });
  const again = await tidegate('release', id);
  assert.deepEqual([again.code, again.out], [1, '0 of 1 released; only parked records can be.\n']);
  assert.equal((await tidegate('pause', '--reason', 'month end')).code, 0);
  assert.equal(await at.one('select paused_reason from tidegate.gates'), 'month end');
  assert.equal((await tidegate('resume')).code, 0);
  assert.equal((await tidegate('pause', 'nobody')).code, 1);
});

test('a database without the schema is said so, with the command that mends it', async () => {
  const { url } = await testDatabase({ after });
  for (const words of [['status'], ['explain', '1'], ['pause']]) {
    const { code, err } = await tidegateOn(url, ...words);
    assert.equal(code, 1);
    assert.match(err, /^tidegate: Schema tidegate is missing or older .*\nRun "npx tidegate migrate"/);
  }
});

test('migrate is safe to repeat, and wrong words are exit 2 with a sentence', async () => {
  assert.match((await tidegate('migrate')).out, /schema is current/);
  for (const [words, sentence] of [
    [[], /a command is missing/],
    [['dance'], /no command "dance"/],
    [['explain'], /explain wants a KEY/],
    [['--nonsense'], /Unknown option '--nonsense'/],
    [['status', '--limit', '3'], /status takes no --limit/],
    [['pause', 'a', 'b'], /pause takes no "b"/],
    [['migrate', '--from', 'nowhere'], /there is no folder nowhere/],
  ] as const) {
    const { code, err } = await tidegate(...words);
    assert.equal(code, 2);
    assert.match(err, sentence);
    assert.match(err, /tidegate --help/);
  }
  assert.match((await tidegate('--help')).out, /tidegate migrate/);
});
