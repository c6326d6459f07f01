/** When a tick is overdue: never a false alarm, and none that comes a day late for a five-minute clock. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tickEveryMs } from '../lib/schedule.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

describe('the longest gap between ticks', () => {
  const gaps: readonly [string | null, number | null][] = [
    [null, null],
    ['* * * * *', minute],
    ['*/5 * * * *', 5 * minute],
    ['0,30 * * * *', 30 * minute],
    ['0,10 * * * *', 50 * minute],
    ['7 * * * *', 60 * minute],
    ['0 */6 * * *', 6 * 60 * minute],
    ['0 3 * * *', day],
    ['30 9-17 * * *', day],
    ['*/10 * * * * *', minute],
    ['0 9 * * 1-5', 31 * day],
    ['0 0 1 * *', 31 * day],
  ];
  for (const [schedule, gap] of gaps) {
    it(`of ${schedule ?? 'no schedule'} is ${gap === null ? 'unknown' : `${gap / minute} minutes`}`, () => {
      assert.equal(tickEveryMs(schedule), gap);
    });
  }
});
