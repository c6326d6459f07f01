/**
 * A run followed live, as server-sent events: `result` for each record as it is committed, at last `end` with the run.
 * It reads the ledger again and again, so that it does not matter which instance the run is in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunView } from 'tidegate';
import { isDatabaseAway } from './database.ts';
import { logError } from './log.ts';
import { readRun } from './queries.ts';

const everyMs = 500;
/** A comment so often keeps proxies from hanging up. */
const aliveMs = 15_000;

/** Whether the caller asks for events rather than for one answer. */
export function wantsEvents(request: Request): boolean {
  return request.headers.get('accept')?.includes('text/event-stream') ?? false;
}

/** An answer that follows a run to its end. `signal` is the caller's: hanging up ends the answer, not the run. */
export function followRun(run: RunView, signal: AbortSignal): Response {
  const gone = new AbortController();
  const end = AbortSignal.any([signal, gone.signal]);
  const lines = events(run, end);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      gone.abort();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

async function* events(first: RunView, end: AbortSignal): AsyncGenerator<string> {
  let run: RunView | null = first;
  let sent = 0;
  let spokenAt = performance.now();
  yield ': following\n\n';
  while (!end.aborted) {
    // A long run shows its newest results only, so that new ones are counted from the end.
    const fresh = (run?.processed ?? sent) - sent;
    for (const result of fresh > 0 ? (run?.results.slice(-fresh) ?? []) : []) {
      spokenAt = performance.now();
      yield event('result', result);
    }
    sent += Math.max(fresh, 0);
    if (run !== null && (run.endedAt !== null || run.stopped === 'lost')) {
      yield event('end', run);
      return;
    }
    if (performance.now() - spokenAt > aliveMs) {
      spokenAt = performance.now();
      yield ': still running\n\n';
    }
    await sleep(everyMs, undefined, { signal: end }).catch(() => {});
    run = await readAgain(first.runId ?? '');
  }
}

/** Null while the database is away: the follower waits for it like the run does. */
async function readAgain(id: string): Promise<RunView | null> {
  try {
    return await readRun(id);
  } catch (thrown) {
    if (!isDatabaseAway(thrown)) throw thrown;
    logError('database_unavailable', thrown);
    return null;
  }
}

function event(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
