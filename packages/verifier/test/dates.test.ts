import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { datesIn, orderOf, parseDate } from '../src/normalize/dates.ts';

const anyDay = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2049-12-31T00:00:00Z'),
  noInvalidDate: true,
});

test('a date is the same day in every usual way of its locale', () => {
  for (const text of [
    '2018-12-25',
    '25/12/2018',
    '25.12.2018',
    '25-12-18',
    '25 Dec 2018',
    '25DEC18',
    'Dec 25, 2018',
    '25 December 2018',
    '2018년 12월 25일',
    '20181225',
    '2018/12/25',
  ]) {
    assert.deepEqual(parseDate(text, 'dmy'), ['2018-12-25'], text);
  }
  assert.deepEqual(parseDate('12/25/2018', 'mdy'), ['2018-12-25']);
  assert.deepEqual(parseDate('24.11.05', 'ymd'), ['2024-11-05']);
  assert.deepEqual(parseDate('2024. 1. 5.', 'ymd'), ['2024-01-05']);
});

test('without a known order both readings stand', () => {
  assert.deepEqual(parseDate('03/06/2018', null), ['2018-03-06', '2018-06-03']);
  assert.deepEqual(parseDate('03/06/2018', 'dmy'), ['2018-06-03']);
  assert.deepEqual(parseDate('03/06/2018', 'mdy'), ['2018-03-06']);
  assert.deepEqual(parseDate('25/06/2018', null), ['2018-06-25']);
});

test('a day the calendar does not have is no date, and there is never a default', () => {
  for (const text of ['31/02/2024', '2019-02-29', '00/01/2020', '32 Dec 2018', '23/04/2817', 'no date', '', '1990']) {
    assert.deepEqual(parseDate(text, 'dmy'), [], text);
  }
});

test('any day survives being printed and read in the order of its place', () => {
  fc.assert(
    fc.property(anyDay, (date) => {
      const iso = date.toISOString().slice(0, 10);
      const [year = '', month = '', day = ''] = iso.split('-');
      assert.deepEqual(parseDate(`${day}/${month}/${year}`, 'dmy'), [iso]);
      assert.deepEqual(parseDate(`${month}/${day}/${year}`, 'mdy'), [iso]);
      assert.deepEqual(parseDate(`${year}. ${Number(month)}. ${Number(day)}.`, 'ymd'), [iso]);
      assert.ok(parseDate(`${day}/${month}/${year}`, null).includes(iso));
    }),
  );
});

test('a time that a reader glued to the date does not change it', () => {
  for (const text of [
    'Date: 25/12/20188:13:39PM',
    '25-12-185:23:26PM',
    '25Dec 201818:17',
    '25Dec20189:27PM',
    '25/12/2018·12:44',
  ]) {
    assert.deepEqual(
      datesIn(text, 'dmy').map(({ days }) => days),
      [['2018-12-25']],
      text,
    );
  }
});

test('amounts, telephone numbers and item lines are no dates', () => {
  for (const text of ['1 SET 20.00', '2 MAC 10.00', '03-77318169', 'TEL 012-6651783', '24"X18" ROLLER', 'Friday 14']) {
    assert.deepEqual(datesIn(text, 'dmy'), [], text);
  }
});

test('a locale settles the order where its region has one', () => {
  assert.equal(orderOf('en-MY'), 'dmy');
  assert.equal(orderOf('en-US'), 'mdy');
  assert.equal(orderOf('ko-KR'), 'ymd');
  assert.equal(orderOf('de'), 'dmy');
  assert.equal(orderOf('en'), null);
  assert.equal(orderOf('en-CA'), null);
  assert.equal(orderOf(null), null);
});
