/** What pages say: hidden characters made visible, codes as sentences, figures in the reader's language. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatsFor } from '../lib/words/format.ts';
import { wordsFor } from '../lib/words/index.ts';
import { visibleParts, visibleText } from '../lib/words/visible.ts';

describe('text from strangers', () => {
  test('hidden and turning characters are shown by their code points', () => {
    assert.equal(
      visibleText('PAY\u202eLAP\u200b \u2066x\u2069\u0000'),
      'PAY[U+202E]LAP[U+200B] [U+2066]x[U+2069][U+0000]',
    );
    assert.equal(visibleText('\u{e0041}\ufeff\u00ad\u3164\ud800'), '[U+E0041][U+FEFF][U+00AD][U+3164][U+D800]');
  });

  test('ordinary text stays as it is, Korean, accents and line breaks included', () => {
    for (const text of ['주식회사 한강물산', 'Bürobedarf Federstrich', 'é', 'a\nb\tc', '₩1,375,000', '𠮷']) {
      assert.deepEqual(visibleParts(text), [{ text }]);
    }
    assert.deepEqual(visibleParts(''), []);
  });
});

describe('codes', () => {
  const { explainReason } = wordsFor('en');

  test('a field and what became of it are said in words', () => {
    assert.equal(explainReason('total_mismatch'), 'Total: the document says something else.');
    assert.equal(explainReason('business_number_not_found'), 'Business number: not found in the documents.');
    assert.equal(explainReason('page_not_legible'), 'The page cannot be read well enough. Ask for a better picture.');
  });

  test('what is not known is shown as words, and a sentence as it is', () => {
    assert.equal(explainReason('some_new_code'), 'Some new code');
    assert.equal(explainReason('status 422: nine digits'), 'Status 422: nine digits');
  });
});

describe('figures', () => {
  const f = formatsFor('en', 'Asia/Seoul');

  test('money keeps what a cent would hide, times stand in the zone of the installation', () => {
    assert.equal(f.money(3_400), '$0.0034');
    assert.equal(f.money(1_060_000), '$1.06');
    assert.equal(f.money(0), '$0.00');
    assert.match(f.time('2026-11-25T22:00:00.000Z'), /Nov 26.*07:00/);
  });

  test('durations and ages have two figures at most, and never lie in the future', () => {
    const now = Date.parse('2026-11-25T22:00:00.000Z');
    assert.equal(f.duration(850), '850 ms');
    assert.equal(f.duration(4_240), '4.2 sec');
    assert.equal(f.duration(51 * 60_000), '51 min');
    assert.equal(f.ago('2026-11-25T21:57:00.000Z', now), '3 minutes ago');
    assert.equal(f.ago('2026-11-25T22:05:00.000Z', now), 'now');
  });
});
