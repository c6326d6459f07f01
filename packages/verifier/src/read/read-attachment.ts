/**
 * One file to its upright pages: an image is one, a PDF as many as it has, each drawn and read like an image. What a
 * page says of itself beside its picture (hidden text, instructions) travels as flags.
 */

import type { PagePicture, Turn } from '../types.ts';
import { hiddenFlags } from './hidden-text.ts';
import { instructionFlags } from './instructions.ts';
import { isLegible } from './legibility.ts';
import { readLimits } from './limits.ts';
import { inspect } from './media-type.ts';
import type { Models } from './models.ts';
import { type PdfDocument, withPdf } from './pdf/document.ts';
import type { Look, ReadPage, Script } from './protocol.ts';
import { decode, encode, picture, type Raster, Refusal, scaledArea } from './raster.ts';
import { type Reading, readRaster } from './read-page.ts';

interface Means {
  readonly models: Models;
  readonly look: Look;
  readonly script: Script;
}

/**
 * Reads all pages of a file. `turned` holds, page by page, what an earlier look found of how they stand.
 * @throws Refusal for a file that cannot be read.
 */
export async function readAttachment(
  models: Models,
  bytes: Uint8Array,
  how: { look: Look; script?: Script | undefined; turned?: readonly Turn[] | undefined },
): Promise<ReadPage[]> {
  const means = { models, look: how.look, script: how.script ?? ('any' as const) };
  if (inspect(bytes) !== 'application/pdf') {
    return [await readImage(means, bytes, how.turned?.[0])];
  }
  return await withPdf(bytes, async (document) => {
    if (document.pages > readLimits.pagesMax) throw new Refusal('too_many_pages', `${document.pages} pages`);
    const pages: ReadPage[] = [];
    for (let page = 1; page <= document.pages; page += 1) {
      pages.push(await readPdfPage(means, document, { page, turned: how.turned?.[page - 1] }));
    }
    return pages;
  });
}

/** A page that turns out to lie otherwise is the same page as an upright one: what was enlarged lying is read again. */
async function readImage(means: Means, bytes: Uint8Array, turned: Turn | undefined): Promise<ReadPage> {
  const { look, script } = means;
  const { raster, width, height, enlarged } = await decode(bytes, look, { script, turned });
  const reading = await readRaster(means, raster, turned === undefined ? undefined : 0);
  if (turned === undefined && reading.turned !== 0 && enlarged) return await readImage(means, bytes, reading.turned);
  const stood = turned ?? reading.turned;
  return pageOf({ ...reading, turned: stood }, { page: 1, width, height, flags: [] });
}

/** A broken page is a page that nobody can read; the others may bear the claims out, but a person looks. */
async function readPdfPage(
  means: Means,
  document: PdfDocument,
  at: { page: number; turned: Turn | undefined },
): Promise<ReadPage> {
  const page = document.page(at.page);
  if (page === null) {
    return { page: at.page, width: 0, height: 0, turned: 0, lines: [], legible: false, flags: ['page_unreadable'] };
  }
  const { width, height } = page;
  const raster = page.draw(scaledArea(means.look));
  const reading = await readRaster(means, raster, at.turned);
  const flags =
    means.look === 'first'
      ? await hiddenFlags(means.models, {
          layer: page.layer(),
          reading,
          draw: () => page.draw(readLimits.closeLookArea),
        })
      : [];
  return pageOf(reading, { page: at.page, width, height, flags });
}

function pageOf(
  reading: Reading,
  at: { page: number; width: number; height: number; flags: readonly string[] },
): ReadPage {
  const swap = reading.turned % 180 !== 0;
  return {
    page: at.page,
    width: swap ? at.height : at.width,
    height: swap ? at.width : at.height,
    turned: reading.turned,
    lines: reading.lines,
    legible: isLegible(reading.score) && !at.flags.includes('hangul_unread'),
    flags: [...at.flags, ...instructionFlags(reading.lines)],
  };
}

/**
 * An upright picture of one page for a person: a JPEG of an image, a PNG of a PDF's page.
 * @throws Refusal where there is no such page.
 */
export async function drawPage(
  bytes: Uint8Array,
  at: { page: number; turned: Turn },
): Promise<Pick<PagePicture, 'bytes' | 'mediaType' | 'width' | 'height'>> {
  if (inspect(bytes) !== 'application/pdf') {
    if (at.page !== 1) throw new Refusal('page_missing', `an image has no page ${at.page}`);
    return { ...(await picture(bytes, at.turned)), mediaType: 'image/jpeg' };
  }
  return await withPdf(bytes, async (document) => {
    const page = document.page(at.page);
    if (page === null) throw new Refusal('page_missing', `there is no page ${at.page} that can be drawn`);
    const raster: Raster = page.draw(page.width * page.height);
    return { ...(await encode(raster, at.turned)), mediaType: 'image/png' };
  });
}
