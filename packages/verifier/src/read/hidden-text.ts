/**
 * Whether a PDF page says in its text layer what nobody can see on it. Each word of the layer has to be found at its
 * place in what was read from the picture; one that is not gets a closer look at its own place before it counts. A layer
 * over a scan that repeats the print hides nothing.
 */

import { distance, skeleton, withoutAccents } from '../normalize/text.ts';
import type { Box, Line, Turn } from '../types.ts';
import type { TextBox } from './detect.ts';
import type { Models } from './models.ts';
import type { LayerWord } from './pdf/text-layer.ts';
import { type Raster, turnRaster } from './raster.ts';
import type { Reading } from './read-page.ts';
import { recognize } from './recognize.ts';

/** Letters, or digits of one word, that must be hidden before it counts: readers and scanners slip now and then. */
const lettersMin = 6;
const digitsMin = 3;
/** Places looked at closely; a page with more doubtful words is doubtful enough. */
const closeLooksMax = 80;
/** Levels of grey, of 255, between paper and print below which nobody sees the print. */
const contrastMin = 40;
/** Print lower than this share of the page's height (some 1.5 points on A4) is dust. */
const heightMin = 0.0018;
const hangulUnreadShare = 0.5;

/** `hidden_text` and `hangul_unread`, where they hold. `draw` draws the page larger, for the closer look. */
export async function hiddenFlags(
  models: Models,
  at: { layer: readonly LayerWord[]; reading: Reading; draw: () => Raster },
): Promise<string[]> {
  const words = at.layer.map((word) => ({ ...word, box: turnBox(word.box, at.reading.turned) }));
  const unseen = unseenWords(words, at.reading.lines);
  const flags: string[] = [];
  const hangul = words.filter(isHangul);
  const unread = unseen.filter(isHangul);
  if (lettersIn(unread) > hangulUnreadShare * lettersIn(hangul)) flags.push('hangul_unread');
  const doubtful = unseen.filter((word) => !isHangul(word) && isSpoken(word));
  if (counts(doubtful)) {
    const hidden = await stillHidden(models, { doubtful, turned: at.reading.turned, draw: at.draw });
    if (counts(hidden)) flags.push('hidden_text');
  }
  return flags;
}

/** Words of the layer that what was read at their place does not say. */
export function unseenWords(words: readonly LayerWord[], lines: readonly Line[]): LayerWord[] {
  return words.filter((word) => {
    const wanted = shape(word.text);
    if (wanted === '' || wanted.length < 2) return false;
    return (
      isOffPage(word.box) || !lines.some((line) => overlaps(line.box, word.box) && says(textAt(line, word.box), wanted))
    );
  });
}

/** The stretch of a line around a box: readers join words, so that neighbours come along. */
function textAt(line: Line, box: Box): string {
  return shape(
    line.words
      .filter((word) => overlaps(word.box, box))
      .map((word) => word.text)
      .join(''),
  );
}

/** Whether a text holds a word, an edit in three letters allowed: what is left is a slip of one of the readers. */
function says(text: string, wanted: string): boolean {
  if (text.includes(wanted)) return true;
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  for (let from = 0; from + wanted.length - allowed <= text.length; from += 1) {
    if (distance(text.slice(from, from + wanted.length), wanted) <= allowed) return true;
  }
  return false;
}

async function stillHidden(
  models: Models,
  at: { doubtful: readonly LayerWord[]; turned: Turn; draw: () => Raster },
): Promise<LayerWord[]> {
  const inSight = at.doubtful.filter(
    ({ box }) => !isOffPage(box) && Math.min(box[3] - box[1], box[2] - box[0]) >= heightMin,
  );
  if (inSight.length === 0 || inSight.length > closeLooksMax) return [...at.doubtful];
  const raster = turnRaster(at.draw(), at.turned);
  const seen = new Set<LayerWord>();
  for (const word of inSight) {
    if (contrastAt(raster, word.box) < contrastMin) continue;
    const boxes = placesOf(raster, word.box);
    const readings = await recognize(models, raster, { boxes, look: 'second' });
    const wanted = shape(word.text);
    if (readings.some(({ letters }) => says(shape(letters.map(({ char }) => char).join('')), wanted))) seen.add(word);
  }
  return at.doubtful.filter((word) => !seen.has(word));
}

/** The word's own place with a little room, lying and, where it stands on end, read both ways. */
function placesOf(raster: Raster, [x0, y0, x1, y1]: Box): TextBox[] {
  const [width, height] = [(x1 - x0) * raster.width, (y1 - y0) * raster.height];
  const low = Math.min(width, height);
  const box = {
    cx: ((x0 + x1) / 2) * raster.width,
    cy: ((y0 + y1) / 2) * raster.height,
    along: Math.max(width, height) + low * 0.5,
    across: low * 1.6,
  };
  if (width >= height) return [{ ...box, slope: 0 }];
  return [
    { ...box, slope: Math.PI / 2 },
    { ...box, slope: -Math.PI / 2 },
    { ...box, along: width + height * 0.5, across: height * 1.4, slope: 0 },
  ];
}

/** Difference of the lightest and the darkest grey in a box. */
function contrastAt(raster: Raster, [x0, y0, x1, y1]: Box): number {
  let [light, dark] = [0, 255];
  const clamp = (value: number, max: number): number => Math.min(max, Math.max(0, Math.floor(value)));
  for (
    let y = clamp(y0 * raster.height, raster.height - 1);
    y <= clamp(y1 * raster.height, raster.height - 1);
    y += 1
  ) {
    for (let x = clamp(x0 * raster.width, raster.width - 1); x <= clamp(x1 * raster.width, raster.width - 1); x += 1) {
      const at = (y * raster.width + x) * 3;
      const grey =
        ((raster.data[at] as number) + (raster.data[at + 1] as number) + (raster.data[at + 2] as number)) / 3;
      light = Math.max(light, grey);
      dark = Math.min(dark, grey);
    }
  }
  return light - dark;
}

function counts(words: readonly LayerWord[]): boolean {
  return lettersIn(words) >= lettersMin || words.some(({ text }) => (text.match(/\d/g) ?? []).length >= digitsMin);
}

function lettersIn(words: readonly { readonly text: string }[]): number {
  return words.reduce((sum, { text }) => sum + shape(text).length, 0);
}

/** A few letters may be a scanner's idea of a logo. */
function isSpoken({ text }: LayerWord): boolean {
  return shape(text).length >= 3;
}

function isHangul({ text }: { readonly text: string }): boolean {
  return /\p{Script=Hangul}/u.test(text);
}

function isOffPage([x0, y0, x1, y1]: Box): boolean {
  return x1 <= 0 || y1 <= 0 || x0 >= 1 || y0 >= 1;
}

/** Whether two boxes share a place, some play allowed for by the height of the second. */
function overlaps(a: Box, b: Box): boolean {
  const play = 0.5 * (b[3] - b[1]) + 0.002;
  return a[0] < b[2] + play && a[2] > b[0] - play && a[1] < b[3] + play / 2 && a[3] > b[1] - play / 2;
}

/** A box on a page after the page was turned clockwise. */
function turnBox([x0, y0, x1, y1]: Box, turned: Turn): Box {
  if (turned === 90) return [1 - y1, x0, 1 - y0, x1];
  if (turned === 180) return [1 - x1, 1 - y1, 1 - x0, 1 - y0];
  if (turned === 270) return [y0, 1 - x1, y1, 1 - x0];
  return [x0, y0, x1, y1];
}

function shape(text: string): string {
  return skeleton(withoutAccents(text));
}
