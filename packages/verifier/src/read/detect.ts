/**
 * Where text stands on a raster: runs the detection network (a differentiable-binarisation text detector) and turns
 * its probability map into rotated boxes. Knows nothing of what the text says.
 */

import { Tensor } from 'onnxruntime-node';
import { type Region, regionsOf } from './components.ts';
import type { Models } from './models.ts';
import type { Raster } from './raster.ts';

/** A text box in pixels of the raster: centre, extent along and across the text, and its slope in radians. */
export interface TextBox {
  readonly cx: number;
  readonly cy: number;
  readonly along: number;
  readonly across: number;
  readonly slope: number;
}

/** Pixels the detector looks at; above this it finds no more lines on receipts, it only costs more. */
const detectionArea = 700_000;
/** Rasters above this were made for a second look, whose detector sees them larger too. */
const secondLookArea = 1_150_000;
const shortSideMin = 384;
const probabilityMin = 0.3;
const scoreMin = 0.5;
/** The network predicts shrunken text kernels; this ratio (area over perimeter) grows them back. */
const growth = 1.6;
const mean = [0.485, 0.456, 0.406] as const;
const deviation = [0.229, 0.224, 0.225] as const;

/** Finds text boxes, unordered. */
export async function detect(models: Models, raster: Raster, boxesMax: number): Promise<TextBox[]> {
  const scale = detectionScale(raster);
  const width = Math.max(32, Math.round((raster.width * scale) / 32) * 32);
  const height = Math.max(32, Math.round((raster.height * scale) / 32) * 32);
  const input = new Tensor('float32', planes(raster, width, height), [1, 3, height, width]);
  const name = models.detection.inputNames[0] as string;
  const output = (await models.detection.run({ [name]: input }))[models.detection.outputNames[0] as string];
  if (output === undefined) throw new Error('the detection network gave no map');
  const map = output.data as Float32Array;
  const kx = raster.width / width;
  const ky = raster.height / height;
  return regionsOf(map, { width, height, probabilityMin })
    .filter((region) => region.score >= scoreMin && Math.min(region.along, region.across) >= 2.5)
    .sort((a, b) => b.score - a.score)
    .slice(0, boxesMax)
    .map((region) => grown(region, kx, ky));
}

function detectionScale(raster: Raster): number {
  const area = raster.width * raster.height > secondLookArea ? detectionArea * 1.4 : detectionArea;
  const byArea = Math.sqrt(area / (raster.width * raster.height));
  const byShortSide = shortSideMin / Math.min(raster.width, raster.height);
  return Math.min(1, Math.max(byArea, byShortSide));
}

function grown(region: Region, kx: number, ky: number): TextBox {
  const distance = (region.along * region.across * growth) / (2 * (region.along + region.across));
  const cos = Math.cos(region.slope);
  const sin = Math.sin(region.slope);
  return {
    cx: (region.cx + 0.5) * kx,
    cy: (region.cy + 0.5) * ky,
    along: (region.along + 2 * distance) * Math.hypot(cos * kx, sin * ky),
    across: (region.across + 2 * distance) * Math.hypot(sin * kx, cos * ky),
    slope: Math.atan2(sin * ky, cos * kx),
  };
}

/** Bilinear copy at the network's size, channels as planes in the order blue, green, red it was trained with. */
function planes(raster: Raster, width: number, height: number): Float32Array {
  const out = new Float32Array(3 * width * height);
  const plane = width * height;
  const { data } = raster;
  const columns = steps(raster.width, width);
  const rows = steps(raster.height, height);
  const factors = deviation.map((one) => 1 / (255 * one)) as [number, number, number];
  const shifts = mean.map((one, channel) => one / (deviation[channel] as number)) as [number, number, number];
  for (let y = 0, at = 0; y < height; y += 1) {
    const above = (rows.first[y] as number) * raster.width * 3;
    const below = (rows.second[y] as number) * raster.width * 3;
    const fy = rows.share[y] as number;
    for (let x = 0; x < width; x += 1, at += 1) {
      const left = (columns.first[x] as number) * 3;
      const right = (columns.second[x] as number) * 3;
      const fx = columns.share[x] as number;
      const a = (1 - fx) * (1 - fy);
      const b = fx * (1 - fy);
      const c = (1 - fx) * fy;
      const d = fx * fy;
      for (let channel = 0; channel < 3; channel += 1) {
        const o = 2 - channel;
        const value =
          (data[above + left + o] as number) * a +
          (data[above + right + o] as number) * b +
          (data[below + left + o] as number) * c +
          (data[below + right + o] as number) * d;
        out[channel * plane + at] = value * (factors[channel] as number) - (shifts[channel] as number);
      }
    }
  }
  return out;
}

/** For each step along a side at the network's size: the two pixels it lies between, and the share of the second. */
function steps(from: number, to: number): { first: Int32Array; second: Int32Array; share: Float64Array } {
  const [first, second, share] = [new Int32Array(to), new Int32Array(to), new Float64Array(to)];
  for (let i = 0; i < to; i += 1) {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(place);
    second[i] = Math.min(from - 1, Math.floor(place) + 1);
    share[i] = place - Math.floor(place);
  }
  return { first, second, share };
}
