/** The trend's figures as a table, latest first, without the steps in which nothing happened. */
import type { ReactElement } from 'react';
import type { PageWords } from '../page-words.ts';
import type { Trend } from './trends.tsx';

export function TrendTable({ trend, words }: { readonly trend: Trend; readonly words: PageWords }): ReactElement {
  const { w, f } = words;
  const points = trend.points.filter((point) => point.processed > 0).toReversed();
  if (points.length === 0) return <p className="quiet py-2">{w.chart.empty}</p>;
  const latency = (ms: number | null): string => (ms === null ? w.shell.none : f.duration(ms));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="scroller mt-2" tabIndex={0} aria-label={w.chart.title(trend.unit)}>
      <table className="table small">
        <thead>
          <tr>
            <th scope="col">{w.chart.when}</th>
            {[w.chart.processed, w.chart.succeeded, w.chart.failed, w.chart.deferred].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
            {[w.chart.p50, w.chart.p95, w.chart.spend].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.at}>
              <td>{trend.unit === 'hour' ? f.time(point.at) : f.tick(point.at, 'day')}</td>
              <td className="num">{f.number(point.processed)}</td>
              <td className="num">{f.number(point.succeeded)}</td>
              <td className="num">{f.number(point.failed)}</td>
              <td className="num">{f.number(point.deferred)}</td>
              <td className="num">{latency(point.p50Ms)}</td>
              <td className="num">{latency(point.p95Ms)}</td>
              <td className="num">{f.money(point.costMicros)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
