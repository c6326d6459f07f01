/**
 * What a lease of twenty costs the database, by key, at growing backlogs: time, shared buffers, sequential scans. Each
 * measured step leases and settles nothing; a second step, not measured, settles the twenty.
 */
import { randomUUID } from 'node:crypto';
import { DEFAULT_LIMITS } from '../packages/tidegate/src/config.ts';
import { openRun } from '../packages/tidegate/src/opening.ts';
import { type Place, walk } from '../packages/tidegate/src/source.ts';
import { closeRun, type StepAnswer, step } from '../packages/tidegate/src/store.ts';
import { APPLY, type Backlog, type BacklogSize, GATE, openBacklog } from './backlog.ts';
import { effortOf, withCluster } from './cluster.ts';
import type { Bench, Cell } from './report.ts';
import { median, quantile, rangeOf } from './statistics.ts';

const WANT = 20;
/** Offered beyond what is wanted, as a run does. */
const SPARE = 4;
const ROUNDS = 120;
const COUNTED = 20;
const WARM_UP = 10;

const SCENARIOS: readonly (readonly [string, BacklogSize])[] = [
  ['10,000 pending', { pending: 10_000 }],
  ['100,000', { pending: 100_000 }],
  ['1,000,000', { pending: 1_000_000 }],
  ['1,000,000, never analysed', { pending: 1_000_000, analysed: false }],
  ['1,000,000 behind 200,000 skipped and 10,000 parked', { pending: 1_000_000, skipped: 200_000, parked: 10_000 }],
  ['1,000,000 beside 1,000,000 done', { pending: 1_000_000, done: 1_000_000 }],
];

/** A lease of twenty. */
export const lease: Bench = {
  title: 'A lease of twenty',
  async run(say) {
    return await withCluster(async (cluster) => {
      const found: Figures[] = [];
      for (const [words, size] of SCENARIOS) {
        say(words);
        const backlog = await openBacklog(cluster, 'lease', size);
        found.push(await measure(backlog, words));
        await backlog.close();
      }
      const buffers = found.map((one) => median(one.buffers));
      const million = found.filter(({ words }) => words.startsWith('1,000,000'));
      const worstMs = Math.max(...million.map(({ ms }) => median(ms)));
      const growth = Math.max(...buffers) / Math.min(...buffers);
      const scans = found.reduce((sum, one) => sum + one.scans, 0);
      return {
        columns: ['source', 'ms median', 'ms p95', 'processor ms', 'buffers', 'an item', 'sequential scans'],
        rows: found.map(rowOf),
        bars: [
          { text: `at most 3 ms a lease of 20 at 1,000,000 (${worstMs.toFixed(2)})`, met: worstMs <= 3 },
          { text: `buffers flat from 10,000 on, within 1.5 (${growth.toFixed(2)})`, met: growth <= 1.5 },
          { text: 'no sequential scan of items, source, runs or attempts', met: scans === 0 },
        ],
        notes: [
          `${ROUNDS} steps a row, each leasing ${WANT} of ${WANT + SPARE} keys offered on one connection, the statement as the run sends it, round trip included; settling them is not measured. Buffers are the median and sequential scans the sum of ${COUNTED} more such steps. "Processor ms" is the median time the server's process computed for a step.`,
          `Noise: that process waited for a core for ${rangeOf(found.map((one) => one.waited * 100))} % of the time it wanted one.`,
        ],
      };
    });
  },
};

interface Figures {
  readonly words: string;
  readonly ms: number[];
  readonly ranMs: number[];
  readonly buffers: number[];
  scans: number;
  waited: number;
}

function rowOf({ words, ms, ranMs, buffers, scans }: Figures): Cell[] {
  return [words, median(ms), quantile(ms, 0.95), median(ranMs), median(buffers), median(buffers) / WANT, String(scans)];
}

async function measure({ pool, source }: Backlog, words: string): Promise<Figures> {
  const figures: Figures = { words, ms: [], ranMs: [], buffers: [], scans: 0, waited: 0 };
  const one = async (text: string): Promise<number> => Number(Object.values((await pool.query(text)).rows[0])[0]);
  const pid = await one('select pg_backend_pid()');
  const limits = { ...DEFAULT_LIMITS, concurrencyMax: WANT };
  const opened = await openRun(pool, GATE, {
    id: randomUUID(),
    trigger: 'cli',
    launcher: null,
    idempotencyKey: null,
    limits,
  });
  const run = opened.run as string;
  const candidates = await candidatesOf({ pool, source, gate: opened.gate });
  const ask = { gate: opened.gate, run, source, apply: APPLY, limits, force: false, tried: [] };
  const lease = async (round: number, act: (keys: readonly string[]) => Promise<StepAnswer>): Promise<void> => {
    const answer = await act(candidates.splice(0, WANT + SPARE).map(({ key }) => key));
    if (answer.leases.length !== WANT) throw new Error(`a step leased ${answer.leases.length} of ${WANT}`);
    const outcomes = answer.leases.map(doneOf);
    await step(pool, { ...ask, step: round * 2 + 2, want: 0, outcomes, held: answer.leases, keys: [] });
  };
  const stepOf = (round: number, keys: readonly string[]): Promise<StepAnswer> =>
    step(pool, { ...ask, step: round * 2 + 1, want: WANT, outcomes: [], held: [], keys });
  let began = effortOf(pid);
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    if (round === WARM_UP) began = effortOf(pid);
    await lease(round, async (keys) => {
      const [ranBefore, at] = [effortOf(pid).ranMs, performance.now()];
      const answer = await stepOf(round, keys);
      if (round >= WARM_UP) {
        figures.ms.push(performance.now() - at);
        figures.ranMs.push(effortOf(pid).ranMs - ranBefore);
      }
      return answer;
    });
  }
  const ended = effortOf(pid);
  const waitedMs = ended.waitedMs - began.waitedMs;
  figures.waited = waitedMs / (waitedMs + ended.ranMs - began.ranMs);
  // Counting costs time itself, so it comes after the timing, over what the timed steps have left behind.
  await pool.query(`set pg_stat_statements.track = 'all'`);
  for (let round = WARM_UP + ROUNDS; round < WARM_UP + ROUNDS + COUNTED; round += 1) {
    await lease(round, async (keys) => {
      await one(FLUSH);
      const [buffersBefore, scansBefore] = [await one(BUFFERS), await one(SCANS)];
      const answer = await stepOf(round, keys);
      await one(FLUSH);
      figures.buffers.push((await one(BUFFERS)) - buffersBefore);
      figures.scans += (await one(SCANS)) - scansBefore;
      return answer;
    });
  }
  const tally = { remaining: 0, atLeast: true, ended: 0, skipped: {}, hint: null, reason: null, error: null };
  await closeRun(pool, {
    gate: opened.gate,
    run,
    stopped: 'batch',
    ...tally,
    place: null,
    passedOver: null,
    stepMs: null,
  });
  return figures;
}

async function candidatesOf({ pool, source, gate }: Backlog | Omit<Backlog, 'close'>): Promise<Place[]> {
  const found: Place[] = [];
  let after: Place | null = null;
  while (found.length < (WARM_UP + ROUNDS + COUNTED) * (WANT + SPARE)) {
    const bite = await walk(pool, { gate, source, after, rowsMax: 10_000 });
    if (bite.last === null) throw new Error('the source has too few rows that may run');
    found.push(...bite.candidates);
    after = bite.last;
  }
  return found;
}

function doneOf({ key, attempt }: StepAnswer['leases'][number]): Parameters<typeof step>[1]['outcomes'][number] {
  const body = { verdict: 'verified' };
  const rest = { waitMs: 0, counts: false, reached: true, costMicros: 0, retryAfterMs: null };
  return { key, attempt, outcome: 'done', status: 200, body, summary: body, blame: null, ...rest };
}

const FLUSH = 'select pg_stat_force_next_flush()';

const BUFFERS = `
select coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0)
from pg_stat_statements s
where s.toplevel and s.query like '%tidegate.step_3(%'
  and s.dbid = (select d.oid from pg_database d where d.datname = current_database())`;

const SCANS = `
select sum(t.seq_scan)
from pg_stat_user_tables t
where t.relname in ('items', 'applications', 'runs', 'attempts')`;
