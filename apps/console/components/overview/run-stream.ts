'use client';
/**
 * Follows a run as it happens: results as they are committed, and its end. The server sends what was committed before
 * the connection again, so a new connection starts from nothing.
 */
import { useEffect, useRef, useState } from 'react';
import type { RecordResult, RunView } from 'tidegate';

export interface RunProgress {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'ended';
  /** Newest first, each of its own number, since a long run may come to a record twice. */
  readonly results: readonly (RecordResult & { readonly n: number })[];
  readonly end: RunView | null;
}

const retryMs = 3_000;
/** Refused as often in a row, the page is read again instead, which says what is the matter. */
const refusalsMax = 5;

const start: RunProgress = { state: 'connecting', results: [], end: null };

/** The progress of a run; null where there is none to follow. `onEnd` is called once. */
export function useRunStream(runId: string | null, onEnd: () => void): RunProgress {
  const [progress, setProgress] = useState(start);
  const ended = useRef(onEnd);
  ended.current = onEnd;

  useEffect(() => {
    setProgress(start);
    if (runId === null) return;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let refusals = 0;
    const connect = (): void => {
      source = new EventSource(`/api/runs/${encodeURIComponent(runId)}`);
      source.addEventListener('open', () => {
        refusals = 0;
        setProgress({ ...start, state: 'live' });
      });
      source.addEventListener('result', (event) => {
        const result = parse<RecordResult>(event);
        if (result !== null) setProgress((was) => withResult(was, result));
      });
      source.addEventListener('end', (event) => {
        source?.close();
        setProgress((was) => ({ ...was, state: 'ended', end: parse<RunView>(event) }));
        ended.current();
      });
      source.addEventListener('error', () => {
        setProgress((was) => ({ ...was, state: 'reconnecting' }));
        // A lost connection is made again by the browser; one that was refused is not.
        if (source?.readyState !== EventSource.CLOSED) return;
        refusals += 1;
        if (refusals > refusalsMax) ended.current();
        else timer = setTimeout(connect, retryMs);
      });
    };
    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [runId]);

  return progress;
}

function withResult(was: RunProgress, result: RecordResult): RunProgress {
  return { ...was, state: 'live', results: [{ ...result, n: was.results.length }, ...was.results] };
}

function parse<Value>(event: Event): Value | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as Value;
  } catch {
    return null;
  }
}
