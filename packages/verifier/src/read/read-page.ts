/**
 * One image to one upright page: decode, find text, read it; when the boxes stand on end or the text is no language,
 * turn the page and read again.
 */

import type { Turn } from '../types.ts';
import { detect, type TextBox } from './detect.ts';
import { isLegible, languageScore } from './legibility.ts';
import { readLimits } from './limits.ts';
import type { Models } from './models.ts';
import type { Look, ReadPage } from './protocol.ts';
import { decode, type Raster, turnRaster } from './raster.ts';
import { recognize } from './recognize.ts';
import { rowsOf } from './rows.ts';

/** Share of boxes taller than wide above which a page lies on its side (upright: at most a sixth). */
const sidewaysShare = 0.5;

/**
 * Reads an image. `turned` says that an earlier look already found how the page stands.
 * @throws Refusal for a file that cannot be read.
 */
export async function readImage(
  models: Models,
  bytes: Uint8Array,
  how: { look: Look; turned?: Turn | undefined },
): Promise<ReadPage> {
  const decoded = await decode(bytes, how.look);
  const read =
    how.turned === undefined
      ? await readUpright({ models, look: how.look }, decoded.raster)
      : await readTurned({ models, look: how.look }, decoded.raster, how.turned);
  const swap = read.turned % 180 !== 0;
  return {
    page: 1,
    width: swap ? decoded.height : decoded.width,
    height: swap ? decoded.width : decoded.height,
    turned: read.turned,
    lines: read.lines,
    legible: isLegible(read.score),
  };
}

interface Means {
  readonly models: Models;
  readonly look: Look;
}

interface Attempt {
  readonly turned: Turn;
  readonly lines: ReadPage['lines'];
  readonly score: number;
}

/** The likelier pair of turns first; the other pair only where neither gave language. */
async function readUpright(means: Means, raster: Raster): Promise<Attempt> {
  const boxes = await detect(means.models, raster, readLimits.boxesMax);
  if (boxes.length < 4) return readBoxes(means, raster, { boxes, turned: 0 });
  const sideways = boxes.filter(onEnd).length > boxes.length * sidewaysShare;
  let best: Attempt | null = null;
  for (const turned of sideways ? ([90, 270, 0, 180] as const) : ([0, 180, 90, 270] as const)) {
    const attempt =
      turned === 0 ? await readBoxes(means, raster, { boxes, turned }) : await readTurned(means, raster, turned);
    if (isLegible(attempt.score)) return attempt;
    if (best === null || attempt.score > best.score + 1) best = attempt;
  }
  return best as Attempt;
}

async function readTurned(means: Means, raster: Raster, turned: Turn): Promise<Attempt> {
  const upright = turnRaster(raster, turned);
  return readBoxes(means, upright, { boxes: await detect(means.models, upright, readLimits.boxesMax), turned });
}

async function readBoxes(
  means: Means,
  raster: Raster,
  at: { boxes: readonly TextBox[]; turned: Turn },
): Promise<Attempt> {
  const lines = rowsOf(await recognize(means.models, raster, { boxes: at.boxes, look: means.look }), raster);
  return { turned: at.turned, lines, score: languageScore(lines) };
}

function onEnd(box: TextBox): boolean {
  return box.across > box.along * 1.2;
}
