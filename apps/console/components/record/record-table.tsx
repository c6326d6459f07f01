/** Records as rows, and as cards on a phone: who is claimed, when, how much, and where it stands. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import type { RecordSummary } from '../../lib/views.ts';
import { When } from '../bits.tsx';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';
import { StatusPill } from '../states.tsx';
import { claimOf, headlineOf } from './claims.ts';

export function RecordTable(props: {
  readonly records: readonly RecordSummary[];
  readonly words: PageWords;
  /** In the review queue the first reason says more than the status, which is the same for all. */
  readonly review: boolean;
}): ReactElement {
  const { w, f, now } = props.words;
  return (
    <table className="table cards">
      <thead>
        <tr>
          <th scope="col">{w.records.company}</th>
          <th scope="col">{w.records.kind}</th>
          <th scope="col">{w.records.date}</th>
          <th scope="col" className="num">
            {w.records.total}
          </th>
          <th scope="col">{props.review ? w.record.reasons : w.records.status}</th>
          <th scope="col">{w.records.submitted}</th>
        </tr>
      </thead>
      <tbody>
        {props.records.map((record) => (
          <tr key={record.id}>
            <td>
              <Link
                className="row-link"
                href={`/records/${record.id}${props.review ? '?queue=needs_review' : ''}`}
                prefetch={false}
              >
                <Plain text={headlineOf(record)} />
              </Link>
            </td>
            <td className="end quiet">{w.kinds[record.kind] ?? <Plain text={record.kind} />}</td>
            <td>
              <Claimed record={record} fields={['date', 'issue_date', 'birth_date']} />
            </td>
            <td className="num end">
              <Claimed record={record} fields={['total']} />
            </td>
            <td className={props.review ? 'wide' : undefined}>
              {props.review ? (
                <span className="small quiet">{record.reasons.slice(0, 2).map(w.explainReason).join(' · ')}</span>
              ) : (
                <StatusPill status={record.status} w={w} />
              )}
            </td>
            <td className="quiet end">
              <When at={record.createdAt} f={f} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Claimed(props: { readonly record: RecordSummary; readonly fields: readonly string[] }): ReactElement | null {
  const value = props.fields.map((field) => claimOf(props.record.claims, field)).find((claimed) => claimed !== null);
  return value === undefined || value === null ? null : <Plain text={value} />;
}
