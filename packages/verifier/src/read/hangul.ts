/**
 * The reader of Hangul lines: crops each box out of the red channel, in which seals fade and black stays, and spells
 * what it shows. It reads any line that is set in Hangul, digits or Latin letters, and nothing of the page around it.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TextBox } from './detect.ts';
import { hangulClasses, lettersOf, type Seen } from './hangul-alphabet.ts';
import type { LineReader } from './line-reader.ts';
import type { Raster } from './raster.ts';
import type { Reading } from './recognize.ts';

const cropHeight = 40;
const widthMax = 1_200;
/**
 * What the detector gives round a line is more than this reader wants: cut to this share of its height, and by as much of its height
 * at the ends, names that were lost are read, and read surely (of 18 hard ones 16 for 13).
 */
const heightKept = 0.86;
const endsCut = 0.06;
/** A crop's own ink and paper, as percentiles of its grey values, are stretched to 1 and 0. */
const inkPercentile = 0.02;
const paperPercentile = 0.9;
const contrastMin = 30;

/** Opens the reader from its network's file. */
export async function openHangulReader(path: string, options: InferenceSession.SessionOptions): Promise<LineReader> {
  const session = await InferenceSession.create(path, options);
  return {
    async read(raster, boxes) {
      const readings: Reading[] = [];
      for (const box of boxes) readings.push(await readLine(session, raster, box));
      return readings;
    },
  };
}

async function readLine(session: InferenceSession, raster: Raster, box: TextBox): Promise<Reading> {
  const { ink, width } = inkOf(raster, tight(box));
  const input = new Tensor('float32', ink, [1, 1, cropHeight, width]);
  const output = (await session.run({ [session.inputNames[0] as string]: input }))[session.outputNames[0] as string];
  if (output === undefined) throw new Error('the Hangul network gave no answer');
  const [logs, steps] = [output.data as Float32Array, output.dims[1] ?? 0];
  const path = Array.from({ length: steps }, (_, step) => bestClass(logs, step));
  const seen = spelled(logs, path);
  const letters = lettersOf(seen);
  const sure = seen.reduce((sum, { score }) => sum + score, 0) / Math.max(1, seen.length);
  return { box, letters, confidence: letters.length === 0 ? 0 : sure, rival: rivalOf(logs, path) };
}

function tight(box: TextBox): TextBox {
  return { ...box, across: box.across * heightKept, along: Math.max(1, box.along - box.across * endsCut) };
}

/** A box as ink on paper, `cropHeight` high: near 1 where ink is, 0 where paper is. */
export function inkOf(raster: Raster, box: TextBox): { ink: Float32Array; width: number; height: number } {
  const width = Math.min(widthMax, Math.max(16, Math.round((cropHeight * box.along) / Math.max(1, box.across))));
  return { ink: stretched(sample(raster, box, width)), width, height: cropHeight };
}

/** Best class of each step; repeats and blanks fall away. The score of a class is the best of the steps that saw it. */
function spelled(logs: Float32Array, path: readonly number[]): Seen[] {
  const seen: { class: number; at: number; score: number }[] = [];
  const steps = path.length;
  let before = 0;
  for (const [step, best] of path.entries()) {
    const score = Math.exp(logs[step * hangulClasses + best] as number);
    const last = seen[seen.length - 1];
    if (best !== 0 && best !== before) seen.push({ class: best, at: (step + 0.5) / steps, score });
    else if (best !== 0 && last !== undefined) last.score = Math.max(last.score, score);
    before = best;
  }
  return seen;
}

function bestClass(logs: Float32Array, step: number): number {
  const from = step * hangulClasses;
  let best = 0;
  for (let c = 1; c < hangulClasses; c += 1) {
    if ((logs[from + c] as number) > (logs[from + best] as number)) best = c;
  }
  return best;
}

/**
 * The probability of the likeliest class, at any step, that the text does not have in that place. A class that a
 * neighbouring step saw is the same letter a little aside, and no letter at all is a rival only of one seen at one step.
 */
function rivalOf(logs: Float32Array, path: readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const [step, best] of path.entries()) {
    const [before, after] = [path[step - 1] ?? 0, path[step + 1] ?? 0];
    const alone = best !== 0 && best !== before && best !== after;
    for (let c = alone ? 0 : 1; c < hangulClasses; c += 1) {
      const known = c === best || (c !== 0 && (c === before || c === after));
      if (!known) most = Math.max(most, logs[step * hangulClasses + c] as number);
    }
  }
  return Math.exp(most);
}

/** Bilinear samples along the leaning box. */
function sample(raster: Raster, box: TextBox, width: number): Float32Array {
  const out = new Float32Array(cropHeight * width);
  const cos = Math.cos(box.slope);
  const sin = Math.sin(box.slope);
  for (let row = 0; row < cropHeight; row += 1) {
    const v = ((row + 0.5) / cropHeight - 0.5) * box.across;
    for (let column = 0; column < width; column += 1) {
      const u = ((column + 0.5) / width - 0.5) * box.along;
      const sx = clamp(box.cx + u * cos - v * sin - 0.5, raster.width - 1);
      const sy = clamp(box.cy + u * sin + v * cos - 0.5, raster.height - 1);
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      const [fx, fy] = [sx - x0, sy - y0];
      const right = x0 + 1 < raster.width ? 3 : 0;
      const below = y0 + 1 < raster.height ? raster.width * 3 : 0;
      const at = (y0 * raster.width + x0) * 3;
      const upper = (raster.data[at] as number) * (1 - fx) + (raster.data[at + right] as number) * fx;
      const lower = (raster.data[at + below] as number) * (1 - fx) + (raster.data[at + below + right] as number) * fx;
      out[row * width + column] = upper * (1 - fy) + lower * fy;
    }
  }
  return out;
}

function stretched(crop: Float32Array): Float32Array {
  const sorted = Float32Array.from(crop).sort();
  const ink = sorted[Math.floor(inkPercentile * (sorted.length - 1))] as number;
  const paper = sorted[Math.floor(paperPercentile * (sorted.length - 1))] as number;
  const span = Math.max(paper - ink, contrastMin);
  return crop.map((grey) => Math.min(1.2, Math.max(0, (paper - grey) / span)));
}

function clamp(value: number, max: number): number {
  return value < 0 ? 0 : value > max ? max : value;
}
