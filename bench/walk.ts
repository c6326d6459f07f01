/**
 * What walking costs: bites of two sizes over rows that may run, and the way past rows that may not, as a run walks it.
 * Nothing is leased.
 */
import { walk as bite, type Place } from '../packages/tidegate/src/source.ts';
import type { Database } from '../packages/tidegate/src/types.ts';
import { createWalker } from '../packages/tidegate/src/walker.ts';
import { type Backlog, type BacklogSize, openBacklog } from './backlog.ts';
import { effortOf, withCluster } from './cluster.ts';
import type { Bench, Cell } from './report.ts';
import { median, quantile, rangeOf } from './statistics.ts';

const PENDING = 1_000_000;
const BITES = 40;
const PASSES = 5;

/** A walk over the source. */
export const walk: Bench = {
  title: 'A walk over 1,000,000 rows',
  async run(say) {
    return await withCluster(async (cluster) => {
      const found: Figures[] = [];
      const over = async (words: string, size: BacklogSize, measure: (backlog: Backlog) => Promise<Figures[]>) => {
        say(words);
        const backlog = await openBacklog(cluster, 'walk', size);
        found.push(...(await measure(backlog)));
        await backlog.close();
      };
      const bites = async (backlog: Backlog, words: string) => [
        await biteAfterBite(backlog, `bites of 200${words}`, 200),
        await biteAfterBite(backlog, `bites of 10,000${words}`, 10_000),
      ];
      await over('bites', { pending: PENDING }, (backlog) => bites(backlog, ''));
      await over('never analysed', { pending: PENDING, analysed: false }, (backlog) =>
        bites(backlog, ', never analysed'),
      );
      await over('skipped', { pending: PENDING, skipped: 200_000 }, async (backlog) => [
        await past(backlog, 'past 200,000 skipped rows', 200_000),
      ]);
      await over('parked', { pending: PENDING, parked: 100_000 }, async (backlog) => [
        await past(backlog, 'past 100,000 parked rows', 100_000),
      ]);
      const worstMs = Math.max(...found.map(({ ms }) => median(ms)));
      return {
        columns: [
          'walk',
          'rows',
          'bites',
          'ms a bite median',
          'p95',
          'processor ms a bite',
          'µs a row',
          'processor µs a row',
        ],
        rows: found.map(rowOf),
        bars: [
          {
            text: `at most 200 ms a bite (${Math.round(worstMs)} at the median of the slowest kind)`,
            met: worstMs <= 200,
          },
        ],
        notes: [
          `Bites: ${BITES} one after another from the oldest row on. Past rows: the walker of a run until its first candidate, ${PASSES} times; its bites grow from 200 to 10,000 rows. Times are the client's, round trip and parsing included; "processor" is what the server's process computed.`,
          `Noise: that process waited for a core for ${rangeOf(found.map((one) => one.waited * 100))} % of the time it wanted one.`,
        ],
      };
    });
  },
};

interface Figures {
  readonly words: string;
  rows: number;
  readonly ms: number[];
  readonly ranMs: number[];
  waited: number;
}

function rowOf({ words, rows, ms, ranMs }: Figures): Cell[] {
  const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
  const each = [(sum(ms) / rows) * 1000, (sum(ranMs) / rows) * 1000];
  return [words, rows, ms.length, median(ms), quantile(ms, 0.95), median(ranMs), ...each];
}

async function biteAfterBite({ pool, gate, source }: Backlog, words: string, rowsMax: number): Promise<Figures> {
  const { database, figures } = await watched(pool, words);
  let after: Place | null = null;
  await bite(pool, { gate, source, after, rowsMax });
  for (let n = 0; n < BITES; n += 1) {
    const { rows, last } = await bite(database, { gate, source, after, rowsMax });
    figures.rows += rows;
    after = last;
  }
  return figures;
}

async function past({ pool, gate, source }: Backlog, words: string, rows: number): Promise<Figures> {
  const { database, figures } = await watched(pool, words);
  for (let n = 0; n < PASSES; n += 1) {
    const setting = { gate, source, kept: null, only: null, restarts: false, now: () => performance.now() };
    const walker = createWalker(database, setting);
    while (walker.peek(1).length === 0 && !walker.ended) await walker.fill(1);
    if (walker.passedOver !== rows) throw new Error(`the walk passed over ${walker.passedOver} rows, not ${rows}`);
    figures.rows += rows;
  }
  return figures;
}

/** The pool, with every statement timed from outside and from the server's process. */
async function watched(pool: Backlog['pool'], words: string): Promise<{ database: Database; figures: Figures }> {
  const figures: Figures = { words, rows: 0, ms: [], ranMs: [], waited: 0 };
  const pid = Number((await pool.query('select pg_backend_pid() as pid')).rows[0]?.pid);
  const began = effortOf(pid);
  const database: Database = {
    async query(text, values) {
      const [before, at] = [effortOf(pid), performance.now()];
      const result = await pool.query(text, values);
      figures.ms.push(performance.now() - at);
      const after = effortOf(pid);
      figures.ranMs.push(after.ranMs - before.ranMs);
      const waitedMs = after.waitedMs - began.waitedMs;
      figures.waited = waitedMs / (waitedMs + after.ranMs - began.ranMs);
      return result;
    },
  };
  return { database, figures };
}
