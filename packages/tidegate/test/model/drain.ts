// The calm after the storm: faults stop, people have gone home, and runs come as they should. Nothing may be lost then.

import { resume } from '../../src/operator.ts';
import { after, arrive, close, finish, hear, type Model, nextDay, open, pass, walked, write } from './callers.ts';
import { Broken } from './laws.ts';
import { GATE, PAPERS } from './world.ts';

/** Longer than any wait of the gate's: backoff, probe, skip, Retry-After, lease. */
const LONG_S = 1_000;
/** Each of three losses and three failures may cost a record a round, a shut gate one more. */
const ROUNDS = 8;

/** Brings everything that wants work to its end within a few fair runs, or throws what is left. */
export async function drain(model: Model): Promise<void> {
  model.applyWorks = true;
  model.letters.length = 0;
  await resume(model.world.database, GATE);
  await after(model, { kind: 'world' });
  // Whoever still lives comes to his end: calls are answered, told and the run is closed.
  for (const caller of [...model.callers.values()]) {
    while (caller.flights.length > 0) finish(caller, 0, 'done', 1_000);
    while (caller.outcomes.length > 0) await hear(model, caller, await arrive(model, write(model, caller, 0)));
    await close(model, caller);
  }
  for (let round = 0; round < ROUNDS && left(model).length > 0; round += 1) {
    await pass(model, LONG_S);
    if (model.setting.dailyBudgetMicros !== null) await nextDay(model);
    await fairRun(model);
  }
  const unfinished = left(model);
  if (unfinished.length > 0) throw new Broken(`nothing is lost: ${JSON.stringify(unfinished)}`);
}

/** One run that leases, gets its answers and settles, until there is nothing to lease. */
async function fairRun(model: Model): Promise<void> {
  const caller = await open(model, 'D', 3);
  for (let n = 0; n < 2 * PAPERS + 2; n += 1) {
    await hear(model, caller, await arrive(model, write(model, caller, 3, await walked(model, caller))));
    if (caller.flights.length === 0 && caller.outcomes.length === 0 && n > 0) break;
    while (caller.flights.length > 0) finish(caller, 0, 'done', 1_000);
  }
  await close(model, caller);
}

/** What wants work and is neither settled nor parked; and leases that nobody will ever end. */
function left({ state }: Model): unknown[] {
  const wanted = [...state.papers.values()].filter(({ status, attached }) => status === 'pending' && attached);
  const open = wanted.filter(({ key, revision }) => {
    const item = state.items.get(key);
    return !(item?.state === 'parked' && item.revision === revision);
  });
  return [...open, ...[...state.items.values()].filter((item) => item.state === 'leased')];
}
