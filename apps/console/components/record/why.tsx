/** The rules in the order in which the gate applies them, and the one that holds the record back. */
import type { ReactElement } from 'react';
import type { Explanation, Rule } from 'tidegate';
import type { RecordStatus } from '../../lib/views.ts';
import type { Words } from '../../lib/words/index.ts';
import { Icon } from '../icons.tsx';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';

export function Why(props: {
  readonly why: Explanation;
  readonly status: RecordStatus;
  readonly words: PageWords;
}): ReactElement {
  const { why } = props;
  const { w } = props.words;
  const first = why.rules.findIndex(({ holds }) => holds);
  const shown = first < 0 ? why.rules : why.rules.slice(0, first + 1);
  const further = why.rules.slice(shown.length);
  const said = (rule: Rule): string =>
    rule.rule === 'verdict' && rule.holds ? w.record.verdictStands(w.statuses[props.status]) : w.explainRule(rule);
  const held = why.rules[first];
  return (
    <section className="panel" aria-labelledby="why">
      <div className="panel-head">
        <h2 id="why">{w.record.why}</h2>
      </div>
      <div className="panel-body">
        <p>
          <strong className="font-semibold">{why.eligible ? w.record.eligible : w.record.notEligible}.</strong>{' '}
          <Plain text={held === undefined ? w.because(why) : said(held)} />
        </p>
        <Rules rules={shown} said={said} w={w} />
        {further.length === 0 ? null : (
          <details className="fold">
            <summary>{w.record.furtherRules(further.length)}</summary>
            <Rules rules={further} said={said} w={w} />
          </details>
        )}
      </div>
    </section>
  );
}

function Rules(props: {
  readonly rules: readonly Rule[];
  readonly said: (rule: Rule) => string;
  readonly w: Words;
}): ReactElement {
  const { w } = props;
  return (
    <ol className="rules">
      {props.rules.map((rule) => (
        <li key={rule.rule}>
          <span className={rule.holds ? 'text-review' : 'text-verified'}>
            <Icon name={rule.holds ? 'pause' : 'check'} size={15} />
            <span className="visually-hidden">{rule.holds ? w.record.ruleHolds : w.record.rulePasses}</span>
          </span>
          <span className={rule.holds ? 'font-medium' : undefined}>
            <Plain text={props.said(rule)} />
          </span>
        </li>
      ))}
    </ol>
  );
}
