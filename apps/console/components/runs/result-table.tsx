/** What a run answered for each record. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import type { RecordResult } from 'tidegate';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';
import { ResultPill } from './result-pill.tsx';
import { resultSaid } from './result-words.ts';

export function ResultTable(props: {
  readonly results: readonly RecordResult[];
  readonly words: PageWords;
  readonly records: boolean;
}): ReactElement {
  const { w } = props.words;
  return (
    <table className="table cards">
      <thead>
        <tr>
          <th scope="col">{w.runs.record}</th>
          <th scope="col">{w.runs.outcome}</th>
          <th scope="col" className="num">
            {w.runs.status}
          </th>
          <th scope="col">{w.runs.answer}</th>
        </tr>
      </thead>
      <tbody>
        {props.results.map((result, at) => (
          <tr key={at}>
            <td>
              {props.records ? (
                <Link
                  className="row-link key"
                  href={`/records/${encodeURIComponent(result.recordId)}`}
                  prefetch={false}
                >
                  <Plain text={result.recordId} />
                </Link>
              ) : (
                <span className="key">
                  <Plain text={result.recordId} />
                </span>
              )}
            </td>
            <td className="end">
              <ResultPill result={result} w={w} />
            </td>
            <td className="num" data-label={w.runs.status}>
              {result.status === 0 ? w.runs.noAnswer : result.status}
            </td>
            <td className="wide">
              <Plain text={resultSaid(result, w)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
