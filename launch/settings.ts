// What `npm start` itself needs from the environment, read here and nowhere else in this folder. The product's own reading
// (the console's `readEnvironment`) checks every variable but the schedule, so that all problems come at once and each in
// one wording. A variable that is empty counts as unset, except that a secret set to nothing is not generated either.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cron } from 'croner';
import { Refusal } from './refusal.ts';

/** The repository's root, from which relative paths in variables are meant. */
export const ROOT: string = resolve(import.meta.dirname, '..');

/** The launcher's settings. `databaseUrl` null means the embedded PostgreSQL; `schedule` null means no clock. */
export interface LaunchSettings extends ConsoleSettings {
  /** As set, also to nothing; undefined where the variable is absent. */
  readonly secrets: Readonly<Record<'CRON_SECRET' | 'ADMIN_TOKEN', string | undefined>>;
}

/** What the launcher uses of the console's settings. */
interface ConsoleSettings {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly schedule: string | null;
  readonly timeZone: string;
  readonly databaseUrl: string | null;
  readonly databaseDirectUrl: string | null;
  readonly attachments: { readonly folder: string } | { readonly bucket: object };
  readonly seed: 'samples' | 'none';
  /** Whether there are records of ours at all, and so a cron endpoint for the clock to call. */
  readonly records: boolean;
  readonly limits: { readonly runDeadlineMs: number };
}

type ReadEnvironment = (env: NodeJS.ProcessEnv) => ConsoleSettings;

/** The process's environment, after `.env.local` and `.env` at the root, which never replace what is set. */
export function environment(): NodeJS.ProcessEnv {
  for (const name of ['.env.local', '.env']) {
    const file = join(ROOT, name);
    if (existsSync(file)) process.loadEnvFile(file);
  }
  return process.env;
}

/** Reads and checks everything, or throws a Refusal that lists all problems, one a line. */
export async function readLaunchSettings(env: NodeJS.ProcessEnv): Promise<LaunchSettings> {
  const file = join(ROOT, 'apps/console/lib/environment.ts');
  const { readEnvironment } = (await import(pathToFileURL(file).href)) as { readEnvironment: ReadEnvironment };
  const problems: string[] = [];
  const settings = attempt(() => readEnvironment(env), problems);
  const schedule = env.CRON_SCHEDULE?.trim() || 'off';
  if (schedule !== 'off' && !isSchedule(schedule)) {
    problems.push(`CRON_SCHEDULE: expected five fields like "*/5 * * * *", or off, got "${schedule}"`);
  }
  if (settings === null || problems.length > 0) throw new Refusal(problems.join('\n'));
  const { CRON_SECRET, ADMIN_TOKEN } = env;
  return { ...settings, secrets: { CRON_SECRET, ADMIN_TOKEN } };
}

function attempt(read: () => ConsoleSettings, problems: string[]): ConsoleSettings | null {
  try {
    return read();
  } catch (cause) {
    problems.push((cause as Error).message);
    return null;
  }
}

function isSchedule(pattern: string): boolean {
  try {
    new Cron(pattern, { paused: true, mode: '5-or-6-parts' }).stop();
    return true;
  } catch {
    return false;
  }
}
