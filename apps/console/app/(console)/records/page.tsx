/** Records by status and words; with `status=needs_review` it is the review queue. */
import type { Metadata } from 'next';
import Link from 'next/link';
import { type ReactElement, Suspense } from 'react';
import { Blank, ListSkeleton } from '../../../components/bits.tsx';
import { Icon } from '../../../components/icons.tsx';
import { one, pathWith, reading, requireOperator } from '../../../components/operator.ts';
import { pageWords } from '../../../components/page-words.ts';
import { Plain } from '../../../components/plain.tsx';
import { RecordTable } from '../../../components/record/record-table.tsx';
import { listRecords, requireRecords } from '../../../lib/queries.ts';
import { type RecordStatus, recordStatuses } from '../../../lib/views.ts';
import type { Words } from '../../../lib/words/index.ts';

type Query = Promise<Record<string, string | string[] | undefined>>;

interface Asked {
  readonly status: RecordStatus | null;
  readonly q: string | null;
  readonly cursor: string | null;
}

async function askedOf(searchParams: Query): Promise<Asked> {
  const query = await searchParams;
  const status = recordStatuses.find((known) => known === one(query.status)) ?? null;
  return { status, q: one(query.q)?.slice(0, 200) ?? null, cursor: one(query.cursor) };
}

export async function generateMetadata(props: { readonly searchParams: Query }): Promise<Metadata> {
  const { records } = (await pageWords()).w;
  const { status } = await askedOf(props.searchParams);
  return { title: status === 'needs_review' ? records.reviewTitle : records.title };
}

export default async function Records(props: { readonly searchParams: Query }): Promise<ReactElement> {
  const asked = await askedOf(props.searchParams);
  await requireOperator(pathWith('/records', { ...asked }));
  await reading(requireRecords);
  const { w } = await pageWords();
  const review = asked.status === 'needs_review';
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{review ? w.records.reviewTitle : w.records.title}</h1>
          <p>{review ? w.records.reviewLead : w.records.lead}</p>
        </div>
      </div>
      <Filters asked={asked} w={w} />
      <Suspense key={JSON.stringify(asked)} fallback={<ListSkeleton rows={12} label={w.shell.loading} />}>
        <List asked={asked} />
      </Suspense>
    </>
  );
}

function Filters({ asked, w }: { readonly asked: Asked; readonly w: Words }): ReactElement {
  const choices = [null, ...recordStatuses] as const;
  return (
    <div className="filters">
      <nav className="segments" aria-label={w.records.filter}>
        {choices.map((status) => (
          <Link
            key={status ?? 'all'}
            href={pathWith('/records', { status, q: asked.q })}
            prefetch={false}
            aria-current={status === asked.status ? 'true' : undefined}
          >
            {status === null ? w.records.all : w.statuses[status]}
          </Link>
        ))}
      </nav>
      <search className="search-place">
        <form className="search" action="/records">
          {asked.status === null ? null : <input type="hidden" name="status" value={asked.status} />}
          <input
            className="input"
            type="search"
            name="q"
            aria-label={w.records.search}
            placeholder={w.records.searchHint}
            defaultValue={asked.q ?? ''}
            maxLength={200}
          />
          <button type="submit" className="button" aria-label={w.records.searchSubmit}>
            <Icon name="search" size={17} />
          </button>
        </form>
      </search>
    </div>
  );
}

async function List({ asked }: { readonly asked: Asked }): Promise<ReactElement> {
  const words = await pageWords();
  const { w } = words;
  const { records, cursor } = await reading(() => listRecords({ ...asked, limit: 50 }));
  const review = asked.status === 'needs_review';
  if (records.length === 0) return <Nothing asked={asked} w={w} />;
  const first = records[0];
  return (
    <>
      {review && first !== undefined && asked.q === null && asked.cursor === null ? (
        <p className="actions mb-3">
          <Link className="button primary" href={`/records/${first.id}?queue=needs_review`} prefetch={false}>
            <Icon name="review" size={17} />
            {w.records.startReview}
          </Link>
          <span className="small quiet key-hint">{w.records.startReviewHint}</span>
        </p>
      ) : null}
      <div className="panel">
        <RecordTable records={records} words={words} review={review} />
      </div>
      <nav className="pager" aria-label={w.shell.pages}>
        {asked.cursor === null ? (
          <span />
        ) : (
          <Link className="button" href={pathWith('/records', { status: asked.status, q: asked.q })} prefetch={false}>
            {w.shell.newest}
          </Link>
        )}
        {cursor === null ? null : (
          <Link className="button" href={pathWith('/records', { ...asked, cursor })} prefetch={false}>
            {w.shell.more}
          </Link>
        )}
      </nav>
    </>
  );
}

function Nothing({ asked, w }: { readonly asked: Asked; readonly w: Words }): ReactElement {
  const words = w.records;
  const clear = (
    <Link className="button" href="/records" prefetch={false}>
      {words.all}
    </Link>
  );
  return (
    <div className="panel">
      {asked.q !== null ? (
        <Blank icon="search" title={words.emptyFilter}>
          <p>
            <Plain text={words.emptyFilterText(asked.q)} />
          </p>
          <Link className="button" href={pathWith('/records', { status: asked.status })} prefetch={false}>
            {words.clear}
          </Link>
        </Blank>
      ) : asked.status === 'needs_review' ? (
        <Blank icon="check" title={words.emptyReview}>
          <p>{words.emptyReviewText}</p>
          {clear}
        </Blank>
      ) : asked.status !== null ? (
        <Blank icon="records" title={words.emptyFilter}>
          <p>{words.emptyStatusText(w.statuses[asked.status])}</p>
          {clear}
        </Blank>
      ) : (
        <Blank icon="records" title={words.empty}>
          <p>{words.emptyText}</p>
          <Link className="button primary" href="/intake" prefetch={false}>
            {words.emptyAction}
          </Link>
        </Blank>
      )}
    </div>
  );
}
