/**
 * Single rows of a page read once more, larger, in grey and with stretched contrast, from a strip around each. Another
 * scale makes other mistakes; the rest of the page is not paid for again.
 */

import type { Box, Line, Turn, Word } from '../types.ts';
import { detect, type TextBox } from './detect.ts';
import { inspect } from './media-type.ts';
import type { Models } from './models.ts';
import { withPdf } from './pdf/document.ts';
import { decodeForStrips, enlarged, type Raster, Refusal, scaledArea, stripScale, turnRaster } from './raster.ts';
import { recognize } from './recognize.ts';
import { rowsOf } from './rows.ts';

/** Rows of one page: how it stands, and where each row was found. */
export interface RowsOfPage {
  readonly page: number;
  readonly turned: Turn;
  readonly rows: readonly { readonly box: Box; readonly height: number }[];
}

/** Text boxes a strip may hold; a row has a dozen. */
const boxesMax = 60;

/** What each row says now, row by row in the order asked; nothing where nothing was found in its place. */
export async function reread(models: Models, bytes: Uint8Array, asked: RowsOfPage): Promise<Line[][]> {
  const raster = turnRaster(await rasterOf(bytes, asked.page), asked.turned);
  const lines: Line[][] = [];
  for (const row of asked.rows) lines.push(await readStrip(models, raster, row));
  return lines;
}

async function rasterOf(bytes: Uint8Array, number: number): Promise<Raster> {
  if (inspect(bytes) !== 'application/pdf') return await decodeForStrips(bytes);
  return await withPdf(bytes, async (document) => {
    const page = document.page(number);
    if (page === null) throw new Refusal('page_missing', `there is no page ${number}`);
    return page.draw(scaledArea('second'));
  });
}

/** The strip has a row's height to spare above and below, so that print is never cut; neighbours are left out again. */
async function readStrip(
  models: Models,
  raster: Raster,
  row: { readonly box: Box; readonly height: number },
): Promise<Line[]> {
  const [x0, y0, x1, y1] = row.box;
  const room = row.height * 1.1;
  const aside = (room * 3 * raster.height) / raster.width;
  const strip: Box = [Math.max(0, x0 - aside), Math.max(0, y0 - room), Math.min(1, x1 + aside), Math.min(1, y1 + room)];
  const cut = cutOut(raster, strip);
  const grown = await enlarged(cut.raster, stripScale(raster));
  const middle = (y0 + y1) / 2;
  const at = ((middle - cut.box[1]) / (cut.box[3] - cut.box[1])) * grown.height;
  const reach = (0.75 * row.height * grown.height) / (cut.box[3] - cut.box[1]);
  const boxes = onLevel(await detect(models, grown, boxesMax), { middle: grown.width / 2, at, reach });
  const found = rowsOf(await recognize(models, grown, { boxes, look: 'second' }), grown);
  return found
    .map((line) => placed(line, cut.box))
    .filter(({ box }) => Math.abs((box[1] + box[3]) / 2 - middle) < 0.5 * row.height);
}

/** The boxes of one row, which may lean: neighbours above and below would be read for nothing. */
function onLevel(
  boxes: readonly TextBox[],
  row: { readonly middle: number; readonly at: number; readonly reach: number },
): TextBox[] {
  const long = boxes.filter(({ along, across }) => along > 4 * across).sort((a, b) => a.slope - b.slope);
  const slope = Math.tan(long[Math.floor(long.length / 2)]?.slope ?? 0);
  return boxes.filter(({ cx, cy }) => Math.abs(cy - (cx - row.middle) * slope - row.at) < row.reach);
}

/** A part of a raster, and which part it became by whole pixels. */
function cutOut(raster: Raster, [x0, y0, x1, y1]: Box): { raster: Raster; box: Box } {
  const left = Math.floor(x0 * raster.width);
  const top = Math.floor(y0 * raster.height);
  const width = Math.max(1, Math.ceil(x1 * raster.width) - left);
  const height = Math.max(1, Math.ceil(y1 * raster.height) - top);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * raster.width + left) * 3;
    data.set(raster.data.subarray(from, from + width * 3), y * width * 3);
  }
  const box: Box = [
    left / raster.width,
    top / raster.height,
    (left + width) / raster.width,
    (top + height) / raster.height,
  ];
  return { raster: { data, width, height }, box };
}

function placed(line: Line, [x0, y0, x1, y1]: Box): Line {
  const place = (box: Box): Box => [
    rounded(x0 + box[0] * (x1 - x0)),
    rounded(y0 + box[1] * (y1 - y0)),
    rounded(x0 + box[2] * (x1 - x0)),
    rounded(y0 + box[3] * (y1 - y0)),
  ];
  return { box: place(line.box), words: line.words.map((word): Word => ({ ...word, box: place(word.box) })) };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
