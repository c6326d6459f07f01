'use client';
/** The record's pages, one at a time, with the evidence boxes over the picture. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { visibleText } from '../../lib/words/visible.ts';
import { Icon } from '../icons.tsx';
import { useWords } from '../words-provider.tsx';
import { useEvidenceLink } from './evidence-link.tsx';
import type { Mark, PageView } from './pages.ts';
import { uprightStyle } from './upright.tsx';

export function PageViewer({ pages }: { readonly pages: readonly PageView[] }): ReactElement {
  const { w, f } = useWords();
  const { shown } = useEvidenceLink();
  const [chosen, setChosen] = useState(pages.find((page) => page.marks.length > 0)?.key ?? pages[0]?.key ?? null);
  const [whole, setWhole] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const page = pages.find(({ key }) => key === chosen) ?? null;
  const several = new Set(pages.map(({ attachment }) => attachment)).size > 1;

  useEffect(() => {
    if (shown !== null) setChosen(shown.page);
  }, [shown]);

  useEffect(() => {
    if (shown === null || shown.page !== page?.key) return;
    const mark = frame.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(shown.field)}"]`);
    mark?.scrollIntoView({ block: 'center', inline: 'nearest' });
    mark?.focus({ preventScroll: true });
  }, [shown, page]);

  if (page === null) return <p className="panel panel-body quiet">{w.record.noDocuments}</p>;
  const name = (at: PageView): string =>
    several ? w.record.pageImage(f.number(at.attachment + 1), f.number(at.page)) : w.record.page(f.number(at.page));
  return (
    <section className="panel" aria-label={w.record.documents}>
      <div className="panel-head pb-3">
        {pages.length === 1 ? (
          <h2>{w.record.document('')}</h2>
        ) : (
          <fieldset className="segments" aria-label={w.shell.pages}>
            {pages.map((at) => (
              <button key={at.key} type="button" aria-pressed={at.key === page.key} onClick={() => setChosen(at.key)}>
                {name(at)}
              </button>
            ))}
          </fieldset>
        )}
        <div className="actions">
          <button
            type="button"
            className="button plain slim wide-only"
            aria-pressed={whole}
            onClick={() => setWhole(!whole)}
          >
            {whole ? w.record.zoomIn : w.record.zoomOut}
          </button>
          <a className="button plain slim" href={page.original} download>
            <Icon name="file" size={15} />
            {w.record.original}
          </a>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section ref={frame} className="sheet-frame" tabIndex={0} aria-label={name(page)}>
        <Sheet key={page.key} page={page} whole={whole} />
      </section>
    </section>
  );
}

function Sheet({ page, whole }: { readonly page: PageView; readonly whole: boolean }): ReactElement {
  const { w, f } = useWords();
  const [failed, setFailed] = useState(false);
  const alt = w.record.pageImage(f.number(page.attachment + 1), f.number(page.page));
  if (failed) return <p className="sheet sheet-failed">{w.record.pageFailed}</p>;
  const { size } = page;
  return (
    <div
      className={size === null ? 'sheet loose' : 'sheet'}
      data-fit={whole ? 'page' : 'width'}
      style={size === null ? undefined : { aspectRatio: `${size.width} / ${size.height}` }}
    >
      <img
        src={page.src}
        alt={alt}
        style={size === null ? undefined : uprightStyle(page)}
        onError={() => setFailed(true)}
        ref={(image) => {
          if (image?.complete && image.naturalWidth === 0) setFailed(true);
        }}
      />
      {page.marks.map((mark, at) => (
        <EvidenceBox key={at} mark={mark} />
      ))}
    </div>
  );
}

/** Drawn a little larger than what was read, so that the frame does not cover it. */
const margin = 0.004;

function EvidenceBox({ mark }: { readonly mark: Mark }): ReactElement {
  const { w } = useWords();
  const { active, point } = useEvidenceLink();
  const [x0, y0, x1, y1] = mark.box;
  const name = w.fields[mark.field] ?? visibleText(mark.field);
  return (
    <button
      type="button"
      className={`evidence ${mark.finding}`}
      data-field={mark.field}
      data-active={active === mark.field}
      aria-label={`${w.record.onPage(name, visibleText(mark.quote))}. ${w.record.finding[mark.finding]}`}
      title={`${name}: ${visibleText(mark.quote)}`}
      style={{
        left: `${(x0 - margin) * 100}%`,
        top: `${(y0 - margin) * 100}%`,
        width: `${(x1 - x0 + 2 * margin) * 100}%`,
        height: `${(y1 - y0 + 2 * margin) * 100}%`,
      }}
      onMouseEnter={() => point(mark.field)}
      onMouseLeave={() => point(null)}
      onFocus={() => point(mark.field)}
      onBlur={() => point(null)}
    />
  );
}
