// The moves that fast-check strings together: callers, people, the application, the network and the clock. Each says in a
// few words what it does, so that a shrunk sequence reads as a story.
import fc from 'fast-check';
import { pause, release, resume } from '../../src/operator.ts';
import type { Database } from '../../src/types.ts';
import { wish } from './book.ts';
import {
  after,
  arrive,
  type Caller,
  close,
  finish,
  type How,
  hear,
  LEASE_S,
  type Model,
  monthLater,
  nextDay,
  open,
  pass,
  type Setting,
  startAnew,
  touches,
  write,
} from './callers.ts';
import { GATE, type ItemState, PAPERS } from './world.ts';

type Move = fc.AsyncCommand<Model, Model>;

/** Moves by kind. A sequence may do without any of them: what is left then happens more often. */
export const KINDS = [
  ...[
    'unheard',
    'given up',
    'old step',
    'crash',
    'touch',
    'close',
    'anew',
    'freeze',
    'time',
    'back',
    'midnight',
    'month',
  ],
  ...['edit', 'ruling', 'attachment', 'guard', 'misfit', 'delete', 'release', 'pause', 'resume', 'broken apply'],
] as const;

/** What a move may do, and what it says of it. */
interface Doing {
  readonly kind?: (typeof KINDS)[number];
  readonly says: string | ((model: Model) => string);
  readonly may?: (model: Model) => boolean;
  readonly run: (model: Model) => Promise<unknown>;
}

function move({ kind, says, may = () => true, run }: Doing): Move {
  let said = typeof says === 'string' ? says : '';
  return {
    check: (model) => (kind === undefined || !model.setting.without.includes(kind)) && may(model),
    run: async (model) => {
      if (typeof says === 'function') said = says(model);
      await run(model);
    },
    toString: () => said,
  };
}

const NAMES = ['A', 'B', 'C'] as const;
const any = fc.nat({ max: 5 });
const key = fc.integer({ min: 1, max: PAPERS }).map(String);
const want = fc.integer({ min: 0, max: 3 });

const pick = <Value>(values: Iterable<Value>, nth: number): Value => {
  const all = [...values];
  return all[nth % all.length] as Value;
};

/** A move of one of the callers that live. */
function by(
  nth: number,
  kind: Doing['kind'],
  says: string,
  run: (model: Model, caller: Caller) => Promise<unknown>,
): Move {
  const one = ({ callers }: Model): Caller => pick(callers.values(), nth);
  return move({
    ...(kind === undefined ? {} : { kind }),
    says: (model) => `${one(model).name} ${says}`,
    may: ({ callers }) => callers.size > 0,
    run: async (model) => await run(model, one(model)),
  });
}

const free = ({ callers }: Model): string | undefined => NAMES.find((name) => !callers.has(name));

const opens = fc.integer({ min: 1, max: 3 }).map((cap) =>
  move({
    says: (model) => `${free(model)} opens a run with a cap of ${cap}`,
    may: (model) => free(model) !== undefined,
    run: async (model) => await open(model, free(model) ?? '', cap),
  }),
);

const steps = fc
  .tuple(any, want)
  .map(([nth, n]) =>
    by(nth, undefined, `steps and wants ${n}`, async (model, caller) =>
      hear(model, caller, await arrive(model, write(model, caller, n))),
    ),
  );

const stepsUnheard = fc.tuple(any, want).map(([nth, n]) =>
  by(nth, 'unheard', `steps and wants ${n}; the answer is lost`, async (model, caller) => {
    const letter = write(model, caller, n);
    await arrive(model, letter);
    model.letters.push(letter);
  }),
);

const givesUp = fc
  .tuple(any, want)
  .map(([nth, n]) =>
    by(nth, 'given up', `gives up a step that wants ${n} before it arrives`, async (model, caller) =>
      model.letters.push(write(model, caller, n)),
    ),
  );

const arrives = any.map((nth) =>
  move({
    kind: 'old step',
    says: ({ letters }) =>
      `step ${pick(letters, nth).request.step} of ${pick(letters, nth).from} arrives late or once more`,
    may: ({ letters }) => letters.length > 0,
    run: async (model) => {
      const [letter] = model.letters.splice(nth % model.letters.length, 1);
      if (letter !== undefined) await arrive(model, letter);
    },
  }),
);

const flying = ({ callers }: Model): Caller[] => [...callers.values()].filter(({ flights }) => flights.length > 0);
const finishes = fc.tuple(any, any, any, any).map(([nth, flight, how, cost]) =>
  move({
    says: (model) => {
      const caller = pick(flying(model), nth);
      return `the call of ${caller.name} for record ${pick(caller.flights, flight).key} ends: ${pick(model.setting.ends, how)}`;
    },
    may: (model) => flying(model).length > 0,
    run: async (model) => finish(pick(flying(model), nth), flight, pick(model.setting.ends, how), cost * 2_000),
  }),
);

const crashes = any.map((nth) =>
  by(nth, 'crash', 'crashes', async ({ callers, crashed }, { name }) => {
    callers.delete(name);
    crashed.add(name);
  }),
);
const touching = any.map((nth) => by(nth, 'touch', 'touches its run', touches));
const closes = any.map((nth) => by(nth, 'close', 'closes its run', close));
const dead = ({ callers, crashed }: Model): string[] => [...crashed].filter((name) => !callers.has(name));
const startsAnew = any.map((nth) =>
  move({
    kind: 'anew',
    says: (model) => `the process of ${pick(dead(model), nth)} starts anew`,
    may: (model) => dead(model).length > 0,
    run: async (model) => await startAnew(model, pick(dead(model), nth)),
  }),
);

/** Everybody else lives on for 20 s, and then somebody takes what the frozen one holds. */
const freezes = fc.tuple(any, fc.nat({ max: 1 })).map(([nth, n]) =>
  by(nth, 'freeze', `is frozen for 20 s; another one steps and wants ${n}`, async (model, frozen) => {
    const others = (): Caller[] => [...model.callers.values()].filter((caller) => caller !== frozen);
    const awake = others()[0] ?? (await open(model, free(model) ?? '', 3));
    for (let s = 0; s < 2; s += 1) {
      await pass(model, 10);
      for (const caller of others()) await touches(model, caller);
    }
    await hear(model, awake, await arrive(model, write(model, awake, n)));
  }),
);
const passes = fc
  .constantFrom(1, 6, 6, 20, LEASE_S + 1, 400, 1_000)
  .map((s) => move({ kind: 'time', says: `${s} s pass`, run: async (model) => await pass(model, s) }));
const back = fc.constant(
  move({ kind: 'back', says: 'the clock goes back ten days', run: async (model) => await pass(model, -864_000) }),
);
const midnight = fc.constant(
  move({ kind: 'midnight', says: 'the next day begins', may: ({ state }) => state.gate !== null, run: nextDay }),
);
const month = fc.constant(
  move({
    kind: 'month',
    says: 'a month passes; A opens a run and trims what is over',
    may: ({ state }) => state.items.size > 0,
    run: async (model) => await monthLater(model, 'A'),
  }),
);

/** What people and the application do to a row. */
function toRow(
  kind: Doing['kind'] & string,
  says: string,
  sql: string,
  more: typeof wanted = () => {},
): fc.Arbitrary<Move> {
  return key.map((id) =>
    move({
      kind,
      says: `record ${id} ${says}`,
      run: async (model) => {
        await model.world.rows(sql, [Number(id)]);
        await after(model, { kind: 'world' });
        more(model, id);
      },
    }),
  );
}

/** Standing in the source once more, it wants work once more. */
function wanted(model: Model, id: string): void {
  wish(model.book, id, model.state.papers.get(id)?.revision ?? '');
}

const papers = 'update public.papers set';
const edits = toRow(
  'edit',
  'is edited',
  `${papers} revision = revision + 1, status = 'pending', ruled = false, verdict = null, written = 0 where id = $1`,
);
const rules = toRow(
  'ruling',
  'is ruled by a person',
  `${papers} status = 'rejected', ruled = true, verdict = null where id = $1`,
);
const attaches = toRow(
  'attachment',
  'loses or gets its attachment',
  `${papers} attached = not attached where id = $1`,
  wanted,
);
const guards = toRow(
  'guard',
  'is guarded against apply, or no longer',
  `${papers} guarded = not guarded where id = $1`,
);
const fits = toRow(
  'misfit',
  'stops or begins to fit its constraint',
  `${papers} fits = not fits or verdict is not null where id = $1`,
);
const deletes = toRow('delete', 'is deleted', 'delete from public.papers where id = $1');

const parked = ({ state }: Model): ItemState[] => [...state.items.values()].filter((item) => item.state === 'parked');
const releases = fc.constant(
  move({
    kind: 'release',
    says: (model) => `released: ${parked(model).map((item) => `record ${item.key}`)}`,
    may: (model) => parked(model).length > 0,
    run: async (model) => {
      const items = parked(model);
      const keys = items.map((item) => item.key);
      const released = await release(model.world.database, GATE, keys);
      // What was paid for and only has to be applied is not paid for again.
      for (const { key: id, revision, code } of items)
        if (code !== 'apply_failed') wish(model.book, id, revision ?? '');
      await after(model, { kind: 'world', released });
    },
  }),
);

function toGate(
  kind: Doing['kind'] & string,
  says: string,
  act: (database: Database) => Promise<unknown>,
): fc.Arbitrary<Move> {
  const run = async (model: Model): Promise<void> => {
    await act(model.world.database);
    await after(model, { kind: 'world' });
  };
  return fc.constant(move({ kind, says, may: ({ state }) => state.gate !== null, run }));
}
const pauses = toGate('pause', 'the gate is paused', (database) => pause(database, GATE, 'looking into it'));
const resumes = toGate('resume', 'the gate is resumed', (database) => resume(database, GATE));
const breaks = fc.constant(
  move({
    kind: 'broken apply',
    says: 'apply breaks, or works again',
    run: async (model) => {
      model.applyWorks = !model.applyWorks;
    },
  }),
);

const of = (weight: number, arbitrary: fc.Arbitrary<Move>) => ({ weight, arbitrary });

/** One move. The weights are guesses at what makes sequences go somewhere. */
export const MOVES: fc.Arbitrary<Move> = fc.oneof(
  ...[of(12, opens), of(30, steps), of(3, stepsUnheard), of(3, givesUp), of(5, arrives), of(30, finishes)],
  ...[of(4, crashes), of(2, touching), of(4, closes), of(2, startsAnew), of(10, freezes), of(12, passes), of(1, back)],
  ...[of(1, midnight), of(4, month), of(6, edits), of(2, rules), of(2, attaches), of(1, guards), of(1, fits)],
  ...[of(1, deletes), of(3, releases), of(1, pauses), of(3, resumes), of(1, breaks)],
);

/** What a sequence is made under: which limits hold, how calls may end, which kinds of moves it does without. */
export const SETTINGS: fc.Arbitrary<Setting> = fc.record({
  ratePerMinute: fc.constantFrom(null, null, null, 2),
  dailyBudgetMicros: fc.constantFrom(null, null, null, 40_000),
  // Where no call ends well, records go on for longer.
  ends: fc.subarray<How>(['done', 'failed', 'deferred', 'waits', 'parked', 'returned', 'refused'], {
    minLength: 1,
    maxLength: 4,
  }),
  without: fc.subarray([...KINDS]),
});
