/**
 * `tidegate init`: writes a gate into somebody's Next.js project. Plans all files first, then writes those that are not
 * there: a file that stands is never changed, but for the schedule that is added to vercel.json. Asks no database.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { TidegateError } from './errors.ts';
import { checkName } from './gate.ts';
import { gateText, roleText, routeText, scheduleText, viewText } from './init-files.ts';
import { migrationsFolder } from './migrate.ts';
import { quoted, viewOf } from './source.ts';

/** What to write, and where. */
export interface InitSetting {
  /** The project's folder. */
  readonly root: string;
  readonly gate: string;
  /** `schema.table` that the view reads. */
  readonly table: string;
  /** The role that ticks: its grants and policies become one more migration. */
  readonly role?: string | undefined;
  readonly now: Date;
}

/** What became of each file, its path from the root. */
export interface Written {
  readonly wrote: readonly string[];
  /** Stood there already, and was left as it is. */
  readonly stands: readonly string[];
  /** What to do next, a sentence each. */
  readonly next: readonly string[];
}

const IDENTIFIER = /^[a-z_][a-z0-9_$]{0,62}$/i;

/** The gate that is meant for a table where none is named: `verify-applications` for `public.applications`. */
export function gateFor(table: string): string {
  return `verify-${table
    .slice(table.lastIndexOf('.') + 1)
    .toLowerCase()
    .replaceAll('_', '-')}`;
}

/** Writes the files. Throws `configuration` for a name that cannot be one. */
export function init(named: InitSetting): Written {
  checkName(named.gate);
  checkIdentifiers(named);
  const setting = { ...named, table: named.table.split('.').map(asIdentifier).join('.') };
  const migrations = existsSync(join(setting.root, 'supabase')) ? 'supabase/migrations' : 'tidegate/migrations';
  const files = [...engineFiles(migrations), ...ownMigrations(setting, migrations), ...appFiles(setting)];
  const wrote: string[] = [];
  const stands: string[] = [];
  for (const { path, text, stands: standing } of files) {
    if (standing ?? existsSync(join(setting.root, path))) {
      stands.push(path);
    } else {
      write(join(setting.root, path), text);
      wrote.push(path);
    }
  }
  const crons = addCron(setting);
  (crons === 'stands' ? stands : wrote).push('vercel.json');
  return { wrote, stands, next: nextSteps(setting, migrations, wrote) };
}

interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** Known to stand under another name. */
  readonly stands?: boolean;
}

function checkIdentifiers({ table, role }: InitSetting): void {
  const parts = table.split('.');
  if (parts.length > 2 || !parts.every((part) => IDENTIFIER.test(part))) {
    throw new TidegateError('configuration', `--table: expected a name like public.applications, got "${table}".`);
  }
  if (role !== undefined && !IDENTIFIER.test(role)) {
    throw new TidegateError('configuration', `--role: expected the name of a role, got "${role}".`);
  }
}

/** Quoted only where it has to be: people read it. */
function asIdentifier(part: string): string {
  return part === part.toLowerCase() ? part : quoted(part);
}

/** The engine's own, under their own names: each enters itself in `tidegate.migrations`, and is skipped where it stands. */
function engineFiles(folder: string): readonly PlannedFile[] {
  const files = readdirSync(migrationsFolder()).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => ({
    path: posix.join(folder, file),
    text: readFileSync(join(migrationsFolder(), file), 'utf8'),
  }));
}

/** The view and the role's grants, named after everything that stands there. */
function ownMigrations({ root, gate, table, role, now }: InitSetting, folder: string): readonly PlannedFile[] {
  const there = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  const engine = readdirSync(migrationsFolder());
  let last = [...there, ...engine].map((file) => /^\d{14}/.exec(file)?.[0] ?? '').reduce((a, b) => (a > b ? a : b), '');
  const plan = (words: string, text: (name: string) => string): PlannedFile => {
    const standing = there.find((file) => /^\d{14}_/.test(file) && file.slice(15) === `${words}.sql`);
    if (standing !== undefined) return { path: posix.join(folder, standing), text: '', stands: true };
    const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
    last = stamp > last ? stamp : String(BigInt(last) + 1n);
    const name = `${last}_${words}`;
    return { path: posix.join(folder, `${name}.sql`), text: text(name) };
  };
  const view = plan(`${viewOf(gate)}_view`, (name) => viewText({ name, gate, table }));
  if (role === undefined) return [view];
  const grants = plan(`${viewOf(gate)}_for_${role.toLowerCase()}`, (name) => roleText({ name, role, table, gate }));
  return [view, grants];
}

function appFiles({ root, gate, table }: InitSetting): readonly PlannedFile[] {
  const source = existsSync(join(root, 'src/app')) ? 'src/' : '';
  const gatePath = gateFileOf(root, source, gate);
  const route = `${source}app/api/cron/${gate}/route.ts`;
  const from = relative(dirname(route), gatePath).replace(/\.ts$/, '');
  return [
    { path: gatePath, text: gateText({ path: gatePath, gate, table }) },
    { path: route, text: routeText({ path: route, gate: from }) },
    { path: `tidegate/schedule_${viewOf(gate)}.sql`, text: scheduleText({ gate }) },
  ];
}

/** `lib/gate.ts`, or a file of its own where that one is another gate's. */
function gateFileOf(root: string, source: string, gate: string): string {
  const first = `${source}lib/gate.ts`;
  if (!existsSync(join(root, first))) return first;
  const names = readFileSync(join(root, first), 'utf8').match(/\bname:\s*['"`]([^'"`]+)/g) ?? [];
  const isAnothers = names.length > 0 && !names.some((name) => name.endsWith(gate));
  return isAnothers ? `${source}lib/${gate}-gate.ts` : first;
}

/** Adds the schedule to vercel.json, and leaves the rest of it as it is. */
function addCron({ root, gate }: InitSetting): 'wrote' | 'stands' {
  const path = join(root, 'vercel.json');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
  let settings: { crons?: { path: string; schedule: string }[] };
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw new TidegateError('configuration', `vercel.json is no JSON: ${(cause as Error).message}`, { cause });
  }
  const cron = { path: `/api/cron/${gate}`, schedule: '*/5 * * * *' };
  if (settings.crons?.some((one) => one.path === cron.path) === true) return 'stands';
  const indent = /^[ \t]+/m.exec(text)?.[0] ?? '  ';
  writeFileSync(path, `${JSON.stringify({ ...settings, crons: [...(settings.crons ?? []), cron] }, null, indent)}\n`);
  return 'wrote';
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  // Refuses to replace: somebody may have made it meanwhile.
  writeFileSync(path, text, { flag: 'wx' });
}

function nextSteps({ gate }: InitSetting, migrations: string, wrote: readonly string[]): readonly string[] {
  const view = wrote.find((path) => path.endsWith(`${viewOf(gate)}_view.sql`));
  const gateFile = wrote.find((path) => /lib\/.*gate\.ts$/.test(path)) ?? 'lib/gate.ts';
  const apply = migrations.startsWith('supabase')
    ? "supabase db push --include-all (the engine's files may be older than your newest)"
    : `npx tidegate migrate --from ${migrations}`;
  return [
    ...(view === undefined ? [] : [`Fill in the view: ${view}`]),
    `Say what the work is: ${gateFile}`,
    `Bring the schema in: ${apply}`,
    `Look for mistakes: npx tidegate check --gate ./${gateFile}`,
    `Set CRON_SECRET (openssl rand -hex 32) and DATABASE_URL where the app runs, and keep one schedule: vercel.json (Vercel's Hobby plan refuses more than one tick a day), or tidegate/schedule_${viewOf(gate)}.sql`,
  ];
}
