/** The catalogues side by side, the choice between them, and what is made of codes and of the gate's own sentences. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { intakeKinds } from '../lib/intake.ts';
import { localPath } from '../lib/local-path.ts';
import { chooseLocale, cookieFor } from '../lib/words/choose.ts';
import { sentences as englishCodes, tails } from '../lib/words/en/codes.ts';
import { formatsFor } from '../lib/words/format.ts';
import { wordsFor } from '../lib/words/index.ts';
import { sentences as koreanCodes } from '../lib/words/ko/codes.ts';

const en = wordsFor('en');
const ko = wordsFor('ko');
const engine = join(import.meta.dirname, '../../../packages/tidegate');

/** What is the same in both: names, signs, commands, and how a value is written. */
const same = new Set([
  'shell.product',
  'shell.none',
  'overview.noGatesCommand',
  'overview.atLeast',
  'record.onPage',
  'examples.krBusinessNumber',
  ...Array.from({ length: 8 }, (_, at) => `keys.list.${at}.0`),
]);

/** Written like codes in the verifier's sources, but no reason of a verdict. */
const noCodes = ['needs_review', 'unreadable_page', 'credit_balance_too_low', 'probe_number'];

/** Said by the gate and taken up by code or pattern: tested one by one below. */
const ofEngine = new Set(['explainReason', 'explainRule', 'because', 'runMessage', 'said', 'saidOf']);

describe('the Korean catalogue', () => {
  test('says everything that the English one says', () => {
    assert.deepEqual([...leaves(ko).keys()].toSorted(), [...leaves(en).keys()].toSorted());
    assert.deepEqual(Object.keys(koreanCodes).toSorted(), Object.keys(englishCodes).toSorted());
  });

  test('leaves nothing empty and nothing in English', () => {
    const english = leaves(en);
    for (const [path, said] of leaves(ko)) {
      assert.notEqual(said.trim(), '', path);
      if (same.has(path)) assert.equal(said, english.get(path), path);
      else if (!/^(overview|runs)\.triggers\.cron$/.test(path)) {
        assert.notEqual(said, english.get(path), path);
        assert.match(said, /\p{Script=Hangul}|^ID$/u, path);
      }
    }
    for (const [code, said] of Object.entries(koreanCodes)) assert.match(said, /\p{Script=Hangul}.*\.$/u, code);
  });

  test('names every kind and field that intake offers', () => {
    for (const { name, fields } of intakeKinds()) {
      for (const words of [en, ko]) {
        assert.ok(words.kinds[name], name);
        for (const field of fields) assert.ok(words.fields[field.name], `${name}.${field.name}`);
      }
    }
  });

  test('says every code that the verifier may give', () => {
    const folder = join(import.meta.dirname, '../../../packages/verifier/src');
    const files = globSync('{match,verdict,judge,read}/**/*.ts', { cwd: folder });
    const text = [...files, 'cascade.ts', 'second-look.ts', 'verifier.ts']
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const names = new Set([...Object.keys(en.fields), ...Object.keys(en.kinds), ...Object.keys(tails), ...noCodes]);
    const codes = new Set([...text.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map((match) => match[1] as string));
    assert.ok(codes.size > 50, [...codes].join());
    // What is missing here wants a sentence in both catalogues, or a place among those that are no reasons.
    assert.deepEqual(
      [...codes].filter((code) => !names.has(code) && !(code in englishCodes)),
      [],
    );
  });

  test('says a field and what became of it', () => {
    assert.equal(ko.explainReason('total_mismatch'), '합계: 문서의 내용이 다릅니다.');
    assert.equal(ko.explainReason('page_not_legible'), '페이지가 또렷하지 않습니다. 더 좋은 사진을 요청하십시오.');
    assert.equal(ko.explainReason('some_new_code'), 'Some new code');
  });

  test('counts and dates as Korean does', () => {
    const f = formatsFor('ko', 'Asia/Seoul');
    assert.equal(f.time('2026-11-25T22:00:00.000Z'), '11월 26일 07:00');
    assert.equal(f.duration(51 * 60_000), '51분');
    assert.equal(f.ago('2026-11-25T21:57:00.000Z', Date.parse('2026-11-25T22:00:00.000Z')), '3분 전');
    assert.equal(f.number(1_375_000), '1,375,000');
    assert.equal(f.money(1_060_000), '$1.06');
  });
});

describe('what the gate says, in Korean', () => {
  test('every rule is said by its name, with the figures in it', () => {
    const source = readFileSync(join(engine, 'src/explain.ts'), 'utf8');
    const names = [...source.matchAll(/\brule\(\s*'(\w+)'/g)].map((match) => match[1] as string);
    assert.ok(names.length >= 10, names.join());
    const values = { attempt: 3, waitS: 59, probeInS: 200, reason: 'no attachment', lost: 2, live: 4, cap: 4 };
    for (const rule of [...names, 'ruled', 'verdict', 'submitted', 'attachment']) {
      for (const holds of [true, false]) {
        const said = ko.explainRule({ rule, holds, text: 'As it stands.', values });
        assert.match(said, /^\P{Script=Latin}*$/u, `${rule}: ${said}`);
      }
    }
    const text = 'It waits another 59 s after attempt 3: no answer within 60 s.';
    const waits = { attempt: 3, waitS: 58.2, reason: 'no answer within 60 s' };
    assert.equal(
      ko.explainRule({ rule: 'backoff', holds: true, text, values: waits }),
      '시도 3 뒤에 59초 더 기다립니다: 60초 안에 응답이 없었습니다.',
    );
  });

  test('a rule that is not known, or lacks its figures, stands as the gate says it', () => {
    assert.equal(ko.explainRule({ rule: 'tide', holds: true, text: 'It is ebb.' }), 'It is ebb.');
    assert.equal(
      ko.explainRule({ rule: 'places', holds: true, text: 'All 4 places are taken.' }),
      'All 4 places are taken.',
    );
  });

  test('a run is said by its counts and by why it stopped', () => {
    const run = { processed: 20, succeeded: 19, failed: 1, deferred: 0, remaining: 18, stopped: 'batch' } as const;
    const none = { ...run, processed: 0, succeeded: 0, failed: 0, remaining: 5 };
    assert.equal(
      ko.runMessage({ ...run, message: '20 of 38 records processed: 19 succeeded, 1 failed, 0 deferred' } as never),
      '레코드 38건 중 20건 처리: 성공 19건, 실패 1건, 연기 0건',
    );
    assert.equal(ko.runMessage({ ...none, message: 'No records to process' } as never), '처리할 레코드가 없습니다');
    assert.equal(
      ko.runMessage({
        ...none,
        stopped: 'paused',
        message: 'No records started although 5 wait: the gate is paused: invoice in dispute (paused by admin)',
      } as never),
      '5건이 기다리지만 시작한 것이 없습니다: 게이트가 일시 중지되어 있습니다: invoice in dispute (admin 님이 일시 중지)',
    );
    assert.equal(
      ko.runMessage({
        ...none,
        stopped: 'drained',
        message: 'No records started although 5 wait: they are in backoff or being verified elsewhere',
      } as never),
      '5건이 기다리지만 시작한 것이 없습니다: 재시도를 기다리거나 다른 곳에서 검증하는 중입니다',
    );
    const raised = 'The source tidegate.verify_records raised: division by zero';
    assert.equal(ko.runMessage({ ...none, stopped: 'source', message: raised } as never), raised);
  });

  test('its phrases are known as it writes them today, and a quotation in them stays', () => {
    const sources = globSync(['src/*.ts', 'migrations/*.sql'], { cwd: engine })
      .map((file) => readFileSync(join(engine, file), 'utf8'))
      .join('\n')
      .replaceAll(/\$\{[^}]*\}|%s/g, '…');
    for (const [phrase, quoted] of [
      ['no answer within … s', null],
      ['the run had to answer before this attempt did', null],
      ['the lease is no longer ours', null],
      ['given back unspent: the process is stopping', null],
      ['the process that held it ended', null],
      ['the process that held it died, was frozen or lost the database', null],
      ['the record changed, was decided or left the source while it was being verified', null],
      ['apply wrote this record, and it still stands in the source: the next walk would pay again', null],
      ['apply wrote nothing for this record, and it still stands in the source', null],
      ['the provider fails on this record only: ', 'Overloaded.'],
      ['… failures of the provider in a row, the last: …', null],
      ['apply failed for … records in a row, the last: …', null],
      ['the source raised after apply: ', 'division by zero'],
      ['the provider asked to wait until …', null],
      ['… of … places are taken', null],
      ['… attempts a minute are used up', null],
      ['… tokens a minute are used up', null],
      ['$… of $… are spent today', null],
      ['released by a person', null],
      ['… rows were passed over: their condition belongs in the where clause of tidegate.…', null],
    ] as const) {
      assert.ok(sources.includes(phrase), `the gate still says: ${phrase}`);
      const text = phrase.replaceAll('…', '7') + (quoted ?? '');
      const said = ko.said(text);
      assert.notEqual(said, text);
      assert.match(said, /\p{Script=Hangul}/u, text);
      assert.ok(said.includes(quoted?.replace(/\.$/, '') ?? ''), said);
    }
  });

  test('what a person, a provider or the database said stands as it is', () => {
    for (const text of [
      'invoice in dispute',
      'HTTP 529: Overloaded',
      'duplicate key value violates unique constraint',
    ]) {
      assert.equal(ko.said(text), text);
    }
    assert.equal(ko.saidOf('apply_failed', 'value too long'), `${ko.explainReason('apply_failed')} value too long`);
    assert.equal(ko.saidOf('attachment_missing', 'There is no file by that path.'), '파일이 저장소에 없습니다.');
    assert.equal(ko.saidOf('http_422', 'nine digits where ten belong'), 'nine digits where ten belong');
    assert.equal(ko.saidOf('not_found', 'No such customer.'), 'No such customer.');
  });

  test('in English it stands as it is', () => {
    assert.equal(en.said('no attachment'), 'no attachment');
    assert.equal(en.saidOf('attachment_missing', 'There is no file by that path.'), 'There is no file by that path.');
    assert.equal(
      en.explainRule({ rule: 'paused', holds: false, text: 'The gate is not paused.' }),
      'The gate is not paused.',
    );
  });
});

describe('the choice of a language', () => {
  test('a person’s choice comes first, then the browser’s wish, then English', () => {
    for (const [chosen, accepted, language] of [
      ['ko', 'en', 'ko'],
      ['en', 'ko-KR,ko;q=0.9', 'en'],
      [undefined, 'ko-KR,ko;q=0.9,en;q=0.8', 'ko'],
      [undefined, 'de-DE, ko;q=0.3, en;q=0.7', 'en'],
      [undefined, 'fr, KO', 'ko'],
      [undefined, 'ko;q=0, en;q=0.1', 'en'],
      [undefined, 'ko;q=nonsense', 'en'],
      ['tlh', null, 'en'],
      ['', '*', 'en'],
    ] as const) {
      assert.equal(chooseLocale(chosen, accepted), language, `${chosen} ${accepted}`);
    }
  });

  test('is kept for a year, by a cookie that travels over TLS alone where there is TLS', () => {
    assert.equal(cookieFor('ko', { secure: true }).split('; ').at(-1), 'Secure');
    assert.match(
      cookieFor('ko', { secure: false }),
      /^tidegate-language=ko; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/,
    );
  });

  test('leads back into this console and nowhere else', () => {
    for (const [asked, path] of [
      ['/records?status=verified&q=한강', '/records?status=verified&q=%ED%95%9C%EA%B0%95'],
      ['//evil.example', '/'],
      ['/.//evil.example', '/'],
      ['/\\evil.example', '/'],
      ['/\t/evil.example', '/'],
      ['https://evil.example/', '/'],
      ['records', '/'],
      [null, '/'],
    ] as const) {
      assert.equal(localPath(asked), path, String(asked));
    }
  });
});

/** Every string of a catalogue by its path; what takes arguments is called with letters. */
function leaves(words: object, path = ''): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(words) as [string, unknown][]) {
    const at = path === '' ? name : `${path}.${name}`;
    if (ofEngine.has(at)) continue;
    if (typeof value === 'string') found.set(at, value);
    else if (typeof value === 'function') found.set(at, String(value('succeeded', '2', '3')));
    else for (const [inner, said] of leaves(value as object, at)) found.set(inner, said);
  }
  return found;
}
