/**
 * The process that a system runs in. Its parent forks it and says what to do next; it answers each order by its name. Knows
 * nothing of what is measured but how long its own drain took.
 */
import { SYSTEMS, type SystemName } from '../systems/all.ts';
import type { Ready, Site } from '../systems/system.ts';

/** What a worker is started with. */
export interface WorkerSetting {
  readonly system: SystemName;
  readonly url: string;
  readonly aiUrl: string;
  readonly executorUrl: string;
  readonly cap: number;
  readonly meanMs: number;
  readonly connectionsMax: number;
}

/** What a worker is told, in this order; `open` to `close` may come again. */
export type Order =
  | { readonly order: 'install' | 'drain' | 'close' }
  | { readonly order: 'open'; readonly records: number }
  | { readonly order: 'enqueue'; readonly ids: readonly string[] };

/** What it answers. The figures are those of the order that it answers. */
export interface Answer {
  readonly order: Order['order'];
  readonly error?: string;
  /** From the order until the last verdict was committed. */
  readonly ms: number;
  /** What this process computed meanwhile. */
  readonly processorMs: number;
  readonly done: number;
  readonly failed: number;
  /** The first failure's words. */
  readonly failure: string | null;
  /** Whether the system needs to be told of its rows. */
  readonly enqueues: boolean;
}

const setting = JSON.parse(process.argv[2] ?? '') as WorkerSetting;
const system = SYSTEMS[setting.system];
let ready: Ready | undefined;
let tally: Tally | undefined;

process.on('message', (order: Order) => void answer(order));
process.on('disconnect', () => process.exit(0));

async function answer(order: Order): Promise<void> {
  const [at, before] = [performance.now(), process.cpuUsage()];
  let error: string | undefined;
  try {
    await obey(order);
  } catch (cause) {
    error = (cause as Error).stack ?? String(cause);
  }
  const { user, system: kernel } = process.cpuUsage(before);
  const figures = {
    ms: (order.order === 'drain' ? (tally?.finishedAt ?? performance.now()) : performance.now()) - at,
    processorMs: (user + kernel) / 1_000,
    done: tally?.done.size ?? 0,
    failed: tally?.failed.size ?? 0,
    failure: tally?.failure ?? null,
    enqueues: ready?.enqueue !== undefined,
  };
  const said: Answer = { order: order.order, ...figures, ...(error === undefined ? {} : { error }) };
  process.send?.(said);
}

async function obey(order: Order): Promise<void> {
  if (order.order === 'install') return await ('install' in system ? system.install({ url: setting.url }) : undefined);
  if (order.order === 'open') {
    tally = createTally(order.records);
    ready = await system.open({ ...setting, ...tally.side });
    return;
  }
  if (ready === undefined) throw new Error(`"${order.order}" came before "open"`);
  if (order.order === 'enqueue') await ready.enqueue?.(order.ids);
  else if (order.order === 'drain') await ready.drain();
  else await ready.close();
}

interface Tally {
  readonly done: Set<string>;
  readonly failed: Set<string>;
  failure: string | null;
  finishedAt: number | null;
  readonly side: Pick<Site, 'done' | 'failed' | 'finished' | 'isFinished'>;
}

function createTally(records: number): Tally {
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (made.done.size + made.failed.size < records || made.finishedAt !== null) return;
    made.finishedAt = performance.now();
    resolve();
  };
  const made: Tally = {
    done: new Set(),
    failed: new Set(),
    failure: null,
    finishedAt: null,
    side: {
      finished,
      isFinished: () => made.finishedAt !== null,
      done(id) {
        made.done.add(id);
        made.failed.delete(id);
        look();
      },
      failed(id, error) {
        made.failed.add(id);
        made.failure ??= (error as Error).message;
        look();
      },
    },
  };
  return made;
}
