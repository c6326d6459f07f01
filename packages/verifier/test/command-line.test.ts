import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sampleLines, samplesFolder } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'verifier-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const cli = join(import.meta.dirname, '../src/cli.ts');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const lineOf = (more: Record<string, unknown>): string =>
  JSON.stringify({
    key: 'k',
    kind: 'receipt',
    claims: { company: 'A Shop', date: '2019-01-01', total: 1 },
    attachments: ['a.jpg'],
    ...more,
  });

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('verify answers every line in order, and only a line that is not JSON is an error', async () => {
  const [sample] = sampleLines();
  assert.ok(sample !== undefined);
  mkdirSync(join(folder, 'receipts'), { recursive: true });
  copyFileSync(join(samplesFolder, sample.attachments[0] as string), join(folder, sample.attachments[0] as string));
  const content = [
    JSON.stringify(sample),
    '',
    '{"key":',
    lineOf({ key: 'kind', kind: 'novel' }),
    '   ',
    '[]',
    JSON.stringify({ ...sample, key: 'again', note: 'ignored' }),
  ];
  const { code, out } = await run([
    'verify',
    file('mixed.jsonl', `\ufeff${content.join('\r\n')}\r\n`),
    '--concurrency',
    '1',
  ]);
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(code, 1);
  assert.deepEqual(
    answers.map((answer) => answer.key),
    [sample.key, undefined, 'kind', null, 'again'],
  );
  assert.equal(answers[1].line, 3);
  assert.match(answers[1].error, /not JSON/);
  assert.equal(answers[0].verdict, 'verified');
  assert.equal(answers[4].verdict, 'verified');
  for (const finding of answers[0].findings) {
    for (const { attachment, page, quote, box } of finding.evidence) {
      assert.deepEqual([attachment, page], [0, 1]);
      assert.ok(quote.length > 0);
      assert.ok(box.length === 4 && box.every((edge: number) => edge >= 0 && edge <= 1));
    }
  }
});

test('attachments never leave the folder of the file', async () => {
  writeFileSync(join(folder, 'real.jpg'), 'x');
  symlinkSync(join(folder, 'real.jpg'), join(folder, 'link.jpg'));
  symlinkSync('/', join(folder, 'root'));
  const paths = ['link.jpg', 'root/etc/hostname', '../x.jpg', 'a/../real.jpg', '/etc/hostname', ''];
  const content = paths.map((path) => lineOf({ key: path, attachments: [path] })).join('\n');
  const { code, out } = await run(['verify', file('outside.jsonl', content)]);
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(code, 0);
  assert.deepEqual(
    answers.map((answer) => answer.key),
    paths,
  );
  for (const answer of answers)
    assert.deepEqual([answer.verdict, answer.reasons], ['needs_review', ['attachment_outside']], answer.key);
});

test('what cannot be used is for a person, with the reason', async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ attachments: ['missing.jpg'] }, 'attachment_missing'],
    [{ attachments: [] }, 'no_attachment'],
    [{ attachments: undefined }, 'no_attachment'],
    [{ attachments: 'real.jpg' }, 'attachments_misshapen'],
    [{ attachments: Array.from({ length: 21 }, () => 'real.jpg') }, 'too_many_attachments'],
    [{ attachments: ['real.jpg'] }, 'attachment_refused'],
    [{ attachments: ['real.jpg'], claims: {} }, 'claims_empty'],
    [{ attachments: ['real.jpg'], claims: [] }, 'claims_not_an_object'],
    [{ attachments: ['real.jpg'], claims: { company: 'A', date: '2019-01-01' } }, 'total_not_claimed'],
    [
      { attachments: ['real.jpg'], claims: { company: 'A', date: '2019-01-01', total: 1, colour: 'red' } },
      'unknown_field',
    ],
    [{ attachments: ['real.jpg'], claims: { company: 'A', date: '2019-02-30', total: 1 } }, 'date_unreadable_claim'],
    [
      { attachments: ['real.jpg'], claims: { company: 'A', date: '2019-02-03', total: 'much' } },
      'total_unreadable_claim',
    ],
  ];
  writeFileSync(join(folder, 'real.jpg'), 'x');
  const { code, out } = await run(['verify', file('unusable.jsonl', cases.map(([more]) => lineOf(more)).join('\n'))]);
  assert.equal(code, 0);
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    answers.map((answer) => answer.reasons[0]),
    cases.map(([, reason]) => reason),
  );
  assert.ok(answers.every((answer) => answer.verdict === 'needs_review'));
});

test('unusable arguments end with 2 and name what is wrong', async () => {
  for (const [args, env, named] of [
    [[], {}, /command/],
    [['judge', 'x'], {}, /verify or eval/],
    [['verify', join(folder, 'nowhere.jsonl')], {}, /nowhere/],
    [['verify', file('e.jsonl', ''), '--provider', 'oracle'], {}, /oracle/],
    [['verify', file('e.jsonl', ''), '--concurrency', '0'], {}, /--concurrency/],
    [['verify', file('e.jsonl', ''), '--colour'], {}, /colour/],
    [['eval', file('e.jsonl', '')], { ATTEMPT_TIMEOUT_SECONDS: 'soon' }, /ATTEMPT_TIMEOUT_SECONDS/],
  ] as [string[], Record<string, string>, RegExp][]) {
    const { code, err, out } = await run(args, env);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, named);
    assert.equal(out, '');
  }
  assert.equal((await run(['--help'])).code, 0);
});

test('the end of a pipe is refused: attachments could lie nowhere', {
  skip: process.platform !== 'linux',
}, async () => {
  const { code, err } = await run(['verify', '/dev/stdin']);
  assert.equal(code, 2);
  assert.match(err, /^expected a file that can be read, got \/dev\/stdin$/m);
});

test('an evaluation prints coverage and error rates with their intervals', async () => {
  const lines = sampleLines().filter(({ attachments }) => attachments[0]?.includes('001.'));
  mkdirSync(join(folder, 'receipts'), { recursive: true });
  copyFileSync(
    join(samplesFolder, lines[0]?.attachments[0] as string),
    join(folder, lines[0]?.attachments[0] as string),
  );
  const path = file('labelled.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  const { code, out } = await run(['eval', path, '--json']);
  assert.equal(code, 0);
  const report = JSON.parse(out);
  assert.equal(report.labelled, lines.length);
  assert.deepEqual([report.wrongVerify.count, report.wrongReject.count], [0, 0]);
  assert.ok(report.wrongVerify.high > 0 && report.wrongVerify.high < 0.4);
  assert.equal(report.documents, 1);
  assert.deepEqual([report.cpuMs.median, report.cpuMs.p95], [report.cpuMs.perDocument, report.cpuMs.perDocument]);
  assert.ok(report.cpuMs.median > 0 && report.documentsPerMinute > 0);
  assert.ok(report.peakMemoryBytes > 50 * 2 ** 20);
  assert.deepEqual(
    report.byField.map(({ field }: { field: string }) => field),
    ['company', 'date', 'total'],
  );
  const page = await run(['eval', path]);
  assert.match(page.out, /coverage.*wrong-verify.*wrong-reject/s);
  assert.match(page.out, /median \d+, 95th percentile \d+\); [\d.]+ documents a minute; at most \d+ MB/);
});
