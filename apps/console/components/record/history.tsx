/** What was done with a record: attempts of the machine, rulings of people, latest first. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import type { RecordView } from '../../lib/views.ts';
import { When } from '../bits.tsx';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';
import { resultSaid } from '../runs/result-words.ts';
import { OutcomePill, StatusPill } from '../states.tsx';

type Attempt = RecordView['attempts'][number];

export function Attempts(props: { readonly attempts: readonly Attempt[]; readonly words: PageWords }): ReactElement {
  const { w } = props.words;
  const latestFirst = props.attempts.toSorted((a, b) => b.attempt - a.attempt);
  return (
    <section className="panel" aria-labelledby="attempts">
      <div className="panel-head">
        <h2 id="attempts">{w.record.attempts}</h2>
      </div>
      <div className="panel-body">
        {latestFirst.length === 0 ? (
          <p className="quiet">{w.record.noAttempts}</p>
        ) : (
          <ol className="log">
            {latestFirst.map((attempt) => (
              <li key={`${attempt.attempt}-${attempt.runId}-${attempt.outcome}`}>
                <AttemptLine attempt={attempt} words={props.words} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}

function AttemptLine({ attempt, words }: { readonly attempt: Attempt; readonly words: PageWords }): ReactElement {
  const { w, f, now } = words;
  const said = resultSaid({ recordId: '', ok: false, status: attempt.status ?? 0, body: attempt.summary }, w);
  const facts = [
    attempt.status === null || attempt.status === 0 ? null : String(attempt.status),
    attempt.blame === null
      ? null
      : w.record.blamed((w.record.blame as Readonly<Record<string, string>>)[attempt.blame] ?? attempt.blame),
    f.duration(Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)),
    attempt.costMicros === 0 ? null : f.money(attempt.costMicros),
  ].filter((fact) => fact !== null);
  return (
    <>
      <div className="log-line">
        <b className="font-semibold">{w.record.attempt(f.number(attempt.attempt))}</b>
        <OutcomePill outcome={attempt.outcome} w={w} />
        <span className="small quiet">{facts.join(' · ')}</span>
        <span className="small quiet ms-auto">
          <Link href={`/runs/${attempt.runId}`} prefetch={false}>
            {w.record.run}
          </Link>{' '}
          · <When at={attempt.endedAt} f={f} now={now} />
        </span>
      </div>
      {said === '' ? null : (
        <p className="small quiet">
          <Plain text={said} />
        </p>
      )}
    </>
  );
}

export function Rulings(props: { readonly record: RecordView; readonly words: PageWords }): ReactElement | null {
  const { w, f, now } = props.words;
  const rulings = props.record.rulings.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (rulings.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="rulings">
      <div className="panel-head">
        <h2 id="rulings">{w.record.history}</h2>
      </div>
      <ol className="log panel-body">
        {rulings.map((ruling) => (
          <li key={ruling.at}>
            <div className="log-line">
              <StatusPill status={ruling.decision} w={w} />
              <span>
                {w.record.ruledBy('')}
                <b className="font-semibold">
                  <Plain text={ruling.by} />
                </b>
              </span>
              <span className="small quiet ms-auto">
                <When at={ruling.at} f={f} now={now} />
              </span>
            </div>
            {ruling.note === '' ? null : (
              <p className="mt-1 whitespace-pre-line">
                <Plain text={ruling.note} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
