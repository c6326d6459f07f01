// `npm start`: everything on one machine, in the order of `launch` below. Each step is a file of its own; this one tells the
// story, prints it, and undoes it in reverse when it is stopped.
import { relative, resolve } from 'node:path';
import { checkAttachments, checkFolder, checkMemory, checkPort, refusedDatabase } from './checks.ts';
import { type Clock, startClock } from './clock.ts';
import { ensureConsoleBuilt } from './console-build.ts';
import { endPreviousLife, prepare } from './console-parts.ts';
import { addressOf, type ConsoleServer, startConsole, waitForHealth } from './console-server.ts';
import { openEmbedded } from './embedded.ts';
import { beginLife, endLife, keepLife, type Life, launcherId, stopServer } from './lives.ts';
import { Refusal } from './refusal.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import { environment, type LaunchSettings, readLaunchSettings } from './settings.ts';
import { type Running, supervise } from './supervise.ts';

const stopping = new AbortController();
let hurry: () => void = () => {};
let graceMs = 0;
let askedAt = 0;
const say = (line: string): void => console.log(line);

/** How long what is being verified may still take: less where a person sits before it than where a platform asks. */
const GRACE_MS = { SIGINT: 5_000, SIGHUP: 5_000, SIGTERM: 20_000 } as const;
/** npm passes on what the terminal has sent to us already. */
const ONE_INTERRUPT_MS = 500;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.exitCode = await launch(environment()).then(
  () => 0,
  (cause: unknown) => {
    if (stopping.signal.aborted) return 0;
    console.error(cause instanceof Error ? cause.message : String(cause));
    return cause instanceof Refusal ? 2 : 1;
  },
);

/** Asked once it stops in order; asked again it does not wait for what is being verified. */
function stop(signal: keyof typeof GRACE_MS): void {
  const now = performance.now();
  const isFirst = !stopping.signal.aborted;
  if (!isFirst && now - askedAt < ONE_INTERRUPT_MS) return;
  askedAt = now;
  if (isFirst) {
    graceMs = GRACE_MS[signal];
    say(`Stopping: what is being verified has ${graceMs / 1_000} s to end. Ctrl-C again gives it back at once.`);
    stopping.abort();
  } else {
    hurry();
  }
}

async function launch(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = await readLaunchSettings(env);
  checkFolder(settings.dir);
  const life = await beginLife(settings.dir, say);
  try {
    await checkPort(settings.port, settings.host);
    checkMemory();
    if (settings.records && 'folder' in settings.attachments) checkAttachments(settings.attachments.folder);
    await run(env, settings, life);
  } finally {
    endLife(settings.dir);
  }
}

/** A relative path to a certificate, made whole: the server runs in another folder. */
function certificatePath(env: NodeJS.ProcessEnv): { DATABASE_CA?: string } {
  const given = env.DATABASE_CA;
  return given === undefined || given.trim() === '' || given.includes('-----BEGIN')
    ? {}
    : { DATABASE_CA: resolve(given) };
}

async function run(env: NodeJS.ProcessEnv, settings: LaunchSettings, life: Life): Promise<void> {
  const { secrets, generated } = openSecrets(settings.dir, settings.secrets);
  const { attachments } = settings;
  const ours = {
    ...env,
    ...secrets,
    ...certificatePath(env),
    TIDEGATE_DIR: settings.dir,
    ...('folder' in attachments ? { ATTACHMENTS_URL: `file:${attachments.folder}` } : {}),
  };
  showGenerated(settings, generated);

  await ensureConsoleBuilt(env, stopping.signal, say);
  const running: Partial<Running> = {};
  let clock: Clock | null = null;
  try {
    const openDatabase = () => openEmbedded({ dir: settings.dir, log: say });
    running.database = settings.databaseUrl === null ? await openDatabase() : null;
    if (running.database?.apart)
      say(`Root's PostgreSQL runs as another user; its data lies in ${running.database.folder}.`);
    stopping.signal.throwIfAborted();
    const databaseUrl = (): string => running.database?.url ?? settings.databaseUrl ?? '';
    const { seeded, records } = await prepare({
      databaseUrl: databaseUrl(),
      directUrl: (running.database === null ? settings.databaseDirectUrl : null) ?? databaseUrl(),
      attachments,
      seed: settings.seed,
      log: say,
    }).catch((cause: unknown) => {
      throw settings.databaseUrl === null ? cause : refusedDatabase(cause, databaseVariable(env));
    });
    if (seeded > 0) say(`Put in ${seeded} sample records.`);
    stopping.signal.throwIfAborted();

    const id = launcherId(settings.dir);
    const address = addressOf(settings.host, settings.port);
    const openServer = async (): Promise<ConsoleServer> => {
      if (running.database !== null) await endPreviousLife(databaseUrl(), id);
      const launcher = running.database === null ? {} : { DATABASE_URL: databaseUrl(), TIDEGATE_LAUNCHER: id };
      const server = startConsole(settings.host, settings.port, { ...ours, ...launcher });
      running.server = server;
      hurry = () => void stopServer(server.process, 0);
      life.server = server.process;
      keepLife(settings.dir, life);
      await waitForHealth(server, address, stopping.signal);
      return server;
    };
    const server = await openServer();

    clock = records ? openClock(settings, secrets, address) : null;
    showReady(settings, address, clock);
    if (seeded > 0) void clock?.tick();
    await supervise(Object.assign(running, { server, database: running.database }), {
      npm: life.npm,
      signal: stopping.signal,
      log: say,
      openDatabase,
      openServer,
    });
  } finally {
    clock?.stop();
    await running.server?.stop(graceMs);
    await running.database?.stop();
    say('Stopped.');
  }
}

/** The variable that says where migrations run. */
function databaseVariable(env: NodeJS.ProcessEnv): string {
  const names = ['DATABASE_DIRECT_URL', 'POSTGRES_URL_NON_POOLING', 'DATABASE_URL', 'POSTGRES_URL'];
  return names.find((name) => (env[name]?.trim() ?? '') !== '') ?? 'DATABASE_URL';
}

/** The clock, where one is wanted and there is a secret to call the endpoint with. */
function openClock(settings: LaunchSettings, secrets: Secrets, address: string): Clock | null {
  if (settings.schedule === null || secrets.CRON_SECRET === undefined) return null;
  return startClock({
    url: `${address}/api/cron/verify-records`,
    secret: secrets.CRON_SECRET,
    schedule: settings.schedule,
    timeZone: settings.timeZone,
    timeoutMs: settings.limits.runDeadlineMs + 60_000,
    log: (line) => say(`${new Date().toISOString()} ${line}`),
  });
}

function showGenerated(settings: LaunchSettings, generated: Secrets): void {
  if (Object.keys(generated).length === 0) return;
  say(`Generated secrets, shown this once and kept in ${settings.dir}/secrets.json:`);
  for (const [name, value] of Object.entries(generated)) say(`  ${name}=${value}`);
}

function showReady(settings: LaunchSettings, address: string, clock: Clock | null): void {
  const next = clock?.next() ?? null;
  const file = relative(process.cwd(), `${settings.dir}/secrets.json`);
  const kept = `$(sed -n 's/.*"CRON_SECRET": "\\(.*\\)".*/\\1/p' ${file})`;
  const secret = settings.secrets.CRON_SECRET === undefined ? kept : '$CRON_SECRET';
  say(`Tidegate is ready at ${address}`);
  if (next !== null)
    say(`  The clock ticks on "${settings.schedule}" (${settings.timeZone}), next at ${next.toISOString()}.`);
  else say('  The clock is off.');
  if (settings.secrets.CRON_SECRET?.trim() === '') say('  CRON_SECRET is empty, so the cron endpoint answers 500.');
  say(`  A tick by hand: curl -X POST -H "Authorization: Bearer ${secret}" ${address}/api/cron/verify-records`);
  say('  Ctrl-C stops everything.');
}
