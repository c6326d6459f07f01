/**
 * Bytes to an upright raster, inside the reading process. The only file that calls the image decoder: the format is
 * allow-listed, pixels are counted before they are decoded, damaged files are refused instead of half read.
 */

import sharp, { type Sharp } from 'sharp';
import type { Turn } from '../types.ts';
import { readLimits } from './limits.ts';
import { inspect } from './media-type.ts';
import type { Look, RefusalCode, Script } from './protocol.ts';

/** Interleaved RGB, 8 bits a channel, rows from the top. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A decoded page: its raster for reading, and the size it had before it was turned and scaled. */
export interface Decoded {
  readonly raster: Raster;
  readonly width: number;
  readonly height: number;
  /** Whether pixels were made up between those of the file. */
  readonly enlarged: boolean;
}

/** Thrown inside the reading process, turned into a refusal at its door. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

sharp.concurrency(1);
sharp.cache(false);

const openOptions = { limitInputPixels: readLimits.pixelsMax, failOn: 'warning', sequentialRead: true } as const;

/**
 * How a page is scaled for each look, in pixels of area: above `most` it shrinks, below `least` it grows by at most
 * `growth`. The second look is at another scale than the first, or it would repeat its mistakes.
 */
const scales: Readonly<Record<Look, { most: number; least: number; growth: number }>> = {
  first: { most: 1_100_000, least: 450_000, growth: 2 },
  second: { most: 1_600_000, least: 1_300_000, growth: 2.4 },
};
/**
 * Hangul has more strokes in a letter: forms on A4 are read at the 150 dots an inch they come in. What the first look takes as it is
 * must be enlarged for the second, or that would be the first once more.
 */
const hangulScales: typeof scales = {
  first: { most: 2_300_000, least: 700_000, growth: 2 },
  second: { most: 3_200_000, least: 3_200_000, growth: 2.4 },
};
/** Drawn pages are made at their size, not found at it: small print on A4 gets the pixels it needs. */
const drawnArea: Readonly<Record<Look, number>> = { first: 1_700_000, second: 2_600_000 };
const shortSideMin = 480;
const areaCeiling = 4_000_000;

/**
 * Decodes an image with EXIF orientation applied, on white, scaled for reading. What `turned` says of how the page lies
 * is put right before it is scaled: scaling and then turning gives other pixels than an upright page has.
 * @throws Refusal for whatever is not a sound JPEG, PNG or WebP within the limits.
 */
export async function decode(
  bytes: Uint8Array,
  look: Look,
  { script = 'any', turned = 0 }: { script?: Script | undefined; turned?: Turn | undefined } = {},
): Promise<Decoded> {
  const { width, height } = await measure(bytes);
  const scale = readingScale(width, height, (script === 'hangul' ? hangulScales : scales)[look]);
  const sides = [width, height].map((side) => Math.max(32, Math.round(side * scale))) as [number, number];
  const size = turned % 180 === 0 ? { width: sides[0], height: sides[1] } : { width: sides[1], height: sides[0] };
  let image = sharp(bytes, openOptions)
    .autoOrient()
    .rotate(turned)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize({ ...size, fit: 'fill', kernel: scale > 1 ? 'cubic' : 'lanczos3' });
  if (look === 'second' && script !== 'hangul')
    image = image.greyscale().normalise({ lower: 1, upper: 99 }).toColourspace('srgb');
  const { data, info } = await soundly(() => image.removeAlpha().raw().toBuffer({ resolveWithObject: true }));
  return { raster: threeChannels(data, info.width, info.height, info.channels), width, height, enlarged: scale > 1 };
}

/** An upright JPEG of a page for a person, at most 2,000 pixels on its long side, without metadata. */
export async function picture(
  bytes: Uint8Array,
  turned: Turn,
): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  await measure(bytes);
  const upright: Sharp = sharp(bytes, openOptions)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
  const bounded = await soundly(() =>
    upright
      .resize({ width: 2000, height: 2000, fit: 'inside', withoutEnlargement: true })
      .png({ compressionLevel: 0 })
      .toBuffer(),
  );
  const turnedImage = sharp(bounded).rotate(turned).jpeg({ quality: 85 });
  const { data, info } = await turnedImage.toBuffer({ resolveWithObject: true });
  return { bytes: new Uint8Array(data), width: info.width, height: info.height };
}

/** How many pixels a page that is drawn for a look gets. */
export function scaledArea(look: Look): number {
  return drawnArea[look];
}

/**
 * Decodes an image no larger than a second look needs it, and no larger than it is.
 * @throws Refusal like `decode`.
 */
export async function decodeForStrips(bytes: Uint8Array): Promise<Raster> {
  const { width, height } = await measure(bytes);
  const scale = Math.min(1, readingScale(width, height, scales.second));
  const size = { width: Math.max(32, Math.round(width * scale)), height: Math.max(32, Math.round(height * scale)) };
  const image = sharp(bytes, openOptions).autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
  const sized = scale === 1 ? image : image.resize({ ...size, fit: 'fill', kernel: 'lanczos3' });
  const { data, info } = await soundly(() => sized.removeAlpha().raw().toBuffer({ resolveWithObject: true }));
  return threeChannels(data, info.width, info.height, info.channels);
}

/** By how much a strip of a page grows for a second look. */
export function stripScale(page: Raster): number {
  return Math.max(1, readingScale(page.width, page.height, scales.second));
}

/** A strip in grey with its contrast stretched, grown by a factor. */
export async function enlarged({ data, width, height }: Raster, factor: number): Promise<Raster> {
  const size = { width: Math.max(32, Math.round(width * factor)), height: Math.max(32, Math.round(height * factor)) };
  const image = sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...size, fit: 'fill', kernel: 'cubic' })
    .greyscale()
    .normalise({ lower: 1, upper: 99 });
  const out = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return threeChannels(out.data, out.info.width, out.info.height, out.info.channels);
}

/** A drawn page as an upright PNG for a person. */
export async function encode(
  raster: Raster,
  turned: Turn,
): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  const { data, width, height } = turnRaster(raster, turned);
  const png = sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 6 });
  return { bytes: new Uint8Array(await png.toBuffer()), width, height };
}

/** Turns a raster clockwise by quarters. */
export function turnRaster(raster: Raster, turn: Turn): Raster {
  if (turn === 0) return raster;
  const { data, width, height } = raster;
  const swap = turn !== 180;
  const out = { data: new Uint8Array(data.length), width: swap ? height : width, height: swap ? width : height };
  for (let y = 0, from = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, from += 3) {
      const tx = turn === 90 ? height - 1 - y : turn === 180 ? width - 1 - x : y;
      const ty = turn === 90 ? x : turn === 180 ? height - 1 - y : width - 1 - x;
      const to = (ty * out.width + tx) * 3;
      out.data[to] = data[from] as number;
      out.data[to + 1] = data[from + 1] as number;
      out.data[to + 2] = data[from + 2] as number;
    }
  }
  return out;
}

/** Header check before any pixel is decoded; the size is that of the page with EXIF orientation applied. */
async function measure(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  if (bytes.length === 0) throw new Refusal('attachment_empty', 'the file is empty');
  if (bytes.length > readLimits.bytesMax) throw new Refusal('attachment_too_large', `${bytes.length} bytes`);
  const type = inspect(bytes);
  if (type === null || type === 'application/pdf')
    throw new Refusal('attachment_refused', 'neither JPEG, PNG, WebP nor PDF by content');
  const header = await soundly(() => sharp(bytes, { ...openOptions, limitInputPixels: false }).metadata());
  if (`image/${header.format}` !== type) throw new Refusal('attachment_refused', `decoded as ${header.format}`);
  const { width, height } = header.autoOrient;
  if (width * height > readLimits.pixelsMax || Math.max(width, height) > readLimits.sideMax) {
    throw new Refusal('attachment_too_large', `${width} by ${height} pixels`);
  }
  return { width, height };
}

function readingScale(width: number, height: number, scale: (typeof scales)[Look]): number {
  const { most, least, growth } = scale;
  const area = width * height;
  if (area < least) return Math.min(growth, Math.sqrt(least / area));
  if (area <= most) return 1;
  const byShortSide = Math.min(1, shortSideMin / Math.min(width, height));
  return Math.max(Math.sqrt(most / area), Math.min(byShortSide, Math.sqrt(areaCeiling / area)));
}

async function soundly<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Refusal('attachment_unreadable', error instanceof Error ? error.message : String(error));
  }
}

function threeChannels(data: Uint8Array, width: number, height: number, channels: number): Raster {
  if (channels === 3) return { data, width, height };
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i += 1) {
    const from = i * channels;
    out[i * 3] = data[from] as number;
    out[i * 3 + 1] = data[channels > 2 ? from + 1 : from] as number;
    out[i * 3 + 2] = data[channels > 2 ? from + 2 : from] as number;
  }
  return { data: out, width, height };
}
