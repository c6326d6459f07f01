// The camera and the scanner: takes the clean picture of a sheet and degrades it as its look says. Works on pixels only and
// takes every random number from the receipt's own stream, so that the same receipt always gives the same file.
import sharp from 'sharp';
import type { Look } from './look.ts';
import type { Draw } from './random.ts';

/** Finishes a picture: `sheet` is a PNG with a transparent ground, the answer the file to store. */
export async function photograph(sheet: Uint8Array, look: Look, draw: Draw): Promise<Uint8Array> {
  const placed = look.backdrop === 'none' ? await flat(sheet, look) : await onGround(sheet, look, draw);
  const { data, info } = await sharp(placed)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (look.light > 0) shade(data, info.width, info.height, look.light, draw);
  const softened =
    look.blur > 0
      ? await sharp(data, { raw: rgb(info) })
          .blur(look.blur)
          .raw()
          .toBuffer()
      : Buffer.from(data);
  if (look.noise > 0) grain(softened, look, draw);
  let picture = sharp(softened, { raw: rgb(info) });
  if (look.grey) picture = picture.greyscale();
  if (look.turn > 0) picture = sharp(await picture.png().toBuffer()).rotate(look.turn);
  if (look.turnNoted) picture = picture.withMetadata({ orientation: { 0: 1, 90: 8, 180: 3, 270: 6 }[look.turn] });
  if (look.format === 'png') return picture.png({ palette: true, colours: 24 }).toBuffer();
  if (look.format === 'webp') return picture.webp({ quality: look.quality }).toBuffer();
  return picture.jpeg({ quality: look.quality, mozjpeg: true }).toBuffer();
}

async function flat(sheet: Uint8Array, look: Look): Promise<Buffer> {
  return sharp(sheet)
    .resize(look.side, look.side, { fit: 'inside' })
    .flatten({ background: '#ffffff' })
    .png()
    .toBuffer();
}

/** Lays the tilted sheet on its ground, with a soft shadow. */
async function onGround(sheet: Uint8Array, look: Look, draw: Draw): Promise<Buffer> {
  const margin = look.backdrop === 'bed' ? 14 : 52;
  const inner = look.side - 2 * margin;
  const tilted = await sharp(sheet)
    .resize(1800, 1800, { fit: 'inside' })
    .rotate(look.tilt, { background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer();
  const { data, info } = await sharp(tilted)
    .resize(inner, inner, { fit: 'inside' })
    .png()
    .toBuffer({ resolveWithObject: true });
  const width = info.width + 2 * margin;
  const height = info.height + 2 * margin;
  const deep = look.backdrop === 'bed' ? 3 : 14;
  const shadow = await sharp(data)
    .linear([0, 0, 0, look.backdrop === 'bed' ? 0.25 : 0.55], [0, 0, 0, 0])
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .blur(deep)
    .png()
    .toBuffer();
  return sharp(ground(look.backdrop, width, height, draw), { raw: { width, height, channels: 3 } })
    .composite([
      { input: shadow, left: Math.round(deep / 2), top: Math.round(deep / 2) },
      { input: data, left: margin, top: margin },
    ])
    .png()
    .toBuffer();
}

/** Paints what lies under the sheet: a scanner's lid, boards, stone or woven cloth. */
function ground(kind: Look['backdrop'], width: number, height: number, draw: Draw): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  const colours = {
    none: [255, 255, 255],
    bed: [233, 234, 233],
    wood: [146, 104, 68],
    slate: [74, 80, 86],
    cloth: [122, 134, 150],
  };
  const [red = 0, green = 0, blue = 0] = colours[kind];
  const coarse = field(kind === 'wood' ? 4 : 9, kind === 'wood' ? 46 : 9, draw);
  const fine = field(kind === 'wood' ? 9 : 70, kind === 'wood' ? 210 : 70, draw);
  const strength = { none: 0, bed: 2, wood: 22, slate: 12, cloth: 9 }[kind];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const u = x / width;
      const v = y / height;
      let tone = strength * (coarse(u, v) + 0.6 * fine(u, v));
      if (kind === 'cloth') tone += 7 * Math.sin(x * 0.9) * Math.sin(y * 0.9);
      if (kind === 'wood' && y % Math.ceil(height / 5) < 3) tone -= 40;
      const at = (y * width + x) * 3;
      pixels[at] = clamp(red + tone);
      pixels[at + 1] = clamp(green + tone);
      pixels[at + 2] = clamp(blue + tone);
    }
  }
  return pixels;
}

/** Darkens the picture unevenly: a lamp at one corner, and the soft shadow of whoever holds the camera. */
function shade(pixels: Buffer, width: number, height: number, strength: number, draw: Draw): void {
  const soft = field(3, 3, draw);
  const angle = draw.next() * Math.PI * 2;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const slope = (x / width - 0.5) * dx + (y / height - 0.5) * dy;
      const light = 1 - strength * (0.3 + 0.42 * slope + 0.22 * soft(x / width, y / height));
      const at = (y * width + x) * 3;
      pixels[at] = clamp((pixels[at] ?? 0) * Math.min(1.05, light * 1.02));
      pixels[at + 1] = clamp((pixels[at + 1] ?? 0) * Math.min(1.05, light));
      pixels[at + 2] = clamp((pixels[at + 2] ?? 0) * Math.min(1.05, light * 0.97));
    }
  }
}

/** Adds the sensor's noise, the same in all three channels but for a little colour. */
function grain(pixels: Buffer, look: Look, draw: Draw): void {
  const tint = look.grey ? 0 : 0.3;
  for (let at = 0; at < pixels.length; at += 3) {
    const all = look.noise * normal(draw);
    for (let channel = 0; channel < 3; channel += 1) {
      const own = tint === 0 ? 0 : tint * look.noise * (draw.next() - 0.5) * 2;
      pixels[at + channel] = clamp((pixels[at + channel] ?? 0) + all + own);
    }
  }
}

/** Smooth noise from -1 to 1 over the unit square, from a grid of random values. */
function field(columns: number, rows: number, draw: Draw): (u: number, v: number) => number {
  const values = Float32Array.from({ length: (columns + 1) * (rows + 1) }, () => draw.next() * 2 - 1);
  const value = (column: number, row: number): number => values[row * (columns + 1) + column] ?? 0;
  const ease = (t: number): number => t * t * (3 - 2 * t);
  return (u, v) => {
    const column = Math.min(columns - 1, Math.floor(u * columns));
    const row = Math.min(rows - 1, Math.floor(v * rows));
    const x = ease(u * columns - column);
    const y = ease(v * rows - row);
    const above = value(column, row) * (1 - x) + value(column + 1, row) * x;
    const below = value(column, row + 1) * (1 - x) + value(column + 1, row + 1) * x;
    return above * (1 - y) + below * y;
  };
}

/** A draw from the standard normal distribution, near enough: the sum of four uniform ones. */
function normal(draw: Draw): number {
  return (draw.next() + draw.next() + draw.next() + draw.next() - 2) * Math.sqrt(3);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

function rgb(info: { readonly width: number; readonly height: number }): {
  width: number;
  height: number;
  channels: 3;
} {
  return { width: info.width, height: info.height, channels: 3 };
}
