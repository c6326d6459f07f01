// The search for a sequence that breaks a law: sequences of moves from a seed, each on an empty world and with a calm end,
// until the time is over; what breaks is shrunk to a short story.
import fc from 'fast-check';
import { begin, type Model, type Setting } from './callers.ts';
import { MOVES, SETTINGS } from './commands.ts';
import { drain } from './drain.ts';
import { Broken } from './laws.ts';
import type { World } from './world.ts';

export interface Found {
  readonly seed: number;
  readonly sequences: number;
  readonly moves: number;
  readonly tookMs: number;
  /** Null: every law held. Else the law and the sequence that breaks it; `raised` where no law spoke but an exception. */
  readonly broken: null | {
    readonly law: string;
    readonly raised: boolean;
    readonly story: string;
    readonly path: string | null;
  };
}

const MOVES_MAX = 150;

/** Searches for `ms`, or so many sequences. `shrinks` false stops at the first sequence that breaks a law. */
export async function search(
  world: World,
  {
    seed,
    ms,
    sequencesMax = Number.POSITIVE_INFINITY,
    shrinks = true,
  }: { seed: number; ms: number; sequencesMax?: number; shrinks?: boolean },
): Promise<Found> {
  const startedAt = performance.now();
  const tally = { sequences: 0, moves: 0 };
  let foundAt: number | null = null;
  const property = fc.asyncProperty(
    SETTINGS,
    fc.commands([MOVES], { maxCommands: MOVES_MAX, size: 'max' }),
    async (setting, moves) => {
      const now = performance.now();
      // Past its time a search looks no further; a counterexample gets as much again to be shrunk.
      if (now - (foundAt ?? startedAt) > ms || (foundAt === null && tally.sequences >= sequencesMax)) return;
      tally.sequences += 1;
      try {
        const model = await begin(world, setting);
        await fc.asyncModelRun(() => ({ model, real: model }), moves);
        tally.moves += movesOf(moves).length;
        await drain(model);
      } catch (error) {
        foundAt ??= performance.now();
        throw error;
      }
    },
  );
  for (let round = 0; performance.now() - startedAt < ms && tally.sequences < sequencesMax; round += 1) {
    const details = await fc.check(property, {
      seed: seed + round,
      numRuns: 50,
      endOnFailure: !shrinks,
      unbiased: true,
    });
    if (!details.failed) continue;
    const tookMs = (foundAt ?? performance.now()) - startedAt;
    return { seed: seed + round, ...tally, tookMs, broken: brokenBy(details) };
  }
  return { seed, ...tally, tookMs: performance.now() - startedAt, broken: null };
}

function movesOf(moves: Iterable<fc.AsyncCommand<Model, Model>>): string[] {
  return [...moves].map(String);
}

function brokenBy(details: fc.RunDetails<[Setting, Iterable<fc.AsyncCommand<Model, Model>>]>): Found['broken'] {
  const error = details.errorInstance;
  const law = error instanceof Error ? error.message : String(error);
  const [setting, moves] = details.counterexample ?? [];
  const story = [`with ${JSON.stringify(setting)}`, ...movesDone(moves)].join('\n  ');
  return { law, raised: !(error instanceof Broken), story, path: details.counterexamplePath };
}

/** Only what was run: a sequence lists the moves that were not possible too. */
function movesDone(moves: Iterable<fc.AsyncCommand<Model, Model>> | undefined): string[] {
  return moves === undefined
    ? []
    : String(moves)
        .replace(/ \/\*replayPath.*\*\/$/, '')
        .split(',');
}

/** A failure as a person wants to read it. */
export function storyOf({ seed, sequences, broken }: Found): string {
  if (broken === null) return 'every law held';
  return `seed ${seed}, sequence ${sequences}, path ${broken.path}\n${broken.law}\n  ${broken.story}`;
}
