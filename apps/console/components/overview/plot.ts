/**
 * The geometry of the overview's charts: points in, coordinates in a 1000-wide box out. It draws nothing and knows no
 * words; texts are placed beside the picture by percentages, so that they keep their size at any width.
 */
import { scaleBand, scaleLinear } from 'd3-scale';
import { line, stack } from 'd3-shape';
import type { TrendPoint } from 'tidegate';

export const plotWidth = 1000;

/** The series of the bars, from the bottom up. */
export const barSeries = ['succeeded', 'failed', 'deferred'] as const;

export type BarSeries = (typeof barSeries)[number];

export interface Bar {
  readonly series: BarSeries;
  readonly y: number;
  readonly height: number;
}

export interface Column {
  readonly point: TrendPoint;
  readonly x: number;
  readonly width: number;
  /** Left edge and width of the whole step, for pointing at. */
  readonly from: number;
  readonly step: number;
  readonly bars: readonly Bar[];
}

export interface ScaleMark {
  readonly value: number;
  /** Share of the height, from the bottom. */
  readonly share: number;
}

/** Stacked columns for a height; the scale starts at 0 and ends at a round number. */
export function columnsOf(
  points: readonly TrendPoint[],
  height: number,
): { readonly columns: readonly Column[]; readonly marks: readonly ScaleMark[] } {
  const most = Math.max(1, ...points.map((point) => point.succeeded + point.failed + point.deferred));
  const up = scaleLinear().domain([0, most]).nice(4).range([0, height]);
  const across = scaleBand<number>()
    .domain(points.map((_, at) => at))
    .range([0, plotWidth])
    .paddingInner(0.28)
    .paddingOuter(0.14);
  const layers = stack<TrendPoint, BarSeries>().keys([...barSeries])([...points]);
  const step = across.step();
  const columns = points.map((point, at): Column => {
    const x = across(at) ?? 0;
    const bars = layers.flatMap((layer): Bar[] => {
      const [from, to] = layer[at] ?? [0, 0];
      return to > from ? [{ series: layer.key, y: height - up(to), height: up(to) - up(from) }] : [];
    });
    return { point, x, width: across.bandwidth(), from: x - (step - across.bandwidth()) / 2, step, bars };
  });
  return { columns, marks: marksOf(up.ticks(4).filter(Number.isInteger), up.domain()[1] ?? 1) };
}

/** A line, and a dot at each of its points: strokes of no length, which round caps make visible. */
export interface Stroke {
  readonly line: string;
  readonly dots: string;
}

/** Two lines over the same steps as the columns; a gap where nothing ended. */
export function latencyOf(
  points: readonly TrendPoint[],
  height: number,
): { readonly p50: Stroke; readonly p95: Stroke; readonly marks: readonly ScaleMark[] } | null {
  const most = Math.max(0, ...points.map((point) => point.p95Ms ?? point.p50Ms ?? 0));
  if (most === 0) return null;
  const up = scaleLinear().domain([0, most]).nice(2).range([height, 0]);
  const step = plotWidth / Math.max(1, points.length);
  const draw = (read: (point: TrendPoint) => number | null): Stroke => {
    const known = points.flatMap((point, at) => {
      const value = read(point);
      return value === null ? [] : [`M${(at + 0.5) * step},${up(value)}h0.01`];
    });
    const path = line<TrendPoint>()
      .defined((point) => read(point) !== null)
      .x((_, at) => (at + 0.5) * step)
      .y((point) => up(read(point) ?? 0))([...points]);
    return { line: path ?? '', dots: known.join('') };
  };
  const top = up.domain()[1] ?? most;
  return { p50: draw((point) => point.p50Ms), p95: draw((point) => point.p95Ms), marks: marksOf([0, top], top) };
}

function marksOf(values: readonly number[], top: number): readonly ScaleMark[] {
  return values.map((value) => ({ value, share: top === 0 ? 0 : value / top }));
}

/** Which steps get a time under them, and which of those stay on a narrow screen. */
export function timesOf(count: number): readonly { readonly at: number; readonly minor: boolean }[] {
  const every = Math.max(1, Math.ceil(count / 8));
  const times = [];
  for (let at = 0, n = 0; at < count; at += every, n += 1) times.push({ at, minor: n % 2 === 1 });
  return times;
}
