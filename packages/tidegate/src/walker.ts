/**
 * Where a run stands in its source: reads it in bites, oldest first, and hands out candidates in order. Keeps counts for
 * the tick's answer; leases nothing and locks nothing.
 */
import { isBeyond, lookAhead, type Place, type Source, walk } from './source.ts';
import type { Database } from './types.ts';

const BITE_ROWS = 200;
const BITE_ROWS_MAX = 10_000;
const LOOK_AHEAD_ROWS = 1_000;
const RESTART_MS = 60_000;
/** More rows passed over than this, and their condition belongs in the view's `where`. */
const PASSED_OVER_HINT = 10_000;

export interface Walker {
  /** Reads one more bite unless enough candidates are at hand or the source has ended. */
  fill(wanted: number): Promise<void>;
  /** The next candidates, without taking them. */
  peek(count: number): readonly string[];
  /** These were leased or refused: not offered again. `leased`: at least one of them was. */
  take(keys: ReadonlySet<string>, leased: boolean): void;
  /** Nothing more to find, for now. */
  readonly ended: boolean;
  /** The whole source was read from its oldest row on, and not from a kept place. */
  readonly complete: boolean;
  /** Rows leased by anybody that this run walked over. */
  readonly leased: number;
  /** Whether this key was among the candidates. */
  saw(key: string): boolean;
  readonly skipped: Readonly<Record<string, number>>;
  /** What wants work: seen by this run, and a look ahead of at most 1,000 rows. */
  remaining(ended: number): Promise<{ readonly remaining: number; readonly atLeast: boolean }>;
  /** Where the next run goes on; null when the end was reached or nothing was passed over. */
  readonly place: Place | null;
  readonly passedOver: number;
  readonly hint: string | null;
}

/** Where and how to walk. */
export interface WalkSetting {
  readonly gate: number;
  readonly source: Source;
  /** Where the last run had to stop. */
  readonly kept: Place | null;
  /** Keys to offer instead of walking. */
  readonly only: readonly string[] | null;
  /** A long run begins again at the oldest every minute, and at the end. */
  readonly restarts: boolean;
  readonly now: () => number;
}

/** A walk over one gate's source. */
export function createWalker(database: Database, setting: WalkSetting): Walker {
  const { gate, source, kept, only, restarts, now } = setting;
  const skipped: Record<string, number> = {};
  const seen = new Set<string>();
  let queue: Place[] = (only ?? []).map((key) => ({ key, position: '' }));
  let at: Place | null = null;
  let consumed: Place | null = null;
  let resume = kept;
  let jumped = false;
  let ended = only !== null;
  let rowsMax = BITE_ROWS;
  let startedAt = now();
  let wanting = 0;
  let leased = 0;
  let passedOver = 0;
  let leasedSinceStart = false;

  const restart = (): void => {
    [at, ended, startedAt, leasedSinceStart, rowsMax] = [null, false, now(), false, BITE_ROWS];
  };

  const bite = async (): Promise<void> => {
    const { rows, last, candidates, ...counts } = await walk(database, { gate, source, after: at, rowsMax });
    const fresh = restarts ? candidates : candidates.filter(({ key }) => !seen.has(key));
    for (const { key } of fresh) seen.add(key);
    const waiting = new Set(queue.map(({ key }) => key));
    queue.push(...fresh.filter(({ key }) => !waiting.has(key)));
    for (const [reason, n] of Object.entries(counts.skipped)) {
      skipped[reason] = (skipped[reason] ?? 0) + n;
      passedOver += n;
    }
    passedOver += counts.passed;
    wanting += fresh.length + counts.open;
    leased += counts.leased;
    if (last !== null) at = last;
    ended = rows < rowsMax;
    if (!ended && candidates.length < rows / 10) rowsMax = Math.min(BITE_ROWS_MAX, rowsMax * 4);
    // One bite from the oldest, then on from where the last run had to stop.
    if (
      resume !== null &&
      !ended &&
      (at === null || (await isBeyond(database, { source, place: resume, other: at })))
    ) {
      at = resume;
      jumped = true;
    }
    resume = null;
  };

  return {
    async fill(wanted) {
      if (restarts && now() - startedAt > RESTART_MS) restart();
      if (queue.length >= wanted) return;
      // At the end, a long run looks once more from the oldest, as long as the last pass leased something: what
      // it only found, and could not lease, would keep it walking in a circle.
      if (ended && restarts && leasedSinceStart) restart();
      if (!ended) await bite();
    },
    peek: (count) => queue.slice(0, count).map(({ key }) => key),
    take(keys, leasedOne) {
      leasedSinceStart ||= leasedOne;
      queue = queue.filter((place) => {
        if (keys.has(place.key)) consumed = place;
        return !keys.has(place.key);
      });
    },
    get ended() {
      return ended && queue.length === 0 && (!restarts || !leasedSinceStart);
    },
    get complete() {
      return ended && !jumped;
    },
    get leased() {
      return leased;
    },
    saw: (key) => seen.has(key),
    skipped,
    async remaining(endedCount) {
      // A long run has walked over the same rows more than once: it looks again instead of counting.
      if (restarts) [wanting, endedCount, at, ended] = [0, 0, null, false];
      if (ended) return { remaining: Math.max(0, wanting - endedCount), atLeast: jumped };
      const ahead = await lookAhead(database, { gate, source, after: at, rowsMax: LOOK_AHEAD_ROWS });
      const remaining = Math.max(0, wanting - endedCount) + ahead.wanting;
      return { remaining, atLeast: jumped || ahead.rows === LOOK_AHEAD_ROWS };
    },
    get place() {
      if (passedOver === 0 || (ended && queue.length === 0)) return null;
      const place = queue.length === 0 ? at : consumed;
      // A view that breaks the rule and shows rows without a position: nobody can go on from one.
      return place === null || place.position === null ? null : place;
    },
    get passedOver() {
      return passedOver;
    },
    get hint() {
      return passedOver <= PASSED_OVER_HINT
        ? null
        : `${passedOver} rows were passed over: their condition belongs in the where clause of tidegate.${source.view}`;
    },
  };
}
