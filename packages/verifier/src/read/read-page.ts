/**
 * One raster to one upright page: find text, read it; when the boxes stand on end or the text is no language, turn the
 * page and read again.
 */

import type { Turn } from '../types.ts';
import { detect, type TextBox } from './detect.ts';
import { looksHangul, readHangul } from './hangul-page.ts';
import { isLegible, languageScore } from './legibility.ts';
import { readLimits } from './limits.ts';
import type { Models } from './models.ts';
import type { Look, ReadPage, Script } from './protocol.ts';
import { type Raster, turnRaster } from './raster.ts';
import { recognize } from './recognize.ts';
import { rowsOf } from './rows.ts';

/** Share of boxes taller than wide above which a page lies on its side (upright: at most a sixth). */
const sidewaysShare = 0.5;
/** Lines that are read both ways to tell how a page on its side stands. */
const triedBoxes = 10;

/** How a look reads: the networks, and the scale it was made for. */
export interface Means {
  readonly models: Models;
  readonly look: Look;
  readonly script: Script;
}

/** One page as it was read: how it had to be turned, its rows, and how much of them is language. */
export interface Reading {
  readonly turned: Turn;
  readonly lines: ReadPage['lines'];
  readonly score: number;
  /** The raster as it was read, upright. */
  readonly raster: Raster;
}

/** Reads a raster. `turned` says that an earlier look already found how the page stands. */
export async function readRaster(means: Means, raster: Raster, turned?: Turn | undefined): Promise<Reading> {
  if (means.script === 'hangul') return await readHangul(means, raster, turned);
  const reading = turned === undefined ? await readUpright(means, raster) : await readTurned(means, raster, turned);
  if (means.script === 'latin' || !looksHangul(reading.lines)) return reading;
  const hangul = await readHangul(means, raster, turned);
  return isLegible(hangul.score) && hangul.score > reading.score ? hangul : reading;
}

/** The likelier turns first; the others only where those gave no language. */
async function readUpright(means: Means, raster: Raster): Promise<Reading> {
  const boxes = await detect(means.models, raster, readLimits.boxesMax);
  if (boxes.length < 4) return readBoxes(means, raster, { boxes, turned: 0 });
  const sideways = boxes.filter(onEnd).length > boxes.length * sidewaysShare;
  const turns = sideways ? ([...(await whichSide(means, raster)), 0, 180] as const) : ([0, 180, 90, 270] as const);
  let best: Reading | null = null;
  for (const turned of turns) {
    const attempt =
      turned === 0 ? await readBoxes(means, raster, { boxes, turned }) : await readTurned(means, raster, turned);
    if (isLegible(attempt.score)) return attempt;
    if (best === null || attempt.score > best.score + 1) best = attempt;
  }
  return best as Reading;
}

/** Which side a page lies on, the likelier first: its longest lines are read both ways, which is cheaper than the page. */
async function whichSide(means: Means, raster: Raster): Promise<[Turn, Turn]> {
  const side = turnRaster(raster, 90);
  const boxes = await detect(means.models, side, readLimits.boxesMax);
  const longest = boxes.sort((a, b) => b.along - a.along).slice(0, triedBoxes);
  const turnedRound = longest.map((box) => ({ ...box, slope: box.slope + Math.PI }));
  const senseOf = async (tried: readonly TextBox[]): Promise<number> => {
    const readings = await recognize(means.models, side, { boxes: tried, look: means.look });
    const sure = readings.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, readings.length);
    return languageScore(rowsOf(readings, side)) + sure;
  };
  return (await senseOf(longest)) >= (await senseOf(turnedRound)) ? [90, 270] : [270, 90];
}

async function readTurned(means: Means, raster: Raster, turned: Turn): Promise<Reading> {
  const upright = turnRaster(raster, turned);
  return readBoxes(means, upright, { boxes: await detect(means.models, upright, readLimits.boxesMax), turned });
}

async function readBoxes(
  means: Means,
  raster: Raster,
  at: { boxes: readonly TextBox[]; turned: Turn },
): Promise<Reading> {
  const lines = rowsOf(await recognize(means.models, raster, { boxes: at.boxes, look: means.look }), raster);
  return { turned: at.turned, lines, score: languageScore(lines), raster };
}

function onEnd(box: TextBox): boolean {
  return box.across > box.along * 1.2;
}
