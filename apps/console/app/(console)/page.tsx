/** The overview: one gate's state, figures, outcomes over time and last runs, with the operator's verbs. */
import Link from 'next/link';
import { type ReactElement, Suspense } from 'react';
import type { GateStatus } from 'tidegate';
import { Blank, ListSkeleton, Notice } from '../../components/bits.tsx';
import { GatePicker } from '../../components/gate-picker.tsx';
import { chooseGate, ownGate } from '../../components/gates.ts';
import { one, pathWith, reading, requireOperator } from '../../components/operator.ts';
import { GateDesk } from '../../components/overview/gate-desk.tsx';
import { GatePanel } from '../../components/overview/gate-panel.tsx';
import { Trends } from '../../components/overview/trends.tsx';
import { type PageWords, pageWords, titled } from '../../components/page-words.ts';
import { Refresh } from '../../components/refresh.tsx';
import { RunTable } from '../../components/runs/run-table.tsx';
import { listGates, listRecords, listRuns, readTrends, recordsAreOn } from '../../lib/queries.ts';

export const generateMetadata = titled((w) => w.overview.title);

/** Periods that the trends can show, in days. */
const periods = ['1', '7', '30'] as const;

type Period = (typeof periods)[number];

export default async function Overview(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const query = await props.searchParams;
  const asked = one(query.gate);
  const period: Period = periods.find((days) => days === one(query.days)) ?? '1';
  await requireOperator(pathWith('/', { gate: asked, days: one(query.days) }));
  const words = await pageWords();
  const { w } = words;
  const [gates, records] = await reading(() => Promise.all([listGates(), recordsAreOn()]));
  const gate = chooseGate(gates, asked);
  if (gate === null) return <NoGates words={words} />;
  const [runs, review] = await reading(() =>
    Promise.all([listRuns({ gate: gate.gate, limit: 5 }), countReview(records && gate.gate === ownGate)]),
  );
  const going = runs.runs.find((run) => run.stopped === null && run.gate === ownGate)?.runId ?? null;
  return (
    <>
      <Refresh everyMs={15_000} />
      <GateDesk
        key={gate.gate}
        gate={gate.gate}
        paused={gate.state === 'paused'}
        closed={gate.state !== 'open'}
        runnable={records && gate.gate === ownGate}
        going={going}
        expected={gate.backlog.count}
        alarm={gate.overdue ? <Overdue words={words} /> : null}
        heading={<Heading gate={gate} gates={gates} words={words} />}
      />
      <div className="stack">
        <GatePanel gate={gate} words={words} review={review} />
        <section className="panel" aria-labelledby="trends">
          <div className="panel-head">
            <h2 id="trends">{w.overview.trends}</h2>
            <nav className="segments" aria-label={w.overview.range}>
              {periods.map((days) => (
                <Link
                  key={days}
                  href={pathWith('/', { gate: asked, days: days === '1' ? null : days })}
                  prefetch={false}
                  scroll={false}
                  aria-current={days === period ? 'true' : undefined}
                >
                  {w.overview.ranges[days]}
                </Link>
              ))}
            </nav>
          </div>
          <div className="panel-body">
            <Suspense
              key={period}
              fallback={<div className="skeleton h-72" role="status" aria-label={w.shell.loading} />}
            >
              <TrendsOf gate={gate.gate} period={period} words={words} />
            </Suspense>
          </div>
        </section>
        <section className="panel" aria-labelledby="runs">
          <div className="panel-head pb-2">
            <h2 id="runs">{w.overview.lastRuns}</h2>
            <Link href={pathWith('/runs', { gate: asked })} prefetch={false} className="small">
              {w.overview.allRuns}
            </Link>
          </div>
          {runs.runs.length === 0 ? (
            <p className="panel-body quiet">{w.overview.noRuns}</p>
          ) : (
            <Suspense fallback={<ListSkeleton rows={5} label={w.shell.loading} />}>
              <RunTable runs={runs.runs} words={words} />
            </Suspense>
          )}
        </section>
      </div>
    </>
  );
}

async function TrendsOf(props: {
  readonly gate: string;
  readonly period: Period;
  readonly words: PageWords;
}): Promise<ReactElement> {
  const trend = await reading(() => readTrends(props.gate, Number(props.period)));
  return <Trends trend={trend} words={props.words} />;
}

function Heading(props: {
  readonly gate: GateStatus;
  readonly gates: readonly GateStatus[];
  readonly words: PageWords;
}): ReactElement {
  const { w } = props.words;
  return (
    <>
      <h1>{w.overview.title}</h1>
      {props.gates.length < 2 ? (
        <p>
          {w.overview.gate} <span className="code">{props.gate.gate}</span>
        </p>
      ) : (
        <div className="mt-2">
          <GatePicker gates={props.gates} chosen={props.gate.gate} path="/" w={w} />
        </div>
      )}
    </>
  );
}

function Overdue({ words }: { readonly words: PageWords }): ReactElement {
  const { w } = words;
  return (
    <div className="mb-4">
      <Notice tone="bad" icon="alert" title={w.overview.overdue} urgent>
        <p>{w.overview.overdueText}</p>
      </Notice>
    </div>
  );
}

function NoGates({ words }: { readonly words: PageWords }): ReactElement {
  const { w } = words;
  return (
    <div className="panel">
      <Blank icon="gateShut" title={w.overview.noGates} heading="h1">
        <p>{w.overview.noGatesText}</p>
        <p className="code">{w.overview.noGatesCommand}</p>
      </Blank>
    </div>
  );
}

/** Records that wait for a ruling, as far as one page of the list counts them. */
async function countReview(records: boolean): Promise<{ count: number; atLeast: boolean } | null> {
  if (!records) return null;
  const page = await listRecords({ status: 'needs_review', limit: 100 });
  return { count: page.records.length, atLeast: page.cursor !== null };
}
