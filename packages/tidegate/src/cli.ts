#!/usr/bin/env node
/**
 * The command line over DATABASE_URL (or the embedded database of `npm start`): the schema and the operator's verbs.
 * Exit 0 done, 1 fell short, 2 unusable arguments. `--json` prints for machines.
 */
import { parseArgs } from 'node:util';
import { checkCommand } from './check/command.ts';
import { readDirectDatabase } from './config.ts';
import { closePool } from './database.ts';
import { isTidegateError } from './errors.ts';
import { gateFor, init } from './init.ts';
import { createLedger } from './ledger.ts';
import { migrate, migrationsFolder } from './migrate.ts';
import { runCommand } from './run-command.ts';
import type { Ledger } from './types.ts';

const USAGE = `tidegate init [--gate NAME] [--table public.applications] [--role NAME]
                                     write migrations, view, gate, route and schedule into the project in this folder
tidegate migrate [--from FOLDER]     bring the database's schema up to this program, or to a folder of migrations
tidegate check [--gate FILE] [--url URL] look for what would go wrong, and say what mends it
tidegate run --gate FILE [--limit N] drain the source with the gate that FILE exports; Ctrl-C stops in order, twice at once
tidegate status [GATE]               state, backlog and last run of one gate or all
tidegate explain KEY [--gate GATE]   why a record is, or is not, being processed now
tidegate pause [GATE] [--reason …]   stop leasing until resume
tidegate resume [GATE]               end a pause and a shutting
tidegate release KEY… [--gate GATE]  let parked records run again
Options: --json. GATE may be left out where there is only one.`;

/** Wrong words on the command line: exit 2. */
class UsageError extends Error {}

interface Call {
  readonly words: readonly string[];
  readonly gate?: string | undefined;
  readonly reason?: string | undefined;
  readonly from?: string | undefined;
  readonly limit?: string | undefined;
  readonly url?: string | undefined;
  readonly table?: string | undefined;
  readonly role?: string | undefined;
  readonly ledger: Ledger;
  /** Prints the value as JSON, or the sentence. */
  readonly say: (value: unknown, sentence: string) => void;
}

const VERBS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  async migrate({ from, say }) {
    const applied = await migrate({ ...readDirectDatabase(), folders: [from ?? migrationsFolder()] });
    say(
      { applied },
      applied.length === 0 ? 'The schema is current.' : applied.map((name) => `applied ${name}`).join('\n'),
    );
    return 0;
  },
  async init({ gate, table = 'public.applications', role, say }) {
    const setting = { root: process.cwd(), gate: gate ?? gateFor(table), table, role, now: new Date() };
    const written = init(setting);
    const { wrote, stands, next } = written;
    const lines = [...wrote.map((path) => `wrote   ${path}`), ...stands.map((path) => `stands  ${path}`)];
    say(written, [...lines, '', 'Next:', ...next.map((step, n) => `${n + 1}. ${step}`)].join('\n'));
    return 0;
  },
  async check({ gate, url, say }) {
    if (url !== undefined && !URL.canParse(url)) throw new UsageError(`--url: expected a URL, got "${url}"`);
    const { code, report, text } = await checkCommand({
      file: gate,
      url: url === undefined ? undefined : new URL(url),
    });
    say(report, text);
    return code;
  },
  async run({ gate, limit, say }) {
    if (gate === undefined) throw new UsageError('run wants --gate FILE, the file that exports your gate');
    if (limit !== undefined && !/^0*[1-9]\d{0,8}$/.test(limit)) {
      throw new UsageError(`--limit: expected a whole number from 1, got "${limit}"`);
    }
    const { signal, hurry } = interrupts();
    // The line ends with the cursor at its beginning, so that whatever is written next takes its place.
    const draw = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\x1b[2K${line}\r`));
    const { code, result } = await runCommand({
      file: gate,
      limit: limit === undefined ? undefined : Number(limit),
      signal,
      hurry,
      draw,
    });
    draw('');
    const left = result.remaining === 0 ? '' : `, ${result.atLeast ? 'at least ' : ''}${result.remaining} left`;
    say(result, `${result.message} (${result.stopped}${left})`);
    return code;
  },
  async status({ words, ledger, say }) {
    const gates = words[0] === undefined ? await ledger.gates() : [words[0]];
    const states = await Promise.all(gates.map((gate) => ledger.status(gate)));
    const known = states.filter((state) => state !== null);
    const line = (state: (typeof known)[number]): string =>
      `${state.gate}: ${state.state}${state.reason === null ? '' : ` (${state.reason})`}, ${state.backlog.atLeast ? 'at least ' : ''}${state.backlog.count} waiting for work, ${state.leased} of ${state.cap} places taken, ${state.parked} parked`;
    say(
      known,
      known.length > 0
        ? known.map(line).join('\n')
        : words[0] === undefined
          ? 'There is no gate yet: it appears with its first run.'
          : `There is no gate ${words[0]}.`,
    );
    return known.length < states.length ? 1 : 0;
  },
  async explain(call) {
    const [key] = call.words;
    if (key === undefined) throw new UsageError('explain wants a KEY');
    const told = await call.ledger.explain(await gateOf(call), key);
    const lines = told?.rules.map(({ holds, text }) => `${holds ? '✗' : '✓'} ${text}`) ?? [];
    call.say(told, told === null ? `No record ${key} is known.` : [told.because, ...lines].join('\n'));
    return told === null ? 1 : 0;
  },
  async pause(call) {
    const gate = await gateOf(call, call.words[0]);
    const done = await call.ledger.pause(gate, call.reason);
    call.say({ gate, paused: done }, done ? `${gate} is paused.` : `There is no gate ${gate}.`);
    return done ? 0 : 1;
  },
  async resume(call) {
    const gate = await gateOf(call, call.words[0]);
    const done = await call.ledger.resume(gate);
    call.say({ gate, resumed: done }, done ? `${gate} is open.` : `There is no gate ${gate}.`);
    return done ? 0 : 1;
  },
  async release(call) {
    if (call.words.length === 0) throw new UsageError('release wants at least one KEY');
    const released = await call.ledger.release(await gateOf(call), call.words);
    call.say({ released }, `${released.length} of ${call.words.length} released.`);
    return released.length === call.words.length ? 0 : 1;
  },
};

/** The first interrupt lets what is in flight end, the second one gives it back at once, the third one ends the process. */
function interrupts(): { readonly signal: AbortSignal; readonly hurry: AbortSignal } {
  const steps = [new AbortController(), new AbortController()] as const;
  let heard = 0;
  let heardAt = Number.NEGATIVE_INFINITY;
  const hear = (): void => {
    // npm passes on what the terminal has sent to us already.
    if (performance.now() - heardAt < ONE_INTERRUPT_MS) return;
    heardAt = performance.now();
    const step = steps[heard];
    heard += 1;
    if (step === undefined) process.exit(130);
    process.stderr.write(
      heard === 1
        ? '\nStopping: nothing more is leased, what is in flight may end. Ctrl-C again gives it back at once.\n'
        : 'Giving back what is in flight.\n',
    );
    step.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear);
  return { signal: steps[0].signal, hurry: steps[1].signal };
}

const ONE_INTERRUPT_MS = 500;

/** The gate that is meant: the one named, or the only one there is. */
async function gateOf({ gate, ledger }: Call, word?: string): Promise<string> {
  const named = word ?? gate;
  if (named !== undefined) return named;
  const [only, ...more] = await ledger.gates();
  if (only === undefined) throw new UsageError('there is no gate yet');
  if (more.length > 0) throw new UsageError(`which gate? There are ${[only, ...more].join(', ')}`);
  return only;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = {
    gate: { type: 'string' },
    reason: { type: 'string' },
    from: { type: 'string' },
    limit: { type: 'string' },
    url: { type: 'string' },
    table: { type: 'string' },
    role: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [verb = '', ...words] = positionals;
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (run === undefined) throw new UsageError(verb === '' ? 'a command is missing' : `there is no command "${verb}"`);
  const say: Call['say'] = (value, sentence) =>
    void process.stdout.write(`${values.json === true ? JSON.stringify(value) : sentence}\n`);
  return await run({ ...values, words, ledger: createLedger(), say });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  const hint = isTidegateError(error) && error.hint !== undefined ? `\n${error.hint}` : '';
  process.stderr.write(`tidegate: ${(error as Error).message}${hint}\n${usage ? `${USAGE}\n` : ''}`);
  process.exitCode = usage || (isTidegateError(error) && error.code === 'configuration') ? 2 : 1;
} finally {
  await closePool();
}
