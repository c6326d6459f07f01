/**
 * A recogniser of PaddleOCR's form from files on disk as a reader of lines: a network and the list of its letters, one
 * a line. So a Korean PP-OCR model, which no npm package ships, can stand in the place of our own reader.
 */

import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import type { LineReader } from './line-reader.ts';
import { recognize } from './recognize.ts';

/** Opens the reader from its network's file and its list of letters. */
export async function openPaddleReader(
  files: { model: string; alphabet: string },
  options: InferenceSession.SessionOptions,
): Promise<LineReader> {
  const [recognition, letters] = await Promise.all([
    InferenceSession.create(files.model, options),
    readFile(files.alphabet, 'utf8'),
  ]);
  const network = { recognition, alphabet: alphabetOf(letters) };
  return { read: (raster, boxes, look) => recognize(network, raster, { boxes, look }) };
}

/** Letters by class: "no letter" before the list, the space behind it. */
export function alphabetOf(letters: string): string[] {
  return ['', ...letters.replace(/\r?\n$/, '').split(/\r?\n/), ' '];
}
