/** Every system by its name: what a worker process is told to run and what stands in the tables. */
import { graphile } from './graphile.ts';
import { pgBoss, pgBossBurst } from './pg-boss.ts';
import { cronLoop, floor, naiveAll, naivePooled } from './plain.ts';
import type { System } from './system.ts';
import { clock, endpoint, library } from './tidegate.ts';

/** The systems. */
export const SYSTEMS = {
  tidegate: library,
  'tidegate ticks': endpoint({ callers: 1 }),
  'tidegate two callers': endpoint({ callers: 2 }),
  'tidegate executor': endpoint({ callers: 1, executor: true }),
  'tidegate clock': clock,
  'graphile-worker': graphile,
  'pg-boss': pgBoss,
  'pg-boss burst': pgBossBurst,
  'cron loop': cronLoop,
  'naive pooled': naivePooled,
  'naive all': naiveAll,
  floor,
} as const satisfies Readonly<Record<string, System>>;

/** The name of a system. */
export type SystemName = keyof typeof SYSTEMS;

/** Those that `bench/peers` has to be installed for. */
export const PEERS: readonly SystemName[] = ['graphile-worker', 'pg-boss', 'pg-boss burst'];
