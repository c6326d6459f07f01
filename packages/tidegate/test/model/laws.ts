// The laws of the gate as predicates over two looks at the database and the act between them. Each throws a sentence that
// says which promise is broken. They know no SQL and nothing of how the engine keeps them.
import { type Act, type Book, idOf, isFault, spentOn } from './book.ts';
import type { ItemState, LogState, State } from './world.ts';

/** What the laws have to know of the gate's settings. */
export interface Terms {
  readonly attemptsMax: number;
  readonly ratePerMinute: number | null;
  readonly budgetMicros: number | null;
}

/** A broken law. */
export class Broken extends Error {}

function law(holds: boolean, sentence: string, seen: unknown): void {
  if (!holds) throw new Broken(`${sentence}: ${JSON.stringify(seen)}`);
}

/** What must hold of every transition. `book` has not yet entered it. */
export function transition(book: Book, before: State, after: State, act: Act): void {
  const leased: ItemState[] = [];
  for (const item of after.items.values()) {
    const was = before.items.get(item.key);
    if (item.state === 'leased' && item.attempt !== was?.attempt) {
      leased.push(item);
      wasFree(book, before, after, item);
    } else if (was !== undefined) {
      law(item.attempt === was.attempt, 'an attempt number changes with a lease alone', { was, item });
      law(was.state !== 'done' || item.state === 'done', 'what is done is opened by a lease alone', { was, item });
    }
    if (was?.state === 'leased' && idOf(was) !== (item.state === 'leased' ? idOf(item) : '')) {
      law(after.log.has(idOf(was)), 'an attempt that has ended is in the log', { was, item });
    }
    if (act.kind === 'world' && was !== undefined && act.released?.includes(item.key) !== true)
      law(was.state === item.state, 'an item moves by the gate or by a release alone', { was, item });
  }
  if (leased.length > 0) mayLease(before, after, act, leased);
  for (const [id, row] of after.log) {
    const was = before.log.get(id);
    if (was === undefined) isNews(book, before, after, act, row);
    else if (was.outcome !== row.outcome || was.run !== row.run) replaced(before, act, was, row);
  }
  const trims = act.kind === 'trim';
  for (const key of before.items.keys()) law(trims || after.items.has(key), 'only trimming deletes an item', key);
  for (const id of before.log.keys()) law(trims || after.log.has(id), 'only trimming deletes from the log', id);
  for (const key of after.papers.keys()) wrote(before, after, act, key);
  if (act.kind === 'step') answered(book, before, after, act);
}

/** The item was free, due and wanted, by the rows as they are. */
function wasFree(book: Book, before: State, after: State, item: ItemState): void {
  const was = before.items.get(item.key);
  law(item.attempt > (book.highest.get(item.key) ?? 0), 'attempt numbers rise and are never used twice', item);
  const paper = after.papers.get(item.key);
  law(paper?.status === 'pending' && paper.attached, 'only what stands in the source without a skip is leased', item);
  law(item.revision === paper?.revision, 'a lease carries the revision of the row as it is', { item, paper });
  if (was === undefined || was.state === 'done') return;
  if (was.state === 'waiting') {
    const due = was.until !== null && (was.until <= item.since || was.until > item.since + (was.span ?? 0));
    law(due, 'what waits is not leased before it is due', { was, item });
  } else if (was.state === 'parked') {
    law(was.revision !== item.revision, 'what is parked is leased for a new revision alone', { was, item });
  }
  const buried = was.state === 'leased' && after.log.get(idOf(was))?.outcome === 'lost';
  // A third loss has parked it: then only a new revision lets it run, and its own run's answer would be superseded.
  const asleep = was.lost < 2 && (was.until ?? 0) < (after.gate?.awakeSince ?? 0);
  law(!(buried && asleep), 'what ended while the gate was not awake waits for its own run first', { was, item });
}

/** The step was allowed to lease as many as it did. */
function mayLease(before: State, after: State, act: Act, leased: readonly ItemState[]): void {
  const { gate } = after;
  const live = [...after.items.values()].filter(({ state }) => state === 'leased');
  law(act.kind === 'step' && gate !== null, 'a step alone leases', { act, leased });
  if (act.kind !== 'step' || gate === null) return;
  const run = before.runs.get(act.run);
  const late = run === undefined || run.closed || act.request.step <= run.step;
  law(!late, 'a late step leases nothing', { run, step: act.request.step, leased });
  law(
    leased.every((item) => item.run === act.run),
    'a step leases for its own run',
    leased,
  );
  law(leased.length <= act.request.want, 'a step leases no more than was wanted', leased);
  const cap = Math.min(act.request.limits.concurrencyMax, gate.cap, Math.floor(gate.allowed ?? gate.cap));
  law(live.length <= cap, 'live leases are never over the cap', { cap, live: live.map(idOf) });
  law(!gate.paused, 'a paused gate leases nothing', leased);
  law(!gate.waits, 'nothing is leased while the provider asked to wait', leased);
  law(!gate.shut || live.length === 1, 'a shut gate is probed by one at a time', live.map(idOf));
  const once = live.filter(({ lost }) => lost === 1).length;
  const twice = live.filter(({ lost }) => lost > 1).length;
  const grew = (n: number): boolean => leased.some(({ lost }) => Math.min(2, lost) === n);
  law(!grew(1) || once <= Math.max(1, Math.floor(cap / 2)), 'half the cap at most may be lost once', live);
  law(!grew(2) || twice <= 1, 'what was lost twice runs alone among its like', live);
}

/** A line of the log that was not there before. */
function isNews(book: Book, before: State, after: State, act: Act, row: LogState): void {
  const was = before.items.get(row.key);
  const known = book.attempts.get(idOf(row));
  law(known !== undefined && known.run === row.run, 'the log names attempts that were leased, and their run', row);
  law(was?.state === 'leased' && was.attempt === row.attempt, 'an attempt is logged when its lease ends', { row, was });
  if (was === undefined) return;
  const sent = act.kind === 'step' && act.request.outcomes.some((one) => idOf(one) === idOf(row));
  if (row.outcome === 'lost') {
    isDeath(before, after, act, was);
  } else if (row.outcome === 'returned' && !sent) {
    const own = (act.kind === 'step' || act.kind === 'close') && act.run === was.run;
    law(own, 'only its own run gives a lease back', { row, was });
    const names = act.kind === 'step' ? [...act.request.held, ...act.request.outcomes] : [];
    law(!names.some((one) => idOf(one) === idOf(row)), 'what a run names as held is not taken from it', row);
  } else {
    law(sent && act.kind === 'step' && act.run === row.run, 'an outcome comes from its own run', { row, was });
  }
}

/** Its time was over, or its run was silent for 15 s while the gate was awake. And losses are counted, to the third. */
function isDeath(before: State, after: State, act: Act, was: ItemState): void {
  const run = before.runs.get(was.run ?? '');
  const { now } = after;
  const over = was.until !== null && (was.until <= now || was.until > before.now + (was.span ?? 0));
  const heard = Math.max(run?.touched ?? 0, after.gate?.awakeSince ?? 0);
  const silent = act.kind === 'step' && was.run !== act.run && heard < now - 15_000;
  const life = act.kind === 'life' && run?.launcher === act.launcher;
  law(over || silent || life, 'only what is over or silent is buried', { was, run, act: act.kind, now });
  const item = after.items.get(was.key);
  law(item?.lost === was.lost + 1, 'a loss is counted', { was, item });
  const third = item !== undefined && item.lost >= 3 && item.state !== 'leased';
  law(!third || item.state === 'parked', 'a third loss parks', item);
}

/** Written once: only a loss may be replaced, by its own run, while nobody has leased again. */
function replaced(before: State, act: Act, was: LogState, row: LogState): void {
  law(was.outcome === 'lost' && row.outcome !== 'returned', 'an end is written once', { was, row });
  law(was.run === row.run && act.kind === 'step' && act.run === row.run, 'a late settle is its own run’s', {
    was,
    row,
  });
  const item = before.items.get(row.key);
  law(item?.attempt === row.attempt, 'a late settle counts while nobody has leased again', { row, item });
}

/** A verdict that is new: by the attempt that holds the item, for the row as it is, once, and over no ruling. */
function wrote(before: State, after: State, act: Act, key: string): void {
  const was = before.papers.get(key);
  const paper = after.papers.get(key);
  if (was === undefined || paper === undefined || paper.verdict === null || paper.written === was.written) return;
  const held = before.items.get(key);
  law(act.kind === 'step' && held !== undefined, 'a settle alone writes a verdict', paper);
  if (held === undefined || act.kind !== 'step') return;
  law(was.status === 'pending' && !was.ruled, 'a ruling is never overwritten', { was, paper });
  const sent = act.request.outcomes.find((one) => one.key === key && one.outcome === 'done');
  law(sent?.attempt === held.attempt, 'a stale attempt writes nothing', { held, sent, paper });
  law(held.state !== 'leased' || held.run === act.run, 'a lease of another run is not settled', { held, run: act.run });
  law(before.log.get(idOf(held))?.outcome !== 'done', 'an attempt settles once', held);
  const row = after.log.get(idOf(held));
  const told = row?.outcome === 'done' || row?.code === 'left_in_source';
  law(told, 'a verdict that is written is in the log', { row, paper });
}

/** The answer tells what was committed, and throws no paid work away. */
function answered(book: Book, before: State, after: State, act: Act & { readonly kind: 'step' }): void {
  for (const one of act.answer.settled) {
    const row = after.log.get(idOf(one));
    if (book.trimmed.has(idOf(one))) continue;
    const paper = after.papers.get(one.key);
    if (one.outcome === 'stale') {
      law(row === undefined || row.outcome === 'lost' || row.run !== act.run, 'what was settled is said', { one, row });
      const item = before.items.get(one.key);
      const sent = act.request.outcomes.find((other) => idOf(other) === idOf(one));
      const free = item?.attempt === one.attempt && (item.state === 'waiting' || item.state === 'parked');
      const owed = free && sent?.outcome !== 'returned' && before.log.get(idOf(one))?.outcome === 'lost';
      law(!(owed && row?.run === act.run), 'a late answer counts while nobody has leased again', { one, item });
    } else if (one.outcome !== 'again') {
      law(row?.outcome === one.outcome && row.run === act.run, 'an answer names committed outcomes', { one, row });
      const fresh = one.ok === true && one.fresh;
      law(!fresh || (paper !== undefined && paper.verdict !== null), 'ok needs a committed verdict', { one, paper });
    }
  }
  if (act.answer.late || !act.answer.locked) return;
  const named = new Set([...act.request.held, ...act.request.outcomes, ...act.answer.leases].map(idOf));
  for (const item of after.items.values())
    law(item.run !== act.run || named.has(idOf(item)), 'a lost answer leaves no lease behind', item);
}

/** What must hold of every moment, the transition entered. */
export function moment(book: Book, state: State, terms: Terms): void {
  for (const item of state.items.values()) {
    const run = state.runs.get(item.run ?? '');
    // A run that was trimmed away a month after its last word is none that has closed.
    law(item.state !== 'leased' || run?.closed !== true, 'a run that has closed holds nothing', { item, run });
    const ended = item.state === 'parked' || item.state === 'done' || item.failures < terms.attemptsMax;
    law(ended, 'attempts that are used up park', item);
  }
  for (const [id, { key, attempt }] of book.attempts) {
    const item = state.items.get(key);
    const open = item?.state === 'leased' && item.attempt === attempt;
    const logged = state.log.has(id) || book.trimmed.has(id);
    law(open !== logged, 'each attempt is logged exactly once, when it ends', { id, item, logged });
  }
  for (const paper of state.papers.values()) {
    law(paper.verdict === null || paper.verdict.of === paper.revision, 'a verdict is for the current revision', paper);
    law(paper.written <= 1, 'one verdict at most for a record and its revision', paper);
    law(!paper.ruled || (paper.verdict === null && paper.status === 'rejected'), 'a ruling stands', paper);
  }
  calls(book);
  accounts(book, state, terms);
}

/** A record is asked for once, and once more for each fault that hit it. */
function calls(book: Book): void {
  const asked = new Map<string, { calls: number; faults: number }>();
  for (const [id, { key, revision, called }] of book.attempts) {
    const name = `${revision} ${key}`;
    const sum = asked.get(name) ?? { calls: 0, faults: book.wishes.get(name) ?? 0 };
    const row = book.log.get(id);
    asked.set(name, {
      calls: sum.calls + Number(called),
      faults: sum.faults + Number(row !== undefined && isFault(row)),
    });
  }
  for (const [name, sum] of asked)
    law(sum.calls <= 1 + sum.faults, 'no call is repeated without a fault', { name, ...sum });
}

function accounts(book: Book, state: State, { ratePerMinute }: Terms): void {
  const rows = [...book.log.values()];
  const count = (...outcomes: string[]): number => rows.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const sums = {
    succeeded: count('done'),
    failed: count('failed', 'parked', 'superseded'),
    deferred: count('deferred'),
    lost: book.losses,
    cost: rows.reduce((sum, { outcome, cost }) => sum + (outcome === 'returned' ? 0 : cost), 0),
  };
  for (const [name, sum] of Object.entries(sums))
    law(state.hours[name as keyof typeof sums] === sum, `hours count what the log counts (${name})`, [
      state.hours,
      sums,
    ]);
  const { gate } = state;
  if (gate?.spentOn != null) {
    const spent = spentOn(book, state, gate.spentOn);
    law(gate.spent === spent, 'the day’s spending is what the log says', { gate: gate.spent, log: spent });
  }
  if (ratePerMinute !== null) {
    const passed = book.passed + (performance.now() - book.began) / 1_000;
    const most = ratePerMinute + (ratePerMinute * passed) / 60;
    law(book.granted <= most, 'no more attempts begin than the rate allows', { granted: book.granted, most });
  }
}

/** A lease is made only while the day's money lasts. `grew`: the transition leased something. */
export function withinBudget(book: Book, state: State, { budgetMicros }: Terms, grew: boolean): void {
  if (budgetMicros === null || !grew || state.gate?.spentOn == null) return;
  const spent = spentOn(book, state, state.gate.spentOn);
  law(spent <= budgetMicros, 'nothing is leased beyond the day’s money', { spent, budgetMicros });
}
