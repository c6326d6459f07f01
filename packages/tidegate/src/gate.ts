/**
 * A gate: view + work + apply under one name. Opens runs and answers for them; the loop is in run.ts, the law in the
 * step. Creating one reads, opens and throws nothing: the first use does.
 */
import { emptyResult, messageOf, readRun, tickOf } from './answer.ts';
import { BATCH_CEILING, readLauncher, readLimits } from './config.ts';
import { closePool, openPool } from './database.ts';
import { TidegateError } from './errors.ts';
import { explain } from './explain.ts';
import { log } from './log.ts';
import { ensureGate, newRunId, type Opened, openRun, peekGate } from './opening.ts';
import { pause, release, resume } from './operator.ts';
import { trim } from './retention.ts';
import { drive, type Ended } from './run.ts';
import { spelled } from './source.ts';
import type {
  Database,
  Explanation,
  Gate,
  GateOptions,
  Limits,
  RecordResult,
  RunOptions,
  RunResult,
  SingleResult,
  StartedRun,
} from './types.ts';
import { createWalker } from './walker.ts';

const NAME = /^[a-z][a-z0-9-]{0,49}$/;
const ENGINE_TABLES = new Set(['gates', 'runs', 'items', 'attempts', 'hours', 'migrations']);
const DRY_WALK_MS_MAX = 5_000;
/** What was given back is written in this time, or not at all. */
const AFTER_GRACE_MS_MAX = 5_000;

/** Makes a gate. Nothing is checked or opened before its first use. */
export function createGate<Payload = unknown, Value = unknown>(given: GateOptions<Payload, Value>): Gate {
  const options = given.apply === undefined ? given : { ...given, apply: withoutSemicolon(given.apply) };
  const stopping = new AbortController();
  const hurrying = new AbortController();
  const active = new Set<Promise<unknown>>();
  let settings: { readonly database: Database; readonly limits: Limits } | undefined;
  const use = (): { readonly database: Database; readonly limits: Limits } => {
    checkName(options.name);
    settings ??= { database: options.database ?? openPool(), limits: readLimits(options.limits) };
    return settings;
  };
  const setting = {
    options,
    use,
    stopping: stopping.signal,
    hurrying: hurrying.signal,
    track: (run: Promise<unknown>) => track(active, run),
  };
  const gate: Gate = {
    name: options.name,
    start: (run = {}) => start(setting, run),
    run: async (run = {}) => (await start(setting, run)).finished,
    attempt: (key, { signal } = {}) => attemptOne(setting, key, signal),
    explain: (key) => explain(use().database, options.name, key),
    readRun: async (runId) => (await readRun(use().database, runId, options.name))?.view ?? null,
    async pause(reason) {
      const { database, limits } = use();
      await ensureGate(database, options.name, limits.concurrencyMax);
      await pause(database, options.name, reason ?? null);
    },
    async resume() {
      await resume(use().database, options.name);
    },
    release: (keys) => release(use().database, options.name, keys),
    async close({ graceMs = settings?.limits.shutdownGraceMs ?? 0 } = {}) {
      stopping.abort();
      if (graceMs <= 0) hurrying.abort();
      const timer = setTimeout(() => hurrying.abort(), graceMs);
      await within(Promise.allSettled(active), graceMs + AFTER_GRACE_MS_MAX);
      clearTimeout(timer);
      if (options.database === undefined && settings !== undefined) await closePool();
    },
  };
  return Object.defineProperty(gate, optionsKey, { value: options });
}

/** `apply` becomes a part of a larger statement, here as in `check`. */
function withoutSemicolon(statement: string): string {
  return statement.replace(/[\s;]+$/, '');
}

const optionsKey = Symbol.for('tidegate.options');

/** What a gate was made of, for the command line; undefined for anything that is no gate. Not part of the library. */
export function optionsOf(value: unknown): GateOptions<unknown, unknown> | undefined {
  return (value as { [optionsKey]?: GateOptions<unknown, unknown> } | null | undefined)?.[optionsKey];
}

interface Setting<Payload, Value> {
  readonly options: GateOptions<Payload, Value>;
  readonly use: () => { readonly database: Database; readonly limits: Limits };
  readonly stopping: AbortSignal;
  readonly hurrying: AbortSignal;
  readonly track: (run: Promise<unknown>) => void;
}

async function start<Payload, Value>(setting: Setting<Payload, Value>, run: RunOptions): Promise<StartedRun> {
  const { database, limits } = setting.use();
  const batch =
    run.drain === true
      ? (run.limit ?? Number.POSITIVE_INFINITY)
      : Math.min(BATCH_CEILING, limits.batchMax, run.limit ?? BATCH_CEILING);
  if (run.dryRun === true) return { runId: null, replay: null, finished: dryRun(setting, batch) };
  const opened = await openRun(database, setting.options.name, {
    id: newRunId(),
    trigger: run.trigger ?? 'cli',
    launcher: readLauncher(),
    idempotencyKey: run.idempotencyKey ?? null,
    limits,
  });
  if (opened.run === null) return await replay(database, setting.options.name, opened.known);
  const finished = finish(setting, { ...opened, run: opened.run }, run, batch);
  setting.track(finished);
  return { runId: opened.run, replay: null, finished };
}

/** The first run under a known idempotency key: its result, or that it still goes on. */
async function replay(database: Database, gate: string, runId: string | null): Promise<StartedRun> {
  const first = runId === null ? null : await readRun(database, runId, gate);
  if (first === null) throw new TidegateError('not_found', 'The run of this idempotency key cannot be read.');
  const finished =
    first.error === null
      ? Promise.resolve(tickOf(first.view))
      : Promise.reject(
          new TidegateError(first.error.code as 'source_failed', first.error.message, {
            runId: first.view.runId ?? undefined,
          }),
        );
  finished.catch(() => {});
  return { runId, replay: { state: first.running ? 'running' : 'ended' }, finished };
}

/** Drives a run to its end and reads its answer back: committed outcomes only. */
async function finish<Payload, Value>(
  setting: Setting<Payload, Value>,
  opened: Opened & { readonly run: string },
  run: RunOptions,
  batch: number,
): Promise<RunResult> {
  const { database, limits } = setting.use();
  const away = Promise.withResolvers<never>();
  const driving = driveOne(setting, opened, {
    only: null,
    batch,
    drain: run.drain === true,
    signal: run.signal,
    onResult: run.onResult ?? (() => {}),
    onAway: away.reject,
  });
  setting.track(driving);
  away.promise.catch(() => {});
  const { closing, attempted } = await Promise.race([driving, away.promise]);
  if (opened.trimDue && closing.error === null) await trim(database, opened, limits);
  const result = attempted ? await readBack(database, opened.run, setting.options.name) : emptyResult(closing);
  const { results, ...facts } = result;
  log.info('a run ended', { gate: setting.options.name, ...facts });
  for (const { recordId, ok, status } of results)
    log.debug('a record was answered', { runId: facts.runId, recordId, ok, status });
  return result;
}

async function readBack(database: Database, runId: string, gate: string): Promise<RunResult> {
  const read = await readRun(database, runId, gate);
  if (read === null) throw new TidegateError('not_found', `Run ${runId} cannot be read back.`, { runId });
  return tickOf(read.view);
}

function driveOne<Payload, Value>(
  setting: Setting<Payload, Value>,
  opened: Opened & { readonly run: string },
  one: {
    only: readonly string[] | null;
    batch: number;
    drain: boolean;
    signal: AbortSignal | undefined;
    onResult: (result: RecordResult) => void;
    onAway: (error: TidegateError) => void;
  },
): Promise<Ended> {
  const { database, limits } = setting.use();
  const signals = one.signal === undefined ? [setting.stopping] : [setting.stopping, one.signal];
  return drive({
    database,
    options: setting.options,
    limits,
    opened,
    random: Math.random,
    ...one,
    stopping: AbortSignal.any(signals),
    hurrying: setting.hurrying,
  });
}

/** What a tick would take now, oldest first; nothing is opened or leased. */
async function dryRun<Payload, Value>(setting: Setting<Payload, Value>, batch: number): Promise<RunResult> {
  const { database } = setting.use();
  const { gate, source, paused, shut } = await peekGate(database, setting.options.name);
  const walker = createWalker(database, {
    gate,
    source,
    kept: null,
    only: null,
    restarts: false,
    now: () => performance.now(),
  });
  const startedAt = performance.now();
  while (walker.peek(batch).length < batch && !walker.ended && performance.now() - startedAt < DRY_WALK_MS_MAX) {
    const before = walker.peek(batch).length;
    await walker.fill(batch);
    if (walker.complete && walker.peek(batch).length === before) break;
  }
  const found = walker.peek(batch);
  const would = paused === null && shut === null ? found : [];
  const left = await walker.remaining(0);
  const stopped = paused !== null ? 'paused' : shut !== null ? 'shut' : found.length === batch ? 'batch' : 'drained';
  const counts = { succeeded: 0, failed: 0, deferred: 0 };
  const message =
    would.length > 0
      ? `A tick would take ${would.length} of ${left.atLeast ? 'at least ' : ''}${left.remaining} records`
      : messageOf(counts, { ...left, ended: 0, reason: paused ?? shut, error: null }, stopped);
  const { remaining, atLeast } = left;
  const hint = walker.hint === null ? {} : { hint: walker.hint };
  return {
    runId: null,
    message,
    processed: 0,
    ...counts,
    remaining,
    ...(atLeast ? { atLeast: true as const } : {}),
    stopped,
    skipped: walker.skipped,
    ...hint,
    results: [],
    would,
  };
}

/** One record now. What stands in its way is asked first, so that the answer has a reason. */
async function attemptOne<Payload, Value>(
  setting: Setting<Payload, Value>,
  spelling: string,
  signal?: AbortSignal,
): Promise<SingleResult> {
  const { database, limits } = setting.use();
  // In another spelling it would be another item of the same record.
  const key = await spelled(database, setting.options.name, spelling);
  if (key === null) return { code: 'not_found', reason: 'There is no such record.', retryAfterMs: null };
  const before = await explain(database, setting.options.name, key);
  const refused = refusalOf(before, null);
  if (refused !== null && refused.code !== 'busy' && refused.code !== 'shut') return refused;
  const opened = await openRun(database, setting.options.name, {
    id: newRunId(),
    trigger: 'console',
    launcher: readLauncher(),
    idempotencyKey: null,
    limits,
  });
  const run = opened.run;
  if (run === null) throw new Error('a run without an idempotency key is never a replay');
  let result: RecordResult | undefined;
  const away = Promise.withResolvers<never>();
  away.promise.catch(() => {});
  const driving = driveOne(
    setting,
    { ...opened, run },
    {
      only: [key],
      batch: 1,
      drain: false,
      signal,
      onResult: (one) => {
        result = one;
      },
      onAway: away.reject,
    },
  );
  setting.track(driving);
  const { closing, retryMs } = await Promise.race([driving, away.promise]);
  if (result !== undefined) return { code: 'answered', runId: run, result, retryAfterMs: retryMs };
  if (closing.stopped === 'rate' || closing.stopped === 'budget') {
    return { code: closing.stopped, reason: closing.reason ?? '', retryAfterMs: retryMs };
  }
  const after = refusalOf(await explain(database, setting.options.name, key), retryMs);
  return after ?? { code: 'busy', reason: 'Somebody else was quicker; try again.', retryAfterMs: 1_000 };
}

/** Which rule stands in the way of a person's wish; a backoff does not. */
function refusalOf(
  explanation: Explanation | null,
  retryAfterMs: number | null,
): Exclude<SingleResult, { code: 'answered' }> | null {
  if (explanation === null) return { code: 'not_found', reason: 'There is no such record.', retryAfterMs: null };
  const codes: Readonly<Record<string, Exclude<SingleResult, { code: 'answered' }>['code']>> = {
    paused: 'paused',
    shut: 'shut',
    retry_after: 'shut',
    source: 'not_found',
    skip: 'skipped',
    leased: 'in_progress',
    parked: 'parked',
    places: 'busy',
  };
  const order = ['source', 'skip', 'leased', 'parked', 'paused', 'shut', 'retry_after', 'places'];
  const holding = explanation.rules.filter(({ rule, holds }) => holds && codes[rule] !== undefined);
  holding.sort((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule));
  const [first] = holding;
  const code = first === undefined ? undefined : codes[first.rule];
  return first === undefined || code === undefined ? null : { code, reason: first.text, retryAfterMs };
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function track(active: Set<Promise<unknown>>, run: Promise<unknown>): void {
  const settled = run.then(
    () => {},
    () => {},
  );
  active.add(settled);
  void settled.then(() => active.delete(settled));
}

/** Throws `configuration` unless `name` can be a gate's. */
export function checkName(name: string): void {
  if (NAME.test(name) && !ENGINE_TABLES.has(name.replaceAll('-', '_'))) return;
  throw new TidegateError('configuration', `"${name}" cannot be a gate's name.`, {
    hint: "Use a-z, 0-9 and hyphens, at most 50, beginning with a letter, and none of the engine's own tables.",
  });
}
