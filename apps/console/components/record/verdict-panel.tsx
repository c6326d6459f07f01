/** What the machine decided and why, below the claims on purpose: a person should look before being told. */
import type { ReactElement } from 'react';
import type { StoredVerdict } from '../../lib/views.ts';
import type { PageWords } from '../page-words.ts';
import { StatusPill } from '../states.tsx';

export function VerdictPanel(props: {
  readonly verdict: StoredVerdict | null;
  readonly words: PageWords;
}): ReactElement | null {
  const { verdict } = props;
  const { w, f } = props.words;
  if (verdict === null) return null;
  const small = [
    verdict.policy === undefined ? null : w.record.policy(verdict.policy),
    verdict.costMicros === undefined ? null : `${w.record.cost} ${f.money(verdict.costMicros)}`,
  ].filter((text) => text !== null);
  return (
    <section className="panel" aria-labelledby="verdict">
      <div className="panel-head">
        <h2 id="verdict">{w.record.verdict}</h2>
        <StatusPill status={verdict.verdict} w={w} />
      </div>
      <div className="panel-body">
        {(verdict.reasons ?? []).length === 0 ? null : (
          <ul className="list-disc ps-5">
            {(verdict.reasons ?? []).map((reason) => (
              <li key={reason}>{w.explainReason(reason)}</li>
            ))}
          </ul>
        )}
        <p className="small quiet mt-2">
          {small.join(' · ')}
          <span className="block">{w.record.tampering}</span>
        </p>
      </div>
    </section>
  );
}
