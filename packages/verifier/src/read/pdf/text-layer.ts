/**
 * The text layer of a PDF page as words with their places. A second witness only: what it says is never evidence, it is
 * held against what can be seen.
 */

import type { Box } from '../../types.ts';
import { readLimits } from '../limits.ts';
import type { Pdfium } from './pdfium.ts';

/** One word of the layer. The box may lie off the page; fractions then are below 0 or above 1. */
export interface LayerWord {
  readonly text: string;
  readonly box: Box;
  /** Words of one line follow each other and share its number. */
  readonly line: number;
}

/** Device units a side: whole numbers come back, so that the grid has to be fine. */
const grid = 100_000;

/** Words in the order of the file; at most as many letters as limits allow. */
export function layerOf(pdfium: Pdfium, page: number): LayerWord[] {
  const text = pdfium.FPDFText_LoadPage(page);
  if (text === 0) return [];
  const { malloc, free } = pdfium.pdfium.wasmExports;
  const scratch = malloc(48);
  try {
    return wordsOf(pdfium, { page, text, scratch });
  } finally {
    free(scratch);
    pdfium.FPDFText_ClosePage(text);
  }
}

function wordsOf(pdfium: Pdfium, at: { page: number; text: number; scratch: number }): LayerWord[] {
  const count = Math.min(pdfium.FPDFText_CountChars(at.text), readLimits.layerLettersMax);
  const words: LayerWord[] = [];
  let [letters, line] = ['', 0];
  let box: Box | null = null;
  const end = (): void => {
    if (letters !== '' && box !== null) words.push({ text: letters, box, line });
    [letters, box] = ['', null];
  };
  for (let index = 0; index < count; index += 1) {
    const code = pdfium.FPDFText_GetUnicode(at.text, index);
    const char = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    if (char === '\n' || char === '\r') {
      end();
      line += 1;
      continue;
    }
    if (char === '' || char.trim() === '') {
      end();
      continue;
    }
    // A letter without a known meaning says nothing that could differ from what is seen.
    if (pdfium.FPDFText_HasUnicodeMapError(at.text, index) === 1) continue;
    const own = boxOf(pdfium, { ...at, index });
    if (own === null) continue;
    letters += char;
    box = box === null ? own : union(box, own);
  }
  end();
  return words;
}

/** Page coordinates to fractions of the page as it is drawn: rotation and crop applied. */
function boxOf(pdfium: Pdfium, at: { page: number; text: number; scratch: number; index: number }): Box | null {
  const { scratch } = at;
  const ok = pdfium.FPDFText_GetCharBox(at.text, at.index, scratch, scratch + 8, scratch + 16, scratch + 24);
  if (!ok) return null;
  const { getValue } = pdfium.pdfium;
  const [left = 0, right = 0, bottom = 0, top = 0] = [0, 8, 16, 24].map((step) => getValue(scratch + step, 'double'));
  const corners = [
    [left, bottom],
    [right, top],
  ].map(([x = 0, y = 0]) => {
    pdfium.FPDF_PageToDevice(at.page, 0, 0, grid, grid, 0, x, y, scratch + 32, scratch + 36);
    return [getValue(scratch + 32, 'i32') / grid, getValue(scratch + 36, 'i32') / grid] as const;
  });
  const [[x0, y0] = [0, 0], [x1, y1] = [0, 0]] = corners;
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

function union(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
