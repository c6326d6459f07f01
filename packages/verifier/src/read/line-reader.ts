/**
 * What a reader of lines is to the rest of reading: boxes in, texts out. Readers are plugged in here: the shipped one
 * of Hangul, or a recogniser of PaddleOCR's form from the user's own disk.
 */

import type { TextBox } from './detect.ts';
import type { Look } from './protocol.ts';
import type { Raster } from './raster.ts';
import type { Reading } from './recognize.ts';

/** Reads boxes of one raster. The answer is in no particular order; boxes without any letter may be left out. */
export interface LineReader {
  read(raster: Raster, boxes: readonly TextBox[], look: Look): Promise<Reading[]>;
}
