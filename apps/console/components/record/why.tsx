/** The rules in the order in which the gate applies them, and the one that holds the record back. */
import type { ReactElement } from 'react';
import type { Explanation } from 'tidegate';
import { Icon } from '../icons.tsx';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';

export function Why({ why, words }: { readonly why: Explanation; readonly words: PageWords }): ReactElement {
  const { w } = words;
  const first = why.rules.findIndex(({ holds }) => holds);
  return (
    <section className="panel" aria-labelledby="why">
      <div className="panel-head">
        <h2 id="why">{w.record.why}</h2>
      </div>
      <div className="panel-body">
        <p>
          <strong className="font-semibold">{why.eligible ? w.record.eligible : w.record.notEligible}.</strong>{' '}
          <Plain text={why.because} />
        </p>
        <ol className="rules">
          {why.rules.map((rule, at) => (
            <li key={rule.rule} data-after={first >= 0 && at > first}>
              <span className={rule.holds ? 'text-review' : 'text-verified'}>
                <Icon name={rule.holds ? 'pause' : 'check'} size={15} />
                <span className="visually-hidden">{rule.holds ? w.record.ruleHolds : w.record.rulePasses}</span>
              </span>
              <span className={rule.holds && at === first ? 'font-medium' : undefined}>
                <Plain text={rule.text} />
              </span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
