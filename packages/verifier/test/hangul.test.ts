import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jamoDistance, jamoOf } from '../src/normalize/hangul.ts';
import { bareCompany, barePerson } from '../src/normalize/korean-names.ts';
import { hangulClasses, lettersOf } from '../src/read/hangul-alphabet.ts';

const syllable = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code));
const hangulName = fc.array(syllable, { minLength: 2, maxLength: 4 }).map((syllables) => syllables.join(''));

test('a syllable differs from itself by nothing and from every other one by a jamo at least', () => {
  fc.assert(fc.property(syllable, (one) => jamoDistance(one, one) === 0));
  fc.assert(fc.property(syllable, syllable, (one, other) => one === other || jamoDistance(one, other) >= 1));
});

test('the distance of two names is the same both ways and never more than their jamo', () => {
  fc.assert(
    fc.property(hangulName, hangulName, (one, other) => {
      const distance = jamoDistance(one, other);
      return distance === jamoDistance(other, one) && distance <= Math.max(jamoOf(one).length, jamoOf(other).length);
    }),
  );
});

test('a legal form before or behind a company, in any spelling, is no part of its name', () => {
  const forms = ['주식회사 ', '(주)', '㈜', '유한회사', '(유)', '농업회사법인 주식회사 '];
  for (const form of forms) {
    assert.equal(bareCompany(`${form}온새식품`), '온새식품', form);
    assert.equal(bareCompany(`온새식품${form}`), '온새식품', form);
  }
  assert.equal(bareCompany(': (주)온새식품'), '온새식품');
  assert.equal(bareCompany('㈜ SH&B 무역'), 'SH&B무역');
});

test('two companies that differ in a syllable stay different without their legal forms', () => {
  const brand = fc.array(syllable, { minLength: 3, maxLength: 6 }).map((syllables) => syllables.join(''));
  fc.assert(
    fc.property(brand, brand, (one, other) => {
      fc.pre(one !== other && ![one, other].some((name) => /회사|조합|법인|^주|주$/.test(name)));
      return bareCompany(`주식회사 ${one}`) !== bareCompany(`(주)${other}`);
    }),
  );
});

test('a legal form is taken off also where a stroke of it was mistaken', () => {
  for (const written of ['주석회사동원골테크', '동원골테크 주식희사', '유힌회사 동원골테크', '주식회사 동원골테크'])
    assert.equal(bareCompany(written), '동원골테크', written);
  assert.equal(bareCompany('주식회사'), '주식회사');
});

test('what is set around a name on paper is taken off, and no syllable of the name', () => {
  for (const written of ['홍가람', ': 홍가람', '홍가람 (인)', '홍가람(서명)', '홍가람 귀하', '홍 가 람']) {
    assert.equal(barePerson(written), '홍가람', written);
  }
  assert.equal(barePerson('김정인'), '김정인');
  fc.assert(fc.property(hangulName, (name) => /대표|귀하|님$/.test(name) || barePerson(name) === name));
});

/** Classes of a syllable as the network spells it: initial, vowel and, where it has one, final. */
function spelt(letter: string): number[] {
  const code = letter.charCodeAt(0) - 0xac00;
  const classes = [1 + Math.floor(code / 588), 20 + Math.floor((code % 588) / 28)];
  return code % 28 === 0 ? classes : [...classes, 40 + (code % 28)];
}

test('every text of syllables is put together from its jamo again, in order and in its place', () => {
  fc.assert(
    fc.property(hangulName, (name) => {
      const classes = [...name].flatMap(spelt);
      const letters = lettersOf(classes.map((index, i) => ({ class: index, at: i / classes.length, score: 1 })));
      const places = letters.map(({ at }) => at);
      return (
        letters.map(({ char }) => char).join('') === name &&
        places.every((at, i) => i === 0 || at > (places[i - 1] ?? 0))
      );
    }),
  );
});

test('half a syllable, whatever else the network says, is no letter', () => {
  const index = fc.integer({ min: 1, max: hangulClasses - 1 });
  fc.assert(
    fc.property(fc.array(index, { maxLength: 12 }), (classes) => {
      const letters = lettersOf(classes.map((one, i) => ({ class: one, at: i / 12, score: 1 })));
      return letters.every(({ char }) => /^[가-힣]$/.test(char) || /^[!-~·₩㈜]$/.test(char));
    }),
  );
});
