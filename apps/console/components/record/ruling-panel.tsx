/** The place for a person's ruling: open where one is wanted, folded where a decision stands already. */
import type { ReactElement } from 'react';
import type { RecordView } from '../../lib/views.ts';
import type { PageWords } from '../page-words.ts';
import type { QueuePlace } from './queue.ts';
import { RulingForm } from './ruling-form.tsx';

export function RulingPanel(props: {
  readonly record: RecordView;
  readonly place: QueuePlace | null;
  readonly words: PageWords;
}): ReactElement {
  const { record, place } = props;
  const { w } = props.words;
  const wanted = record.status === 'needs_review';
  const form = (
    <RulingForm
      key={record.revision}
      id={record.id}
      revision={record.revision}
      {...(place === null ? {} : { next: place.next })}
    />
  );
  return (
    <section className="panel" aria-labelledby="ruling">
      {wanted ? (
        <>
          <div className="panel-head">
            <h2 id="ruling">{w.ruling.title}</h2>
          </div>
          <div className="panel-body">
            <p className="quiet">{w.ruling.lead}</p>
            {form}
          </div>
        </>
      ) : (
        <details className="fold panel-body">
          <summary id="ruling">{record.ruled ? w.ruling.again : w.ruling.title}</summary>
          {form}
        </details>
      )}
    </section>
  );
}
