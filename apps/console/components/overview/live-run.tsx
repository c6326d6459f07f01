'use client';
/** A run while it goes on: a bar, a tally, and the latest results as they are committed. */
import Link from 'next/link';
import { type ReactElement, useId } from 'react';
import { Plain } from '../plain.tsx';
import { ResultPill } from '../runs/result-pill.tsx';
import { resultKind, resultSaid } from '../runs/result-words.ts';
import { useWords } from '../words-provider.tsx';
import { useRunStream } from './run-stream.ts';

/** Results kept in sight; the run's own page has them all. */
const shownMax = 50;

export function LiveRun(props: {
  readonly runId: string;
  /** Records that wanted work when the run began, as far as they were counted. */
  readonly expected: number;
  readonly records: boolean;
  readonly onEnd: () => void;
  readonly onHide?: () => void;
}): ReactElement {
  const { w, f } = useWords();
  const id = useId();
  const { state, results, end } = useRunStream(props.runId, props.onEnd);
  const done = end?.processed ?? results.length;
  const total = end === null ? Math.max(props.expected, done) : Math.max(done, 1);
  const share = end === null ? (total === 0 ? 0 : done / total) : 1;
  const tally = { succeeded: 0, failed: 0, deferred: 0 };
  for (const result of results) tally[resultKind(result)] += 1;
  return (
    <section className="panel live" aria-labelledby={`${id}-title`}>
      <div className="panel-head">
        <h2 id={`${id}-title`}>{state === 'ended' ? w.verbs.ended : w.verbs.live}</h2>
        <div className="actions">
          <Link className="button plain slim" href={`/runs/${props.runId}`} prefetch={false}>
            {w.verbs.open}
          </Link>
          {props.onHide === undefined ? null : (
            <button type="button" className="button plain slim" onClick={props.onHide}>
              {w.verbs.stopWatching}
            </button>
          )}
        </div>
      </div>
      <div className="panel-body">
        <div
          className="meter"
          role="progressbar"
          aria-labelledby={`${id}-title`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
        >
          <span style={{ width: `${Math.max(share * 100, state === 'ended' ? 100 : 2)}%` }} />
        </div>
        <div className="mt-2 flex flex-wrap items-baseline justify-between gap-x-4">
          <p role="status" className="font-medium">
            {end === null ? <Going state={state} done={done} total={total} /> : <Plain text={w.runMessage(end)} />}
          </p>
          <p className="tally small quiet">
            <span>{`${w.runs.succeeded} ${f.number(end?.succeeded ?? tally.succeeded)}`}</span>
            <span>{`${w.runs.failed} ${f.number(end?.failed ?? tally.failed)}`}</span>
            <span>{`${w.runs.deferred} ${f.number(end?.deferred ?? tally.deferred)}`}</span>
          </p>
        </div>
        {end === null ? null : <p className="quiet small">{w.runs.stoppedText[end.stopped ?? 'lost']}</p>}
        {results.length === 0 ? (
          state === 'ended' ? null : (
            <p className="quiet small mt-2">{w.runs.noResultsYet}</p>
          )
        ) : (
          <ol className="live-results" aria-label={w.runs.results}>
            {results.slice(0, shownMax).map((result) => (
              <li key={result.n}>
                <ResultPill result={result} w={w} />
                <span className="key">
                  {props.records ? (
                    <Link href={`/records/${result.recordId}`} prefetch={false}>
                      {short(result.recordId)}
                    </Link>
                  ) : (
                    <Plain text={short(result.recordId)} />
                  )}
                </span>
                <span className="said">
                  <Plain text={resultSaid(result, w)} />
                </span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}

function Going(props: { readonly state: string; readonly done: number; readonly total: number }): ReactElement {
  const { w, f } = useWords();
  if (props.state === 'connecting') return <>{w.verbs.connecting}</>;
  if (props.state === 'reconnecting') return <>{w.verbs.reconnecting}</>;
  return <>{w.verbs.progress(f.number(props.done), f.number(props.total))}</>;
}

/** The first group of a uuid tells records apart; other keys are short as they are. */
function short(key: string): string {
  return /^[0-9a-f]{8}-/.test(key) ? key.slice(0, 8) : key;
}
