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
/** Boxes that are read both ways to tell how a page on its side stands, and how many times longer than high they are. */
const triedBoxes = 12;
const wordShape = 4;

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
  const lying = sideways ? await layDown(means, raster) : [];
  const turns: readonly Turn[] = sideways ? [0, 180] : [0, 180, 90, 270];
  const tries = [
    ...lying.map((side) => () => readBoxes(means, side.raster, side)),
    ...turns.map(
      (turned) => () =>
        turned === 0 ? readBoxes(means, raster, { boxes, turned }) : readTurned(means, raster, turned),
    ),
  ];
  let best: Reading | null = null;
  for (const read of tries) {
    const attempt = await read();
    if (isLegible(attempt.score)) return attempt;
    if (best === null || attempt.score > best.score + 1) best = attempt;
  }
  return best as Reading;
}

interface Side {
  readonly turned: Turn;
  readonly raster: Raster;
  readonly boxes: readonly TextBox[];
}

/** A page on its side turned either way, the likelier first: a few of its words are read both ways to tell. */
async function layDown(means: Means, raster: Raster): Promise<Side[]> {
  const side = turnRaster(raster, 90);
  const boxes = await detect(means.models, side, readLimits.boxesMax);
  const senseOf = async (tried: readonly TextBox[]): Promise<number> => {
    const readings = await recognize(means.models, side, { boxes: tried, look: means.look });
    const sure = readings.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, readings.length);
    return languageScore(rowsOf(readings, side)) + sure;
  };
  const words = shortOnes(boxes);
  const ahead = await senseOf(words);
  const back = await senseOf(words.map((box) => ({ ...box, slope: box.slope + Math.PI })));
  const here = { turned: 90, raster: side, boxes } as const;
  const there = {
    turned: 270,
    raster: turnRaster(side, 180),
    boxes: boxes.map((box) => ({ ...box, cx: side.width - box.cx, cy: side.height - box.cy })),
  } as const;
  return ahead >= back ? [here, there] : [there, here];
}

/** Boxes of a word or two: long lines cost what they are wide. */
function shortOnes(boxes: readonly TextBox[]): TextBox[] {
  const far = ({ along, across }: TextBox): number => Math.abs(Math.log(along / Math.max(1, across) / wordShape));
  return [...boxes].sort((a, b) => far(a) - far(b)).slice(0, triedBoxes);
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
