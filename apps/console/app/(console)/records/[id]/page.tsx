/** One record: the page beside the claims, the ruling, and everything that is known about how it came to stand there. */
import Link from 'next/link';
import { notFound } from 'next/navigation';
import type { ReactElement } from 'react';
import { Notice, When } from '../../../../components/bits.tsx';
import { Crumb } from '../../../../components/crumb.tsx';
import { one, pathWith, reading, requireOperator } from '../../../../components/operator.ts';
import { type PageWords, pageWords, titled } from '../../../../components/page-words.ts';
import { Plain } from '../../../../components/plain.tsx';
import { headlineOf } from '../../../../components/record/claims.ts';
import { EvidenceLink } from '../../../../components/record/evidence-link.tsx';
import { fieldsOf } from '../../../../components/record/fields.ts';
import { Findings } from '../../../../components/record/findings.tsx';
import { Attempts, Rulings } from '../../../../components/record/history.tsx';
import { PageViewer } from '../../../../components/record/page-viewer.tsx';
import { pagesOf } from '../../../../components/record/pages.ts';
import { readQueuePlace } from '../../../../components/record/queue.ts';
import { QueueSteps } from '../../../../components/record/queue-steps.tsx';
import { RecordVerbs } from '../../../../components/record/record-verbs.tsx';
import { RulingPanel } from '../../../../components/record/ruling-panel.tsx';
import { VerdictPanel } from '../../../../components/record/verdict-panel.tsx';
import { Why } from '../../../../components/record/why.tsx';
import { StatusPill } from '../../../../components/states.tsx';
import { intakeKinds, readRecord } from '../../../../lib/queries.ts';
import type { RecordView } from '../../../../lib/views.ts';

export const generateMetadata = titled((w) => w.records.record);

export default async function RecordPage(props: {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const { id } = await props.params;
  const queue = one((await props.searchParams).queue);
  await requireOperator(pathWith(`/records/${id}`, { queue }));
  const words = await pageWords();
  const { w } = words;
  const record = await reading(() => readRecord(id));
  if (record === null) notFound();
  const queued = queue === 'needs_review' || record.status === 'needs_review';
  const place = queued ? await reading(() => readQueuePlace(record.id)) : null;
  const pages = pagesOf(record);
  const order =
    intakeKinds()
      .find(({ name }) => name === record.kind)
      ?.fields.map(({ name }) => name) ?? [];
  const fields = fieldsOf(record, order);
  const parked = record.why.rules.some(({ rule, holds }) => rule === 'parked' && holds);
  return (
    <EvidenceLink key={record.id}>
      <div className="page-head">
        <div>
          {queued ? (
            <Crumb href="/records?status=needs_review" label={w.record.backToReview} />
          ) : (
            <Crumb href="/records" label={w.record.back} />
          )}
          <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Plain text={headlineOf(record)} />
            <StatusPill status={record.status} w={w} />
          </h1>
          <Facts record={record} words={words} />
        </div>
        <div className="grid justify-items-end gap-2 max-md:justify-items-start">
          {place === null ? null : <QueueSteps place={place} />}
          <RecordVerbs
            id={record.id}
            verifiable={record.status === 'pending' && record.attachments.length > 0}
            parked={parked}
          />
        </div>
      </div>
      <div className="desk">
        <div className="desk-page">
          <PageViewer pages={pages} />
        </div>
        <div className="stack">
          {record.editedSinceRuling ? <Notice tone="warn" icon="alert" title={w.record.ruledAndChanged} /> : null}
          <SameFile record={record} words={words} />
          {parked ? (
            <Notice tone="warn" icon="parked" title={w.record.parkedTitle}>
              <p>
                <Plain text={w.because(record.why)} />
              </p>
            </Notice>
          ) : null}
          <section className="panel" aria-labelledby="findings">
            <div className="panel-head">
              <h2 id="findings">{w.record.claimsTitle}</h2>
            </div>
            {fields.length === 0 ? (
              <p className="panel-body quiet">{w.record.claimsUnreadable}</p>
            ) : (
              <Findings fields={fields} pages={pages} />
            )}
          </section>
          <RulingPanel record={record} place={place} words={words} />
          <VerdictPanel verdict={record.verdict} words={words} />
          <Rulings record={record} words={words} />
          <Why why={record.why} status={record.status} words={words} />
          <Attempts attempts={record.attempts} words={words} />
        </div>
      </div>
    </EvidenceLink>
  );
}

function SameFile({ record, words }: { readonly record: RecordView; readonly words: PageWords }): ReactElement | null {
  const { w } = words;
  if (record.sameFileIn.length === 0) return null;
  return (
    <Notice tone="warn" icon="alert" title={w.record.sameFileTitle}>
      <p>
        {w.record.sameFileText}
        {record.sameFileIn.map((id) => (
          <Link key={id} className="key block" href={`/records/${id}`}>
            {id}
          </Link>
        ))}
      </p>
    </Notice>
  );
}

function Facts({ record, words }: { readonly record: RecordView; readonly words: PageWords }): ReactElement {
  const { w, f, now } = words;
  return (
    <p>
      {w.kinds[record.kind] ?? <Plain text={record.kind} />}
      {record.locale === null ? null : ` · ${f.language(record.locale)}`} · {w.records.submitted.toLowerCase()}{' '}
      <When at={record.createdAt} f={f} now={now} />
      <span className="key block">{record.id}</span>
    </p>
  );
}
