/**
 * What a tick sends to the database: over an empty backlog, and per record of a long run whose work takes no time, 50 ms
 * and 400 ms. The work waits in this process and calls nobody.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createGate } from '../packages/tidegate/src/gate.ts';
import type { Database, Limits } from '../packages/tidegate/src/types.ts';
import { APPLY, GATE, openBacklog } from './backlog.ts';
import { type Cluster, withCluster } from './cluster.ts';
import type { Bench, Cell } from './report.ts';
import { median, rangeOf } from './statistics.ts';

const CAP = 20;
const ROUNDS = 3;
const WORKS: readonly { readonly words: string; readonly ms: number; readonly records: number }[] = [
  { words: 'instant', ms: 0, records: 3_000 },
  { words: '50 ms', ms: 50, records: 2_000 },
  { words: '400 ms', ms: 400, records: 400 },
];

/** A tick over nothing, and long runs. */
export const tick: Bench = {
  title: 'Statements of a tick and of a record',
  async run(say) {
    return await withCluster(async (cluster) => {
      say('an empty backlog');
      const empty = await emptyTick(cluster);
      const rows: Cell[][] = [['a tick over an empty backlog', 0, empty, '–', '–', '–', '–', '–']];
      const waits: number[] = [];
      for (const work of WORKS) {
        say(`work of ${work.words}`);
        const found: Figures[] = [];
        for (let round = 0; round < ROUNDS; round += 1) found.push(await longRun(cluster, work));
        const of = (pick: (one: Figures) => number): number => median(found.map(pick));
        waits.push(...found.map(({ rate }) => rate / of((one) => one.rate)));
        const ideal = work.ms === 0 ? '–' : `${((100 * of((one) => one.rate) * work.ms) / 1000 / CAP).toFixed(1)} %`;
        const each = [of((one) => one.messages), of((one) => one.messages / work.records), of((one) => one.rate)];
        rows.push([
          `a run, work of ${work.words}`,
          work.records,
          ...each,
          ideal,
          of((one) => one.ranMs),
          of((one) => one.walBytes),
        ]);
      }
      return {
        columns: [
          '',
          'records',
          'messages',
          'a record',
          'records/s',
          'of what the cap allows',
          'processor ms a record',
          'WAL bytes a record',
        ],
        rows,
        bars: [{ text: `a tick over an empty backlog sends at most 3 messages (${empty})`, met: empty <= 3 }],
        notes: [
          `A gate with a cap of ${CAP} on one connection drains its source in one run, medians of ${ROUNDS}; a message is one statement sent and answered, whatever the functions behind it run. "Processor ms" is what all server processes computed.`,
          `Noise: rates between rounds were ${rangeOf(waits)} of their median; client and database share the machine's cores.`,
        ],
      };
    });
  },
};

interface Figures {
  readonly messages: number;
  readonly rate: number;
  readonly ranMs: number;
  readonly walBytes: number;
}

async function emptyTick(cluster: Cluster): Promise<number> {
  const backlog = await openBacklog(cluster, 'tick', { pending: 0 });
  const { database, sent } = counting(backlog.pool);
  const gate = gateOver(database, 0);
  await gate.run();
  const before = sent();
  await gate.run();
  const messages = sent() - before;
  await backlog.close();
  return messages;
}

async function longRun(cluster: Cluster, { ms, records }: { ms: number; records: number }): Promise<Figures> {
  const backlog = await openBacklog(cluster, 'tick', { pending: records });
  const { database, sent } = counting(backlog.pool);
  const gate = gateOver(database, ms);
  const wal = async (): Promise<number> =>
    Number((await backlog.pool.query(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)).rows[0]?.bytes);
  const [walBefore, ranBefore, at] = [await wal(), cluster.processorMs(), performance.now()];
  const result = await gate.run({ drain: true });
  const seconds = (performance.now() - at) / 1000;
  if (result.succeeded !== records) throw new Error(`${result.succeeded} of ${records} records were settled`);
  const ranMs = (cluster.processorMs() - ranBefore) / records;
  const walBytes = ((await wal()) - walBefore) / records;
  await backlog.close();
  return { messages: sent(), rate: records / seconds, ranMs, walBytes };
}

function gateOver(database: Database, ms: number): ReturnType<typeof createGate> {
  const limits: Partial<Limits> = { concurrencyMax: CAP, batchMax: CAP };
  return createGate({
    name: GATE,
    work: async () => {
      if (ms > 0) await sleep(ms);
      return { verdict: 'verified', confidence: 0.93 };
    },
    apply: APPLY,
    database,
    limits,
  });
}

function counting(pool: pg.Pool): { readonly database: Database; readonly sent: () => number } {
  let messages = 0;
  const query: Database['query'] = (text, values) => {
    messages += 1;
    return pool.query(text, values);
  };
  return { database: { query }, sent: () => messages };
}
