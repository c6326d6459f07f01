// What the model remembers beside the database: every lease that was ever seen, every line of the log, every call that was
// made and every wish of a person. The laws compare the database with it. Asks the database nothing.
import type { StepAnswer, StepRequest } from '../../src/store.ts';
import type { LogState, State } from './world.ts';

/** What has just been done to the database: only a transition that an act explains is lawful. */
export type Act =
  | { readonly kind: 'step'; readonly run: string; readonly request: StepRequest; readonly answer: StepAnswer }
  | { readonly kind: 'close'; readonly run: string }
  | { readonly kind: 'life'; readonly launcher: string }
  | { readonly kind: 'trim' }
  /** People, the application, a touch, an opening: nothing of an item may move but by `release`. */
  | { readonly kind: 'world'; readonly released?: readonly string[] };

/** A lease as it was made. */
export interface Leased {
  readonly key: string;
  readonly attempt: number;
  readonly run: string;
  readonly revision: string | null;
  readonly reserved: number;
  /** The day that its reservation is booked on; moved when the model goes on to the next day. */
  reservedOn: string | null;
  /** The caller heard of it and asked the provider. */
  called: boolean;
}

export interface Book {
  readonly highest: Map<string, number>;
  readonly attempts: Map<string, Leased>;
  /** The log as it was last seen, trimmed lines included. */
  readonly log: Map<string, LogState>;
  readonly trimmed: Set<string>;
  /** What was given back before any call, its reservation with it. */
  readonly unspent: Set<string>;
  /** By `revision key`: what people or the application asked for anew. */
  readonly wishes: Map<string, number>;
  losses: number;
  granted: number;
  /** Seconds that the clock was moved forward. */
  passed: number;
  /** When the book was begun, as `performance.now` says. */
  readonly began: number;
}

export function newBook(): Book {
  return {
    highest: new Map(),
    attempts: new Map(),
    log: new Map(),
    trimmed: new Set(),
    unspent: new Set(),
    wishes: new Map(),
    losses: 0,
    granted: 0,
    passed: 0,
    began: performance.now(),
  };
}

export const idOf = ({ key, attempt }: { key: string; attempt: number }): string => `${attempt} ${key}`;

/** A person or the application wants this record done once more as it stands. */
export function wish(book: Book, key: string, revision: string): void {
  const id = `${revision} ${key}`;
  book.wishes.set(id, (book.wishes.get(id) ?? 0) + 1);
}

/** Enters what a transition has made: leases, lines of the log, losses. */
export function enter(book: Book, before: State, after: State, act: Act): void {
  for (const item of after.items.values()) {
    const was = before.items.get(item.key);
    if (item.state !== 'leased' || item.attempt === was?.attempt) continue;
    const { key, attempt, run, revision, reserved, reservedOn } = item;
    book.attempts.set(idOf(item), { key, attempt, run: run ?? '', revision, reserved, reservedOn, called: false });
    book.highest.set(key, Math.max(attempt, book.highest.get(key) ?? 0));
    book.granted += 1;
  }
  for (const [id, row] of after.log) {
    if (row.outcome === 'lost' && !before.log.has(id)) book.losses += 1;
    const sent = act.kind === 'step' && act.request.outcomes.some((one) => idOf(one) === id);
    if (row.outcome === 'returned' && !before.log.has(id) && act.kind === 'step' && !sent) book.unspent.add(id);
    book.log.set(id, row);
  }
  for (const id of before.log.keys()) if (!after.log.has(id)) book.trimmed.add(id);
}

/** Paid for, and kept in the item until it is applied or somebody says that it is to be paid for again. */
const PAID = ['apply_broken', 'apply_waits', 'apply_failed', 'left_in_source', 'apply_wrote_nothing'];

/** Whether the end of an attempt is a reason to call again for the same revision. */
export function isFault({ outcome, code }: LogState): boolean {
  if (outcome === 'done' || outcome === 'superseded') return false;
  return !((outcome === 'deferred' || outcome === 'parked') && PAID.includes(code ?? ''));
}

/** What the gate's day has cost by the log: real costs, reservations of what is open, lost or aborted. */
export function spentOn(book: Book, state: State, day: string): number {
  let spent = 0;
  for (const [id, { key, attempt, reserved, reservedOn }] of book.attempts) {
    if (reservedOn !== day || book.unspent.has(id)) continue;
    const row = book.log.get(id);
    const item = state.items.get(key);
    const open = item?.state === 'leased' && item.attempt === attempt;
    if (row === undefined || open || row.outcome === 'lost' || row.outcome === 'returned') spent += reserved;
    else spent += row.cost;
  }
  return spent;
}
