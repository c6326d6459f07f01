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

/** Box-filtered copy at the network's size, channels as planes in the order blue, green, red it was trained with. */
function planes(raster: Raster, width: number, height: number): Float32Array {
  const out = new Float32Array(3 * width * height);
  const plane = width * height;
  const kx = raster.width / width;
  const ky = raster.height / height;
  const left = Float64Array.from({ length: width }, (_, x) => (x + 0.5) * kx - 0.5);
  for (let y = 0, at = 0; y < height; y += 1) {
    const sy = Math.min(raster.height - 1, Math.max(0, (y + 0.5) * ky - 0.5));
    const y0 = Math.floor(sy);
    const y1 = Math.min(raster.height - 1, y0 + 1);
    const fy = sy - y0;
    for (let x = 0; x < width; x += 1, at += 1) {
      const sx = Math.min(raster.width - 1, Math.max(0, left[x] as number));
      const x0 = Math.floor(sx);
      const x1 = Math.min(raster.width - 1, x0 + 1);
      const fx = sx - x0;
      const a = (y0 * raster.width + x0) * 3;
      const b = (y0 * raster.width + x1) * 3;
      const c = (y1 * raster.width + x0) * 3;
      const d = (y1 * raster.width + x1) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const o = 2 - channel;
        const top = (raster.data[a + o] as number) * (1 - fx) + (raster.data[b + o] as number) * fx;
        const bottom = (raster.data[c + o] as number) * (1 - fx) + (raster.data[d + o] as number) * fx;
        const value = (top * (1 - fy) + bottom * fy) / 255;
        out[channel * plane + at] = (value - (mean[channel] as number)) / (deviation[channel] as number);
      }
    }
  }
  return out;
}
