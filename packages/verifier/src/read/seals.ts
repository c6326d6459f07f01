/**
 * Names under seals. A seal makes the box of a name taller than its line, or cuts it in two; such boxes are read again
 * at the height of their line, and together with the boxes that touch them. Pure geometry around a reader.
 */

import type { TextBox } from './detect.ts';
import type { LineReader } from './line-reader.ts';
import type { Look } from './protocol.ts';
import type { Raster } from './raster.ts';
import type { Reading } from './recognize.ts';

/** A box is taken for sealed when it is taller than the next box on its line by this factor. */
const tallerBy = 1.25;

/** Readings with sealed boxes read again; the first piece of a name that was cut keeps the whole as `also`. */
export async function withoutSeals(
  readings: readonly Reading[],
  at: { reader: LineReader; raster: Raster; look: Look },
): Promise<Reading[]> {
  const boxes = readings.map(({ box }) => box);
  const better = new Map<TextBox, Reading>(readings.map((reading) => [reading.box, reading]));
  for (const reading of readings) {
    const line = lineOf(reading.box, boxes);
    if (line === null) continue;
    const [again] = await at.reader.read(at.raster, [line], at.look);
    const surer = again !== undefined && again.confidence > reading.confidence ? again : reading;
    better.set(reading.box, { ...surer, box: reading.box, sealed: true });
    const pieces = touching(line, boxes, reading.box);
    const [first] = pieces;
    if (first === undefined) continue;
    const [whole] = await at.reader.read(at.raster, [covering(line, pieces)], at.look);
    const kept = better.get(first);
    if (whole !== undefined && kept !== undefined) {
      better.set(first, { ...kept, also: whole.letters.map(({ char }) => char).join(''), sealed: true });
    }
  }
  return readings.map((reading) => better.get(reading.box) ?? reading);
}

/** The box cut to the height of its line's nearest other box, or null where it is not taller. */
function lineOf(box: TextBox, boxes: readonly TextBox[]): TextBox | null {
  let best: { mate: TextBox; y: number; gap: number } | null = null;
  for (const mate of boxes) {
    if (mate === box || mate.across * tallerBy > box.across || mate.along < mate.across) continue;
    const y = mate.cy + (box.cx - mate.cx) * Math.tan(mate.slope);
    const gap = Math.abs(box.cx - mate.cx) - (box.along + mate.along) / 2;
    if (Math.abs(y - box.cy) < 0.6 * box.across && (best === null || gap < best.gap)) best = { mate, y, gap };
  }
  return best === null ? null : { ...box, cy: best.y, across: best.mate.across, slope: best.mate.slope };
}

/** Boxes of the same line that end where the sealed one begins, the leftmost first. */
function touching(line: TextBox, boxes: readonly TextBox[], sealed: TextBox): TextBox[] {
  const pieces: TextBox[] = [];
  let left = line.cx - line.along / 2;
  for (let found = true; found; ) {
    const next = boxes.find((box) => {
      const y = line.cy + (box.cx - line.cx) * Math.tan(line.slope);
      const right = box.cx + box.along / 2;
      const near = right > left - 0.7 * line.across && right < left + 0.8 * line.across && box.cx < left;
      return box !== sealed && !pieces.includes(box) && near && Math.abs(box.cy - y) < 0.5 * line.across;
    });
    found = next !== undefined && pieces.length < 3;
    if (!found || next === undefined) break;
    pieces.unshift(next);
    left = next.cx - next.along / 2;
  }
  return pieces;
}

/** One box over a line's pieces and the sealed one behind them. */
function covering(line: TextBox, pieces: readonly TextBox[]): TextBox {
  const left = Math.min(...pieces.map((piece) => piece.cx - piece.along / 2));
  const right = line.cx + line.along / 2;
  const cx = (left + right) / 2;
  return { ...line, cx, cy: line.cy + (cx - line.cx) * Math.tan(line.slope), along: right - left };
}
