// What scanners, cameras and fax machines do to a sheet: pixels only, all chance from the paper's own stream.
import sharp, { type Sharp } from 'sharp';
import type { Draw } from '../random.ts';

export const conditions = ['clean', 'scan', 'photo', 'fax', 'turned'] as const;
export type Condition = (typeof conditions)[number];

interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** The file of a drawn sheet under a condition, and its ending. */
export async function spoiled(
  svg: string,
  condition: Condition,
  draw: Draw,
): Promise<{ bytes: Buffer; ending: string }> {
  const sheet = await sharp(Buffer.from(svg)).removeAlpha().toColourspace('srgb').png().toBuffer();
  if (condition === 'clean')
    return { bytes: await sharp(sheet).png({ palette: true, colours: 32 }).toBuffer(), ending: 'png' };
  if (condition === 'fax') return { bytes: await faxed(sheet, draw), ending: 'png' };
  if (condition === 'photo') return { bytes: await photographed(sheet, draw), ending: 'jpg' };
  const scan = await scanned(sheet, draw);
  const upright = sharp(scan);
  const turned = condition === 'turned' ? upright.rotate(draw.pick([90, 180, 270])) : upright;
  return { bytes: await turned.jpeg({ quality: draw.int(60, 80), mozjpeg: true }).toBuffer(), ending: 'jpg' };
}

async function scanned(sheet: Buffer, draw: Draw): Promise<Buffer> {
  const tilt = (draw.next() - 0.5) * 2.4;
  const tilted = await sharp(sheet)
    .rotate(tilt, { background: '#f4f4f4' })
    .greyscale()
    .blur(0.4 + draw.next() * 0.5)
    .toBuffer();
  const pixels = await raw(tilted);
  grain(pixels, 4 + draw.next() * 5, draw);
  return encoded(pixels).linear(0.86, 26).png().toBuffer();
}

async function faxed(sheet: Buffer, draw: Draw): Promise<Buffer> {
  const { width = 0 } = await sharp(sheet).metadata();
  const tilted = await sharp(sheet)
    .rotate((draw.next() - 0.5) * 1.4, { background: '#ffffff' })
    .greyscale()
    .toBuffer();
  const coarse = await sharp(tilted)
    .resize({ width: Math.round(width * (0.72 + draw.next() * 0.16)) })
    .toBuffer();
  const pixels = await raw(coarse);
  grain(pixels, 14, draw);
  const bytes = await encoded(pixels)
    .greyscale()
    .threshold(140 + draw.int(0, 40))
    .toBuffer({ resolveWithObject: true });
  return sharp(bytes.data, { raw: bytes.info }).png({ palette: true, colours: 2 }).toBuffer();
}

async function photographed(sheet: Buffer, draw: Draw): Promise<Buffer> {
  const placed = await sharp(sheet)
    .rotate(draw.next() < 0.5 ? -4 * draw.next() : 4 * draw.next(), { background: '#8a6f55' })
    .extend({ top: 30, bottom: 30, left: 30, right: 30, background: '#8a6f55' })
    .toBuffer();
  const leaned = perspective(await raw(placed), draw);
  light(leaned, draw);
  const soft = await encoded(leaned)
    .blur(0.5 + draw.next() * 0.6)
    .png()
    .toBuffer();
  const pixels = await raw(soft);
  grain(pixels, 3 + draw.next() * 3, draw);
  return encoded(pixels)
    .jpeg({ quality: draw.int(62, 80), mozjpeg: true })
    .toBuffer();
}

/** Moves the corners inwards by up to three hundredths and samples between four pixels. */
function perspective(from: Pixels, draw: Draw): Pixels {
  const { width, height } = from;
  const slip = (): number => draw.next() * 0.03;
  const top = { left: slip() * width, right: width - slip() * width, y: slip() * height };
  const bottom = { left: slip() * width, right: width - slip() * width, y: height - slip() * height };
  const data = Buffer.alloc(from.data.length, 110);
  for (let y = 0; y < height; y += 1) {
    const v = (y - top.y) / (bottom.y - top.y);
    if (v < 0 || v >= 1) continue;
    const [left, right] = [top.left + v * (bottom.left - top.left), top.right + v * (bottom.right - top.right)];
    const sourceY = v * (height - 2);
    for (let x = Math.ceil(left); x < right; x += 1) {
      const sourceX = ((x - left) / (right - left)) * (width - 2);
      const [x0, y0] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [fx, fy] = [sourceX - x0, sourceY - y0];
      const at = (y0 * width + x0) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const pixel = (offset: number): number => from.data[at + offset + channel] ?? 0;
        const upper = pixel(0) * (1 - fx) + pixel(3) * fx;
        const lower = pixel(width * 3) * (1 - fx) + pixel(width * 3 + 3) * fx;
        data[(y * width + x) * 3 + channel] = upper * (1 - fy) + lower * fy;
      }
    }
  }
  return { data, width, height };
}

/** A lamp at one side: darker towards the other. */
function light({ data, width, height }: Pixels, draw: Draw): void {
  const angle = draw.next() * Math.PI * 2;
  const strength = 0.25 + draw.next() * 0.3;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const slope = (x / width - 0.5) * Math.cos(angle) + (y / height - 0.5) * Math.sin(angle);
      const share = 0.92 - strength * (0.5 + slope);
      for (let channel = 0; channel < 3; channel += 1)
        data[at + channel] = Math.min(255, (data[at + channel] ?? 0) * share * (1.06 - channel * 0.03));
    }
  }
}

function grain({ data }: Pixels, deviation: number, draw: Draw): void {
  for (let at = 0; at < data.length; at += 3) {
    const noise = deviation * (draw.next() + draw.next() + draw.next() + draw.next() - 2) * 1.73;
    for (let channel = 0; channel < 3; channel += 1)
      data[at + channel] = Math.max(0, Math.min(255, (data[at + channel] ?? 0) + noise));
  }
}

async function raw(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function encoded({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
