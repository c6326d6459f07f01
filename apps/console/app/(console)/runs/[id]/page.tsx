/** One run: its tally, why it stopped, and what was answered for every record. A run that goes on is followed live. */
import { notFound } from 'next/navigation';
import type { ReactElement } from 'react';
import type { RunView } from 'tidegate';
import { When } from '../../../../components/bits.tsx';
import { Crumb } from '../../../../components/crumb.tsx';
import { reading, requireOperator } from '../../../../components/operator.ts';
import { type PageWords, pageWords, titled } from '../../../../components/page-words.ts';
import { Plain } from '../../../../components/plain.tsx';
import { FollowRun } from '../../../../components/runs/follow-run.tsx';
import { ResultTable } from '../../../../components/runs/result-table.tsx';
import { StoppedPill } from '../../../../components/runs/run-table.tsx';
import { readGate, readRun, recordsAreOn } from '../../../../lib/queries.ts';

export const generateMetadata = titled((w) => w.runs.title);

export default async function Run(props: { readonly params: Promise<{ id: string }> }): Promise<ReactElement> {
  const { id } = await props.params;
  await requireOperator(`/runs/${id}`);
  const words = await pageWords();
  const { w, f, now } = words;
  const [run, records] = await reading(() => Promise.all([readRun(id), recordsAreOn()]));
  if (run === null) notFound();
  const gate = run.stopped === null ? await reading(() => readGate(run.gate)) : null;
  return (
    <>
      <div className="page-head">
        <div>
          <Crumb href="/runs" label={w.runs.back} />
          <h1>{w.runs.one(id.slice(0, 8))}</h1>
          <p>
            {w.runs.triggers[run.trigger]}, <When at={run.startedAt} f={f} now={now} /> ·{' '}
            <span className="code">{run.gate}</span>
          </p>
        </div>
        <StoppedPill run={run} words={words} />
      </div>
      <div className="stack">
        {run.stopped === null ? (
          <FollowRun runId={id} expected={run.processed + (gate?.backlog.count ?? 0)} records={records} />
        ) : (
          <Ended run={run} words={words} />
        )}
        {run.stopped === null ? null : (
          <section className="panel" aria-labelledby="results">
            <div className="panel-head pb-2">
              <h2 id="results">{w.runs.results}</h2>
            </div>
            {run.results.length === 0 ? (
              <p className="panel-body quiet">{w.runs.noResults}</p>
            ) : (
              <ResultTable results={run.results} words={words} records={records} />
            )}
          </section>
        )}
      </div>
    </>
  );
}

function Ended({ run, words }: { readonly run: RunView; readonly words: PageWords }): ReactElement {
  const { w, f } = words;
  const skipped = Object.entries(run.skipped);
  const remaining = f.number(run.remaining);
  return (
    <section className="panel panel-body" aria-label={w.runs.counts}>
      <p className="font-medium">
        <Plain text={w.runMessage(run)} />
      </p>
      <p className="quiet mb-3">{w.runs.stoppedText[run.stopped ?? 'lost']}</p>
      {run.hint === undefined ? null : (
        <p className="mb-3">
          <Plain text={w.said(run.hint)} />
        </p>
      )}
      <dl className="facts">
        {(['processed', 'succeeded', 'failed', 'deferred'] as const).map((name) => (
          <div key={name}>
            <dt>{w.runs[name]}</dt>
            <dd>{f.number(run[name])}</dd>
          </div>
        ))}
        <div>
          <dt>{w.runs.remaining}</dt>
          <dd>{run.atLeast ? w.overview.atLeast(remaining) : remaining}</dd>
        </div>
        <div>
          <dt>{w.runs.took}</dt>
          <dd>{run.endedAt === null ? '' : f.duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}</dd>
        </div>
      </dl>
      {skipped.length === 0 ? null : (
        <p className="quiet small mt-3">
          {w.runs.skipped}:{' '}
          <Plain text={skipped.map(([reason, count]) => `${w.said(reason)} ${f.number(count)}`).join(', ')} />
        </p>
      )}
    </section>
  );
}
