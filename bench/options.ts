/** What the words after `npm run bench --` ask for besides the names of benches. Read once, at start. */

/** How long and over what to measure. */
export interface Options {
  /** Benches asked for by name; none for all but those that want to be named. */
  readonly names: readonly string[];
  /** Whether the tables go into docs/benchmarks.md. */
  readonly write: boolean;
  readonly quick: boolean;
  /** How often a comparison is made; medians are shown. */
  readonly rounds: number;
  /** Whether a system is to take part in a comparison: named in full, or by its beginning and a star. */
  takes(system: string): boolean;
  /** A number of records, a fifth of it when quick. */
  shortened(records: number): number;
  /** What cannot be understood, as one sentence; null when all is well. */
  readonly problem: string | null;
}

const ROUNDS = 3;

/** The options of this process. */
export const options: Options = read(process.argv.slice(2));

function read(words: readonly string[]): Options {
  const names = words.filter((word) => !word.startsWith('--'));
  const flags = words.filter((word) => word.startsWith('--'));
  const value = (name: string): string | undefined =>
    flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1);
  const [quick, write] = [flags.includes('--quick'), flags.includes('--write')];
  const rounds = Number(value('--rounds') ?? (quick ? 1 : ROUNDS));
  const only = value('--only')?.split(',');
  const unknown = flags.find((flag) => !/^--(quick|write|rounds=.*|only=.*)$/.test(flag));
  const problem =
    unknown !== undefined
      ? `There is no option ${unknown}; there are --quick, --rounds=n, --only=system,tidegate* and --write.`
      : !Number.isInteger(rounds) || rounds < 1
        ? '--rounds: expected a whole number from 1.'
        : write && (quick || only !== undefined)
          ? '--write: only whole runs are written down, without --quick and --only.'
          : null;
  return {
    names,
    write,
    quick,
    rounds,
    takes: (system) =>
      only === undefined ||
      only.some((name) => name === system || (name.endsWith('*') && system.startsWith(name.slice(0, -1)))),
    shortened: (records) => (quick ? Math.ceil(records / 5) : records),
    problem,
  };
}
