'use client';
/** Each claimed field beside what was found, with the finding in words and the place on the page cut out. */
import type { ReactElement } from 'react';
import { Plain } from '../plain.tsx';
import { FindingPill, type FindingWord } from '../states.tsx';
import { useWords } from '../words-provider.tsx';
import { useEvidenceLink } from './evidence-link.tsx';
import type { PageView } from './pages.ts';
import { Crop } from './upright.tsx';

/** A field with its claim and, once read, what was found. */
export interface FieldView {
  readonly field: string;
  readonly claimed: string | null;
  readonly finding: FindingWord;
  readonly found: string | null;
  readonly reasons: readonly string[];
  readonly evidence: { readonly attachment: number; readonly page: number; readonly box: readonly number[] } | null;
}

export function Findings(props: {
  readonly fields: readonly FieldView[];
  readonly pages: readonly PageView[];
}): ReactElement {
  return (
    <div className="mt-2">
      {props.fields.map((field) => (
        <FieldFinding key={field.field} view={field} pages={props.pages} />
      ))}
    </div>
  );
}

function FieldFinding({
  view,
  pages,
}: {
  readonly view: FieldView;
  readonly pages: readonly PageView[];
}): ReactElement {
  const { w } = useWords();
  const { active, point, show } = useEvidenceLink();
  const { evidence } = view;
  const name = w.fields[view.field] ?? view.field;
  const page =
    evidence === null
      ? undefined
      : pages.find((at) => at.attachment === evidence.attachment && at.page === evidence.page && at.size !== null);
  const why = view.reasons.map(w.explainReason).join(' ');
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only highlights; the button inside does the same by keyboard
    <div
      className="finding"
      data-active={active === view.field}
      onMouseEnter={() => point(view.field)}
      onMouseLeave={() => point(null)}
    >
      <div className="finding-head">
        <h3>
          <Plain text={name} />
        </h3>
        <FindingPill finding={view.finding} w={w} />
      </div>
      <dl className="finding-values">
        <div>
          <dt>{w.record.claimed}</dt>
          {view.claimed === null || view.claimed === '' ? (
            <dd className="absent">{w.shell.none}</dd>
          ) : (
            <dd>
              <Plain text={view.claimed} />
            </dd>
          )}
        </div>
        <div>
          <dt>{w.record.found}</dt>
          {view.found === null || view.found === '' ? (
            <dd className="absent">
              {view.finding === 'unread' || view.finding === 'uncompared' ? w.shell.none : w.record.nothingFound}
            </dd>
          ) : (
            <dd>
              <Plain text={view.found} />
            </dd>
          )}
        </div>
      </dl>
      {why === '' ? null : <p className="finding-why">{why}</p>}
      {page === undefined || evidence === null ? null : (
        <button
          type="button"
          className={`crop ${view.finding}`}
          aria-label={w.record.seeOnPage(name)}
          onClick={() => show(page.key, view.field)}
          onFocus={() => point(view.field)}
          onBlur={() => point(null)}
        >
          <Crop page={page} box={evidence.box} />
        </button>
      )}
    </div>
  );
}
