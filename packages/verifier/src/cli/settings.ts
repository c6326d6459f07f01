/**
 * Arguments and environment of the command line, checked once with all problems at a time. The only file of this
 * package that is given the environment.
 */

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ModelSettings, readModelSettings } from '../judge/settings.ts';
import { readingProcesses } from '../read/limits.ts';

/** What a command was asked to do. */
export interface Settings {
  readonly command: 'verify' | 'eval';
  readonly file: string;
  /** Documents read at once. */
  readonly concurrency: number;
  readonly attemptTimeoutMs: number;
  /** Asked about what the device leaves in doubt; null for none. */
  readonly languageModel: ModelSettings | null;
  readonly json: boolean;
}

/** How to call it. */
export const usage = `Usage: tidegate-verifier verify FILE.jsonl [options]   a verdict per line, in order
       tidegate-verifier eval FILE.jsonl [options]     coverage and error rates of a labelled file

A line: {"key", "kind", "locale"?, "claims": {…}, "attachments": ["path beside the file"], "expected"?}

  --provider NAME      who is asked what this machine leaves in doubt: local (nobody, the default), openai, anthropic,
                       google or compatible (any server that speaks the OpenAI chat protocol)
  --concurrency N      documents read at once (default: what cores and memory bear)
  --json               eval: figures for machines
  --help               this text

ATTEMPT_TIMEOUT_SECONDS (default 60) holds for each line. A provider takes AI_MODEL, AI_API_KEY, AI_BASE_URL and
AI_PRICE (dollars for a million tokens in and out, such as 2/10); AI_PROVIDER is --provider where that is left out.`;

/** Settings, or every problem with them. */
export function readSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Settings | { help: true } | { problems: string[] } {
  const problems: string[] = [];
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { help: true };
  const [command, file, ...more] = positionals;
  if (command !== 'verify' && command !== 'eval')
    problems.push(`expected the command verify or eval, got ${command ?? 'none'}`);
  if (file === undefined) problems.push('expected a FILE.jsonl, got none');
  else if (!isReadableFile(file)) problems.push(`expected a file that can be read, got ${file}`);
  if (more.length > 0) problems.push(`expected one file, got also ${more.join(' ')}`);
  const languageModel = modelOf(values.provider, env, problems);
  const concurrency = wholeNumber(values.concurrency, { name: '--concurrency', max: 64, problems });
  const seconds =
    wholeNumber(env.ATTEMPT_TIMEOUT_SECONDS || undefined, { name: 'ATTEMPT_TIMEOUT_SECONDS', max: 3600, problems }) ??
    60;
  if (problems.length > 0) return { problems };
  return {
    command: command as Settings['command'],
    file: file as string,
    concurrency: concurrency ?? readingProcesses(),
    attemptTimeoutMs: seconds * 1000,
    languageModel,
    json: values.json === true,
  };
}

/** `--provider local` leaves the other variables aside: they may be set for another program. */
function modelOf(provider: string | undefined, env: NodeJS.ProcessEnv, problems: string[]): ModelSettings | null {
  if (provider === 'local') return null;
  return readModelSettings(provider === undefined ? env : { ...env, AI_PROVIDER: provider }, problems);
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      provider: { type: 'string' },
      concurrency: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function wholeNumber(
  text: string | undefined,
  at: { name: string; max: number; problems: string[] },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= at.max) return value;
  at.problems.push(`${at.name}: expected a whole number from 1 to ${at.max}, got ${text}`);
  return undefined;
}

/** Attachments are found beside the file, so that it has to lie in a folder: the end of a pipe does not. */
function isReadableFile(file: string): boolean {
  try {
    accessSync(realpathSync(file), constants.R_OK);
    return !statSync(file).isDirectory();
  } catch {
    return false;
  }
}
