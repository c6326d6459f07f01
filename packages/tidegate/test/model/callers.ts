// The callers of the model: what a run's process remembers and does, with the engine's own functions, one transaction a
// move. After each move the laws are asked. A caller that crashes is forgotten; one that is frozen is simply not called.
import { randomUUID } from 'node:crypto';
import type { Lease, Outcome } from '../../src/attempt.ts';
import { DEFAULT_LIMITS } from '../../src/config.ts';
import { type Opened, openRun } from '../../src/opening.ts';
import { endPreviousLife } from '../../src/operator.ts';
import { trim } from '../../src/retention.ts';
import { walk } from '../../src/source.ts';
import { closeRun, type StepAnswer, type StepRequest, step, touch } from '../../src/store.ts';
import type { Json, Limits } from '../../src/types.ts';
import { type Act, type Book, enter, idOf, newBook } from './book.ts';
import { moment, type Terms, transition, withinBudget } from './laws.ts';
import { APPLY, APPLY_BROKEN, GATE, PAPERS, type State, type World } from './world.ts';

/** What differs from sequence to sequence. */
export interface Setting {
  readonly ratePerMinute: number | null;
  readonly dailyBudgetMicros: number | null;
  /** How calls may end. */
  readonly ends: readonly How[];
  /** Kinds of moves that do not happen. */
  readonly without: readonly string[];
}

export type How = 'done' | 'failed' | 'deferred' | 'waits' | 'parked' | 'returned' | 'refused';

export interface Caller {
  readonly name: string;
  readonly id: string;
  readonly opened: Opened;
  readonly limits: Limits;
  number: number;
  /** Calls under way. */
  flights: Lease[];
  /** Finished and not yet known to be settled. */
  outcomes: Outcome[];
}

/** A step on its way: given up by its client and not yet arrived, or one that arrives a second time. */
export interface Letter {
  readonly from: string;
  readonly request: StepRequest;
}

export interface Model {
  readonly world: World;
  readonly setting: Setting;
  readonly terms: Terms;
  readonly callers: Map<string, Caller>;
  readonly crashed: Set<string>;
  readonly letters: Letter[];
  book: Book;
  state: State;
  applyWorks: boolean;
}

export const LEASE_S = 90;
const KEYS: readonly string[] = Array.from({ length: PAPERS }, (_, n) => String(n + 1));

function limitsOf(setting: Setting, cap: number): Limits {
  return {
    ...DEFAULT_LIMITS,
    ratePerMinute: setting.ratePerMinute,
    dailyBudgetMicros: setting.dailyBudgetMicros,
    concurrencyMax: cap,
    attemptsMax: 2,
    deferralsMax: 3,
    shutStreak: 4,
    reserveMicros: 5_000,
  };
}

/** An empty world and a model of it. */
export async function begin(world: World, setting: Setting): Promise<Model> {
  await world.begin();
  const { attemptsMax } = limitsOf(setting, 1);
  return {
    world,
    setting,
    terms: { attemptsMax, ratePerMinute: setting.ratePerMinute, budgetMicros: setting.dailyBudgetMicros },
    callers: new Map(),
    crashed: new Set(),
    letters: [],
    book: newBook(),
    state: await world.look(),
    applyWorks: true,
  };
}

/** Looks at what an act has done, and asks every law. */
export async function after(model: Model, act: Act): Promise<void> {
  const before = model.state;
  const state = await model.world.look();
  transition(model.book, before, state, act);
  const granted = model.book.granted;
  enter(model.book, before, state, act);
  withinBudget(model.book, state, model.terms, model.book.granted > granted);
  model.state = state;
  moment(model.book, state, model.terms);
}

export async function open(model: Model, name: string, cap: number): Promise<Caller> {
  const limits = limitsOf(model.setting, cap);
  const run = { id: randomUUID(), trigger: 'cron', launcher: name, idempotencyKey: null, limits } as const;
  const opened = await openRun(model.world.database, GATE, run);
  const caller = { name, id: run.id, opened, limits, number: 0, flights: [], outcomes: [] };
  model.callers.set(name, caller);
  model.crashed.delete(name);
  await after(model, { kind: 'world' });
  return caller;
}

/** A step that offers every key there may be: the step has to read eligibility again, whatever the walk has found. */
export function write(model: Model, caller: Caller, want: number, keys = KEYS): Letter {
  const { gate, source } = caller.opened;
  const held = caller.flights.map(({ key, attempt }) => ({ key, attempt }));
  caller.number += 1;
  const request = {
    gate,
    run: caller.id,
    step: caller.number,
    source,
    apply: model.applyWorks ? APPLY : APPLY_BROKEN,
    limits: caller.limits,
    want,
    force: false,
    strained: false,
    outcomes: [...caller.outcomes],
    held,
    keys: want > 0 ? keys : [],
    tried: [...held, ...caller.outcomes].map(({ key }) => key),
  };
  return { from: caller.name, request };
}

/** What a bite of the walk finds. */
export async function walked({ world }: Model, { opened: { gate, source } }: Caller): Promise<readonly string[]> {
  const { candidates } = await walk(world.database, { gate, source, after: null, rowsMax: 200 });
  return candidates.map(({ key }) => key);
}

/** The step is committed. Whether anybody hears of it is another matter. */
export async function arrive(model: Model, { request }: Letter): Promise<StepAnswer> {
  const answer = await step(model.world.database, request);
  await after(model, { kind: 'step', run: request.run, request, answer });
  return answer;
}

/** The caller hears the answer: what has been settled is off its mind, what was leased is called. */
export async function hear(model: Model, caller: Caller, answer: StepAnswer): Promise<void> {
  const settled = new Set(answer.settled.filter(({ outcome }) => outcome !== 'again').map(idOf));
  caller.outcomes = caller.outcomes.filter((one) => !settled.has(idOf(one)));
  for (const lease of answer.leases) {
    caller.flights.push(lease);
    const known = model.book.attempts.get(idOf(lease));
    if (known === undefined) throw new Error(`an answer leases what the table does not have: ${idOf(lease)}`);
    known.called = lease.answer === null;
  }
  moment(model.book, model.state, model.terms);
}

/** A call comes to its end; the next step will tell. A paid answer only has to be applied, whatever was meant. */
export function finish(caller: Caller, nth: number, how: How, costMicros: number): void {
  const [lease] = caller.flights.splice(nth % caller.flights.length, 1);
  if (lease !== undefined) caller.outcomes.push(outcomeOf(caller, lease, how, costMicros));
}

function outcomeOf(caller: Caller, lease: Lease, how: How, costMicros: number): Outcome {
  const { key, attempt } = lease;
  const plain = { key, attempt, waitMs: 0, counts: false, costMicros, retryAfterMs: null };
  if (lease.answer !== null) {
    const { status, body, summary } = lease.answer;
    return { ...plain, outcome: 'done', status, body, summary, blame: null, reached: false, costMicros: 0 };
  }
  if (how === 'done') {
    const body = { verdict: 'verified', of: lease.revision, attempt, run: caller.id };
    return { ...plain, outcome: 'done', status: 200, body, summary: body, blame: null, reached: true };
  }
  const [outcome, blame, status] = (
    {
      failed: ['failed', 'row', 422],
      deferred: ['deferred', 'provider', 503],
      waits: ['deferred', 'provider', 429],
      parked: ['parked', 'row', 422],
      returned: ['returned', null, 0],
      refused: ['deferred', 'gate', 401],
    } as const
  )[how];
  const summary: Json = status === 0 ? null : { error: { code: how, message: how } };
  const more = { error: how, code: how, counts: how === 'deferred', reached: blame === 'row', costMicros: 0 };
  const waits = {
    waitMs: how === 'returned' || how === 'failed' ? 0 : 5_000,
    retryAfterMs: how === 'waits' ? 20_000 : null,
  };
  return { ...plain, ...more, ...waits, outcome, blame, status, summary };
}

export async function touches(model: Model, caller: Caller): Promise<void> {
  await touch(model.world.database, { gate: caller.opened.gate, run: caller.id, held: caller.flights });
  await after(model, { kind: 'world' });
}

/** The run ends: as it should once nothing is in flight, or with all that it held dropped after a long outage. */
export async function close(model: Model, caller: Caller): Promise<void> {
  model.callers.delete(caller.name);
  await closeRun(model.world.database, {
    ...{ gate: caller.opened.gate, run: caller.id, stopped: 'drained', remaining: 0, atLeast: false, ended: 0 },
    ...{ skipped: {}, hint: null, reason: null, error: null, place: null, passedOver: null, stepMs: null },
  });
  await after(model, { kind: 'close', run: caller.id });
}

/** Time goes on or back; whoever is not called meanwhile was frozen. */
export async function pass(model: Model, seconds: number): Promise<void> {
  if (seconds > 0) model.book.passed += seconds;
  await model.world.pass(seconds);
  model.state = await model.world.look();
  moment(model.book, model.state, model.terms);
}

/** Midnight: what was booked today is of yesterday now. */
export async function nextDay(model: Model): Promise<void> {
  await model.world.rows('update tidegate.gates set spent_on = spent_on - 1');
  await model.world.rows('update tidegate.items set reserved_on = reserved_on - 1');
  for (const leased of model.book.attempts.values()) leased.reservedOn = dayBefore(leased.reservedOn);
  model.state = await model.world.look();
}

function dayBefore(day: string | null): string | null {
  return day === null ? null : new Date(Date.parse(day) - 24 * 3_600_000).toISOString().slice(0, 10);
}

/** A month later, everybody long gone: the next one to open a run trims what is over. */
export async function monthLater(model: Model, name: string): Promise<void> {
  model.callers.clear();
  await pass(model, 31 * 24 * 3_600);
  const { opened, limits } = await open(model, name, 2);
  await trim(model.world.database, opened, limits);
  await after(model, { kind: 'trim' });
}

/** The process of that name starts anew, its previous life known to be over. */
export async function startAnew(model: Model, name: string): Promise<void> {
  await endPreviousLife(model.world.database, name);
  await after(model, { kind: 'life', launcher: name });
}
