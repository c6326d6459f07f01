/**
 * What the text in boxes says: crops each box straight into the network's input, runs boxes of like width together,
 * and keeps the place of each letter, so that a word's box is known and not guessed.
 */

import { Tensor } from 'onnxruntime-node';
import type { TextBox } from './detect.ts';
import type { Models } from './models.ts';
import type { Look } from './protocol.ts';
import type { Raster } from './raster.ts';

/** A letter and its place along its box, 0 (start) to 1 (end). */
export interface Letter {
  readonly char: string;
  readonly at: number;
}

/** One box's text. */
export interface Reading {
  readonly box: TextBox;
  readonly letters: readonly Letter[];
  readonly confidence: number;
  /** Probability of the likeliest other letter at the least certain place, where a reader knows it. */
  readonly rival?: number;
  /** What another reader reads in the same box, where digits or a mixed script make both worth keeping. */
  readonly also?: string;
  /** A seal lies over it: signs behind the text may be the seal's. */
  readonly sealed?: boolean;
}

const cropHeight = 48;
const widthStep = 16;
const widthMax = 2_400;
/** Columns of one batch. Larger ones leave the processor’s cache and cost a fifth more, measured. */
const batchColumnsMax = 640;

/** Letters may be narrower than they are: the network's cost is its columns, and 0.85 read as well, measured. */
const squeeze: Readonly<Record<Look, number>> = { first: 0.85, second: 1 };

interface Crop {
  readonly box: TextBox;
  readonly width: number;
}

/** Reads all boxes; the answer is in no particular order and leaves out boxes without any letter. */
export async function recognize(
  models: Pick<Models, 'recognition' | 'alphabet'>,
  raster: Raster,
  at: { boxes: readonly TextBox[]; look: Look },
): Promise<Reading[]> {
  const crops = at.boxes.map((box) => cropOf(box, squeeze[at.look])).sort((a, b) => a.width - b.width);
  const readings: Reading[] = [];
  for (let from = 0; from < crops.length; ) {
    let to = from + 1;
    while (to < crops.length && padded((crops[to] as Crop).width) * (to - from + 1) <= batchColumnsMax) to += 1;
    readings.push(...(await readBatch(models, raster, crops.slice(from, to))));
    from = to;
  }
  return readings.filter((reading) => reading.letters.length > 0);
}

function cropOf(box: TextBox, narrower: number): Crop {
  const upright = box.across > box.along * 1.5 ? standing(box) : box;
  const width = Math.round((narrower * cropHeight * upright.along) / Math.max(1, upright.across));
  return { box: upright, width: Math.min(widthMax, Math.max(16, width)) };
}

/** A box much taller than wide holds a line that runs downwards. */
function standing(box: TextBox): TextBox {
  return { ...box, along: box.across, across: box.along, slope: box.slope - Math.PI / 2 };
}

function padded(width: number): number {
  return Math.ceil(width / widthStep) * widthStep;
}

async function readBatch(
  models: Pick<Models, 'recognition' | 'alphabet'>,
  raster: Raster,
  crops: readonly Crop[],
): Promise<Reading[]> {
  const width = padded((crops[crops.length - 1] as Crop).width);
  const input = new Float32Array(crops.length * 3 * cropHeight * width);
  crops.forEach((crop, index) => {
    sample(raster, crop, { into: input, offset: index * 3 * cropHeight * width, width });
  });
  const name = models.recognition.inputNames[0] as string;
  const tensor = new Tensor('float32', input, [crops.length, 3, cropHeight, width]);
  const output = (await models.recognition.run({ [name]: tensor }))[models.recognition.outputNames[0] as string];
  if (output === undefined) throw new Error('the recognition network gave no answer');
  const [, steps = 0, classes = 0] = output.dims;
  const scores = output.data as Float32Array;
  return crops.map((crop, index) => {
    const from = index * steps * classes;
    return letters(scores.subarray(from, from + steps * classes), {
      crop,
      width,
      steps,
      classes,
      alphabet: models.alphabet,
    });
  });
}

/** Bilinear samples along the leaning box; what lies right of the text stays 0, the network's own padding. */
function sample(raster: Raster, crop: Crop, target: { into: Float32Array; offset: number; width: number }): void {
  const { box } = crop;
  const { data, width, height } = raster;
  const { into } = target;
  const cos = Math.cos(box.slope);
  const sin = Math.sin(box.slope);
  const plane = cropHeight * target.width;
  const du = box.along / crop.width;
  const dv = box.across / cropHeight;
  for (let row = 0; row < cropHeight; row += 1) {
    const v = (row + 0.5) * dv - box.across / 2;
    const fromX = box.cx - v * sin - 0.5;
    const fromY = box.cy + v * cos - 0.5;
    let to = target.offset + row * target.width;
    for (let column = 0; column < crop.width; column += 1, to += 1) {
      const u = (column + 0.5) * du - box.along / 2;
      const sx = clamp(fromX + u * cos, width - 1);
      const sy = clamp(fromY + u * sin, height - 1);
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      const fx = sx - x0;
      const fy = sy - y0;
      const right = x0 + 1 < width ? 3 : 0;
      const below = y0 + 1 < height ? width * 3 : 0;
      const a = (1 - fx) * (1 - fy);
      const b = fx * (1 - fy);
      const c = (1 - fx) * fy;
      const d = fx * fy;
      const at = (y0 * width + x0) * 3 + 2;
      for (let channel = 0, i = at, o = to; channel < 3; channel += 1, i -= 1, o += plane) {
        const upper = (data[i] as number) * a + (data[i + right] as number) * b;
        const lower = (data[i + below] as number) * c + (data[i + below + right] as number) * d;
        into[o] = (upper + lower) / 127.5 - 1;
      }
    }
  }
}

/** Best class of each step; repeats and blanks fall away (connectionist temporal classification, greedily). */
function letters(
  scores: Float32Array,
  at: { crop: Crop; width: number; steps: number; classes: number; alphabet: readonly string[] },
): Reading {
  const found: Letter[] = [];
  let sum = 0;
  let before = 0;
  for (let step = 0; step < at.steps; step += 1) {
    const from = step * at.classes;
    let best = 0;
    let score = scores[from] as number;
    for (let c = 1; score <= 0.5 && c < at.classes; c += 1) {
      const value = scores[from + c] as number;
      if (value > score) {
        score = value;
        best = c;
      }
    }
    if (best !== 0 && best !== before) {
      const place = (((step + 0.5) / at.steps) * at.width) / at.crop.width;
      found.push({ char: at.alphabet[best] ?? '', at: Math.min(1, place) });
      sum += score;
    }
    before = best;
  }
  return { box: at.crop.box, letters: found, confidence: found.length === 0 ? 0 : sum / found.length };
}

function clamp(value: number, max: number): number {
  return value < 0 ? 0 : value > max ? max : value;
}
