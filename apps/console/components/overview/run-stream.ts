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

const start: RunProgress = { state: 'connecting', results: [], end: null };

/** The progress of a run; null where there is none to follow. `onEnd` is called once. */
export function useRunStream(runId: string | null, onEnd: () => void): RunProgress {
  const [progress, setProgress] = useState(start);
  const ended = useRef(onEnd);
  ended.current = onEnd;

  useEffect(() => {
    setProgress(start);
    if (runId === null) return;
    const source = new EventSource(`/api/runs/${encodeURIComponent(runId)}`);
    source.addEventListener('open', () => setProgress({ ...start, state: 'live' }));
    source.addEventListener('result', (event) => {
      const result = parse<RecordResult>(event);
      if (result === null) return;
      setProgress((was) => ({
        ...was,
        state: 'live',
        results: [{ ...result, n: was.results.length }, ...was.results],
      }));
    });
    source.addEventListener('end', (event) => {
      source.close();
      setProgress((was) => ({ ...was, state: 'ended', end: parse<RunView>(event) }));
      ended.current();
    });
    source.addEventListener('error', () => {
      setProgress((was) => ({ ...was, state: 'reconnecting' }));
    });
    return () => source.close();
  }, [runId]);

  return progress;
}

function parse<Value>(event: Event): Value | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as Value;
  } catch {
    return null;
  }
}
