#!/usr/bin/env node
/**
 * The command line over DATABASE_URL (or the embedded database of `npm start`): the schema and the operator's verbs.
 * Exit 0 done, 1 fell short, 2 unusable arguments. `--json` prints for machines.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkCommand } from './check/command.ts';
import { quieten, readDirectDatabase } from './config.ts';
import { closePool } from './database.ts';
import { isTidegateError, TidegateError } from './errors.ts';
import { gateFor, init } from './init.ts';
import { createLedger } from './ledger.ts';
import { migrate, migrationsFolder } from './migrate.ts';
import { runCommand } from './run-command.ts';
import type { GateStatus, Ledger } from './types.ts';

/** How a command is called. */
interface Form {
  readonly takes: string;
  readonly options: readonly string[];
  readonly wordsMax: number;
}

/** What each command takes, for people and for the check of its arguments. */
const COMMANDS = {
  init: {
    takes: '[--gate NAME] [--table public.applications] [--role NAME]',
    options: ['gate', 'table', 'role'],
    wordsMax: 0,
  },
  migrate: { takes: '[--from FOLDER]', options: ['from'], wordsMax: 0 },
  check: { takes: '[--gate FILE] [--url URL]', options: ['gate', 'url'], wordsMax: 0 },
  run: { takes: '--gate FILE [--limit N]', options: ['gate', 'limit'], wordsMax: 0 },
  status: { takes: '[GATE]', options: ['gate'], wordsMax: 1 },
  explain: { takes: 'KEY [--gate GATE]', options: ['gate'], wordsMax: 1 },
  pause: { takes: '[GATE] [--reason TEXT]', options: ['gate', 'reason'], wordsMax: 1 },
  resume: { takes: '[GATE]', options: ['gate'], wordsMax: 1 },
  release: { takes: 'KEY… [--gate GATE]', options: ['gate'], wordsMax: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, Form>;
type Command = keyof typeof COMMANDS;

const USAGE = `tidegate init ${COMMANDS.init.takes}
    write migrations, view, gate, route and schedule into the project in this folder
tidegate migrate ${COMMANDS.migrate.takes}
    bring the database's schema up to this program, or to a folder of migrations
tidegate check ${COMMANDS.check.takes}
    look for what would go wrong, and say what mends it
tidegate run ${COMMANDS.run.takes}
    drain the source with the gate that FILE exports; Ctrl-C lets what is in flight end, once more gives it back
tidegate status ${COMMANDS.status.takes}
    state, backlog and last run of one gate or all
tidegate explain ${COMMANDS.explain.takes}
    why a record is, or is not, being processed now
tidegate pause ${COMMANDS.pause.takes}
    stop leasing until resume
tidegate resume ${COMMANDS.resume.takes}
    end a pause and a shutting
tidegate release ${COMMANDS.release.takes}
    let parked records run again
Options: --json. GATE may be left out where there is only one. The database is the one of DATABASE_URL.`;

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

const VERBS: Readonly<Record<Command, (call: Call) => Promise<number>>> = {
  async migrate({ from, say }) {
    if (from !== undefined && !existsSync(from)) throw new UsageError(`--from: there is no folder ${from}`);
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
  async status({ words, gate, ledger, say }) {
    const named = words[0] ?? gate;
    const gates = named === undefined ? await ledger.gates() : [named];
    const states = await Promise.all(gates.map((gate) => ledger.status(gate)));
    const known = states.filter((state) => state !== null);
    say(
      known,
      known.length > 0 ? known.map(stateLine).join('\n') : named === undefined ? NO_GATE : `There is no gate ${named}.`,
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
    const fewer = released.length < call.words.length ? '; only parked records can be' : '';
    call.say({ released }, `${released.length} of ${call.words.length} released${fewer}.`);
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

const NO_GATE = 'There is no gate yet: it appears with its first run.';

/** A gate's state in one line. */
function stateLine(state: GateStatus): string {
  const { gate, reason, backlog, leased, cap, allowed, parked, lastRun, overdue } = state;
  const allows = allowed < cap ? ` (${allowed} allowed now)` : '';
  const last = lastRun === null ? 'no run yet' : `last run ${lastRun.startedAt} (${lastRun.trigger})`;
  return [
    `${gate}: ${state.state}${reason === null ? '' : ` (${reason})`}`,
    `${backlog.atLeast ? 'at least ' : ''}${backlog.count} waiting for work`,
    `${leased} of ${cap} places taken${allows}`,
    `${parked} parked`,
    `${last}${overdue ? ': a tick is overdue' : ''}`,
  ].join(', ');
}

/** The gate that is meant: the one named, or the only one there is. */
async function gateOf({ gate, ledger }: Call, word?: string): Promise<string> {
  const named = word ?? gate;
  if (named !== undefined) return named;
  const [only, ...more] = await ledger.gates();
  if (only === undefined) throw new TidegateError('not_found', NO_GATE);
  if (more.length > 0)
    throw new UsageError(`which gate? There are ${[only, ...more].join(', ')}: name one with --gate`);
  return only;
}

function isCommand(verb: string): verb is Command {
  return Object.hasOwn(COMMANDS, verb);
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
  if (!isCommand(verb)) throw new UsageError(verb === '' ? 'a command is missing' : `there is no command "${verb}"`);
  const { takes, options: own, wordsMax }: Form = COMMANDS[verb];
  const foreign = Object.keys(values).find((name) => name !== 'json' && !own.includes(name));
  if (foreign !== undefined) throw new UsageError(`${verb} takes no --${foreign}: tidegate ${verb} ${takes}`);
  if (words.length > wordsMax) throw new UsageError(`${verb} takes no "${words[wordsMax]}": tidegate ${verb} ${takes}`);
  const say: Call['say'] = (value, sentence) =>
    void process.stdout.write(`${values.json === true ? JSON.stringify(value) : sentence}\n`);
  return await VERBS[verb]({ ...values, words, ledger: createLedger(), say });
}

// A project that create-next-app made names no module type, and Node's advice to name one would stand before each answer.
const [warn] = process.listeners('warning');
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if ((warning as { code?: string }).code !== 'MODULE_TYPELESS_PACKAGE_JSON') warn?.(warning);
});
quieten();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  const hint = isTidegateError(error) && error.hint !== undefined ? `\n${error.hint}` : '';
  const [message = ''] = (error as Error).message.split('. To specify a positional');
  process.stderr.write(`tidegate: ${message}${hint}\n${usage ? 'tidegate --help tells all commands.\n' : ''}`);
  process.exitCode = usage || (isTidegateError(error) && error.code === 'configuration') ? 2 : 1;
} finally {
  await closePool();
  // A run that still insists on a database which is away holds nobody up.
  setTimeout(() => process.exit(), 1_000).unref();
}
