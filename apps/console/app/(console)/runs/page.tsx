/** Every run, newest first, of all gates or of one. */
import Link from 'next/link';
import { type ReactElement, Suspense } from 'react';
import { Blank, ListSkeleton } from '../../../components/bits.tsx';
import { one, pathWith, reading, requireOperator } from '../../../components/operator.ts';
import { pageWords, titled } from '../../../components/page-words.ts';
import { Refresh } from '../../../components/refresh.tsx';
import { RunTable } from '../../../components/runs/run-table.tsx';
import { listRuns } from '../../../lib/queries.ts';

export const generateMetadata = titled((w) => w.runs.title);

interface Asked {
  readonly gate: string | null;
  readonly cursor: string | null;
}

export default async function Runs(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const query = await props.searchParams;
  const asked: Asked = { gate: one(query.gate), cursor: one(query.cursor) };
  await requireOperator(pathWith('/runs', { ...asked }));
  const { w } = await pageWords();
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{w.runs.title}</h1>
          <p>{w.runs.lead}</p>
        </div>
      </div>
      <Suspense key={asked.cursor} fallback={<ListSkeleton rows={10} label={w.shell.loading} />}>
        <List asked={asked} />
      </Suspense>
    </>
  );
}

async function List({ asked }: { readonly asked: Asked }): Promise<ReactElement> {
  const words = await pageWords();
  const { w } = words;
  const { runs, cursor } = await reading(() =>
    listRuns({ ...(asked.gate ? { gate: asked.gate } : {}), ...(asked.cursor ? { cursor: asked.cursor } : {}) }),
  );
  if (runs.length === 0) {
    return (
      <div className="panel">
        <Blank icon="runs" title={w.runs.empty}>
          <p>{w.runs.emptyText}</p>
          <Link className="button" href="/" prefetch={false}>
            {w.trouble.home}
          </Link>
        </Blank>
      </div>
    );
  }
  return (
    <>
      {asked.cursor === null ? <Refresh everyMs={15_000} /> : null}
      <div className="panel">
        <RunTable runs={runs} words={words} gates={new Set(runs.map(({ gate }) => gate)).size > 1} />
      </div>
      <nav className="pager" aria-label={w.shell.pages}>
        {asked.cursor === null ? (
          <span />
        ) : (
          <Link className="button" href={pathWith('/runs', { gate: asked.gate })} prefetch={false}>
            {w.shell.newest}
          </Link>
        )}
        {cursor === null ? null : (
          <Link className="button" href={pathWith('/runs', { gate: asked.gate, cursor })} prefetch={false}>
            {w.shell.more}
          </Link>
        )}
      </nav>
    </>
  );
}
