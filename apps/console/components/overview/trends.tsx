/**
 * What came of the records over time: bars for outcomes, lines for latency, drawn on the server. The same figures stand
 * in a table below for whoever cannot or would not read a picture.
 */
import type { ReactElement } from 'react';
import type { TrendPoint } from 'tidegate';
import type { PageWords } from '../page-words.ts';
import { type BarSeries, barSeries, columnsOf, latencyOf, plotWidth, type ScaleMark, timesOf } from './plot.ts';
import { TrendTable } from './trend-table.tsx';

export interface Trend {
  readonly unit: 'hour' | 'day';
  readonly points: readonly TrendPoint[];
}

const barHeight = 200;
const lineHeight = 80;

const colour: Readonly<Record<BarSeries, string>> = {
  succeeded: 'var(--bar-succeeded)',
  failed: 'var(--bar-failed)',
  deferred: 'var(--bar-deferred)',
};

export function Trends({ trend, words }: { readonly trend: Trend; readonly words: PageWords }): ReactElement {
  const { w, f } = words;
  const sum = (read: (point: TrendPoint) => number): number => trend.points.reduce((all, at) => all + read(at), 0);
  const totals = { succeeded: sum((p) => p.succeeded), failed: sum((p) => p.failed), deferred: sum((p) => p.deferred) };
  return (
    <>
      <div className="legend">
        {barSeries.map((series) => (
          <span key={series}>
            <i className="swatch" style={{ background: colour[series] }} />
            {w.chart[series]} <b>{f.number(totals[series])}</b>
          </span>
        ))}
      </div>
      <Outcomes trend={trend} words={words} totals={totals} />
      <Latency trend={trend} words={words} />
      <dl className="facts mt-5 mb-3">
        {(['verified', 'rejected', 'needsReview'] as const).map((verdict) => (
          <div key={verdict}>
            <dt>{w.statuses[verdict === 'needsReview' ? 'needs_review' : verdict]}</dt>
            <dd>{f.number(sum((p) => p.verdicts[verdict]))}</dd>
          </div>
        ))}
        <div>
          <dt>{w.chart.spend}</dt>
          <dd>{f.money(sum((p) => p.costMicros))}</dd>
        </div>
      </dl>
      <details className="fold">
        <summary>{w.chart.table}</summary>
        <TrendTable trend={trend} words={words} />
      </details>
    </>
  );
}

function Outcomes(props: {
  readonly trend: Trend;
  readonly words: PageWords;
  readonly totals: Readonly<Record<BarSeries, number>>;
}): ReactElement {
  const { trend, totals } = props;
  const { w, f } = props.words;
  const { columns, marks } = columnsOf(trend.points, barHeight);
  const empty = barSeries.every((series) => totals[series] === 0);
  const [succeeded, failed, deferred] = [totals.succeeded, totals.failed, totals.deferred].map(f.number);
  const title = w.chart.title(trend.unit);
  return (
    <div className="plot">
      <Scale marks={empty ? [] : marks} text={(value) => f.number(value)} />
      <div className="plot-area">
        <svg
          viewBox={`0 0 ${plotWidth} ${barHeight}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}. ${w.chart.description(succeeded ?? '', failed ?? '', deferred ?? '')}`}
        >
          <Grid marks={marks} height={barHeight} />
          {columns.map((column) => (
            <g key={column.point.at} className="bar-column">
              <title>{columnTitle(column.point, trend.unit, props.words)}</title>
              <rect x={column.from} y={0} width={column.step} height={barHeight} />
              {column.bars.map((bar) => (
                <rect
                  key={bar.series}
                  x={column.x}
                  y={bar.y}
                  width={column.width}
                  height={bar.height}
                  style={{ fill: colour[bar.series] }}
                />
              ))}
            </g>
          ))}
        </svg>
        {empty ? <p className="plot-empty">{w.chart.empty}</p> : null}
      </div>
      <Times trend={trend} words={props.words} />
    </div>
  );
}

function Latency({ trend, words }: { readonly trend: Trend; readonly words: PageWords }): ReactElement | null {
  const { w, f } = words;
  const latency = latencyOf(trend.points, lineHeight);
  if (latency === null) return null;
  return (
    <>
      <div className="legend mt-4">
        <span className="text-ink font-semibold">{w.chart.latency(trend.unit)}</span>
        <span>
          <i className="swatch line" style={{ color: 'var(--tide)' }} />
          {w.chart.p50}
        </span>
        <span>
          <i className="swatch line" style={{ color: 'var(--review)', borderTopStyle: 'dashed' }} />
          {w.chart.p95}
        </span>
      </div>
      <div className="plot">
        <Scale marks={latency.marks} text={(value) => f.duration(value)} />
        <div className="plot-area low">
          <svg
            viewBox={`0 0 ${plotWidth} ${lineHeight}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${w.chart.latency(trend.unit)}: ${w.chart.p50}, ${w.chart.p95}`}
          >
            <Grid marks={latency.marks} height={lineHeight} />
            <path
              className="plot-line"
              d={latency.p95.line}
              style={{ stroke: 'var(--review)', strokeDasharray: '2 4' }}
            />
            <path className="plot-dots" d={latency.p95.dots} style={{ stroke: 'var(--review)' }} />
            <path className="plot-line" d={latency.p50.line} style={{ stroke: 'var(--tide)' }} />
            <path className="plot-dots" d={latency.p50.dots} style={{ stroke: 'var(--tide)' }} />
          </svg>
        </div>
      </div>
    </>
  );
}

function Scale(props: {
  readonly marks: readonly ScaleMark[];
  readonly text: (value: number) => string;
}): ReactElement {
  return (
    <div className="plot-scale" aria-hidden="true">
      {props.marks.map(({ value, share }) => (
        <span key={value} style={{ bottom: `${share * 100}%` }}>
          {props.text(value)}
        </span>
      ))}
    </div>
  );
}

function Grid({ marks, height }: { readonly marks: readonly ScaleMark[]; readonly height: number }): ReactElement {
  return (
    <g>
      {marks.map(({ value, share }) => (
        <line
          key={value}
          className="plot-grid"
          x1={0}
          x2={plotWidth}
          y1={height * (1 - share)}
          y2={height * (1 - share)}
        />
      ))}
    </g>
  );
}

function Times({ trend, words }: { readonly trend: Trend; readonly words: PageWords }): ReactElement {
  const count = trend.points.length;
  return (
    <div className="plot-times" aria-hidden="true">
      {timesOf(count).map(({ at, minor }) => (
        <span key={at} className={minor ? 'minor' : undefined} style={{ left: `${((at + 0.5) / count) * 100}%` }}>
          {words.f.tick(trend.points[at]?.at ?? '', trend.unit)}
        </span>
      ))}
    </div>
  );
}

function columnTitle(point: TrendPoint, unit: 'hour' | 'day', { w, f }: PageWords): string {
  const parts = barSeries.map((series) => `${w.chart[series]} ${f.number(point[series])}`);
  return `${unit === 'hour' ? f.time(point.at) : f.tick(point.at, unit)}: ${parts.join(', ')}`;
}
