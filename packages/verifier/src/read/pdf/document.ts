/**
 * One PDF file, opened for as long as a task needs it: its pages are drawn as a person sees them (form fields and
 * annotations too, on white) and their text layer is read beside. Every size a file can name is clamped before use.
 */

import { readLimits } from '../limits.ts';
import { type Raster, Refusal } from '../raster.ts';
import { loadPdfium, memoryOf, type Pdfium } from './pdfium.ts';
import { type LayerWord, layerOf } from './text-layer.ts';

/** A file whose pages can be drawn. Pages count from 1. */
export interface PdfDocument {
  /** As the file says; it may be more than anybody reads. */
  readonly pages: number;
  /** Opens a page, or null for one that is broken; the others may be sound. */
  page(number: number): PdfPage | null;
}

/** One page. Width and height are pixels at which a person reads it well, within bounds. */
export interface PdfPage {
  readonly width: number;
  readonly height: number;
  /** Draws the page with about so many pixels. */
  draw(area: number): Raster;
  /** What its text layer says, whether it can be seen or not. */
  layer(): LayerWord[];
}

/** Pixels a point: 144 a inch, a little finer than screens and enough for fine print. */
const pixelsPerPoint = 2;
const sideMin = 32;
const sideMax = 2_000;
const annotations = 1;
const white = 0xffffffff;
const bytesPerPixel = 4;
/** FPDF_GetLastError: the file is no PDF; it is locked with a password. */
const [errorFormat, errorPassword] = [3, 4];

/**
 * Opens a file, hands it to `use`, and frees all of it.
 * @throws Refusal for what is no PDF, is locked, or has no page.
 */
export async function withPdf<T>(bytes: Uint8Array, use: (document: PdfDocument) => Promise<T>): Promise<T> {
  if (bytes.length > readLimits.bytesMax) throw new Refusal('attachment_too_large', `${bytes.length} bytes`);
  const pdfium = await loadPdfium();
  const { malloc, free } = pdfium.pdfium.wasmExports;
  const at = malloc(bytes.length);
  if (at === 0) throw new Refusal('attachment_too_large', 'no memory for the file');
  memoryOf(pdfium).set(bytes, at);
  const handle = pdfium.FPDF_LoadMemDocument(at, bytes.length, '');
  if (handle === 0) {
    const error = pdfium.FPDF_GetLastError();
    free(at);
    throw refusalOf(error);
  }
  const information = pdfium.PDFiumExt_OpenFormFillInfo();
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(handle, information);
  const open: (() => void)[] = [];
  try {
    const pages = pdfium.FPDF_GetPageCount(handle);
    if (pages < 1) throw new Refusal('attachment_unreadable', 'a PDF without pages');
    return await use({ pages, page: (number) => openPage(pdfium, { handle, form, number, pages, open }) });
  } finally {
    for (const close of open) close();
    if (form !== 0) pdfium.PDFiumExt_ExitFormFillEnvironment(form);
    pdfium.PDFiumExt_CloseFormFillInfo(information);
    pdfium.FPDF_CloseDocument(handle);
    free(at);
  }
}

function refusalOf(error: number): Refusal {
  if (error === errorPassword) return new Refusal('pdf_needs_password', 'the PDF is locked with a password');
  if (error === errorFormat) return new Refusal('attachment_unreadable', 'not a PDF, or damaged beyond repair');
  return new Refusal('attachment_unreadable', `the PDF cannot be opened (${error})`);
}

function openPage(
  pdfium: Pdfium,
  at: { handle: number; form: number; number: number; pages: number; open: (() => void)[] },
): PdfPage | null {
  if (at.number < 1 || at.number > at.pages) return null;
  const page = pdfium.FPDF_LoadPage(at.handle, at.number - 1);
  if (page === 0) return null;
  if (at.form !== 0) pdfium.FORM_OnAfterLoadPage(page, at.form);
  at.open.push(() => {
    if (at.form !== 0) pdfium.FORM_OnBeforeClosePage(page, at.form);
    pdfium.FPDF_ClosePage(page);
  });
  const points = { width: pdfium.FPDF_GetPageWidthF(page), height: pdfium.FPDF_GetPageHeightF(page) };
  const { width, height } = shownSize(points);
  return {
    width,
    height,
    draw: (area) => draw(pdfium, { page, form: at.form, ...scaledTo(area, { width, height }) }),
    layer: () => layerOf(pdfium, page),
  };
}

/** Sizes in a file may be huge, tiny, zero or no numbers at all; a strip is shown narrower than it is, never drawn whole. */
export function shownSize(points: { width: number; height: number }): { width: number; height: number } {
  const width = points.width > 0 ? points.width : 1;
  const height = points.height > 0 ? points.height : 1;
  const scale = Math.min(pixelsPerPoint, sideMax / width, sideMax / height);
  const clamp = (side: number): number => Math.min(sideMax, Math.max(sideMin, Math.round(side)));
  return { width: clamp(width * scale), height: clamp(height * scale) };
}

function scaledTo(area: number, shown: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.sqrt(area / (shown.width * shown.height));
  const bound = Math.min(scale, readLimits.pdfSideMax / Math.max(shown.width, shown.height));
  const side = (length: number): number => Math.max(sideMin, Math.round(length * bound));
  return { width: side(shown.width), height: side(shown.height) };
}

function draw(pdfium: Pdfium, at: { page: number; form: number; width: number; height: number }): Raster {
  const { page, form, width, height } = at;
  const bitmap = pdfium.FPDFBitmap_Create(width, height, 1);
  if (bitmap === 0) throw new Refusal('attachment_too_large', `no memory for ${width} by ${height} pixels`);
  try {
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, annotations);
    if (form !== 0) pdfium.FPDF_FFLDraw(form, bitmap, page, 0, 0, width, height, 0, annotations);
    const from = pdfium.FPDFBitmap_GetBuffer(bitmap);
    const stride = pdfium.FPDFBitmap_GetStride(bitmap);
    return { data: withoutAlpha(memoryOf(pdfium), { from, stride, width, height }), width, height };
  } finally {
    pdfium.FPDFBitmap_Destroy(bitmap);
  }
}

/** Blue, green, red, alpha over white becomes red, green, blue. */
function withoutAlpha(
  memory: Uint8Array,
  at: { from: number; stride: number; width: number; height: number },
): Uint8Array {
  const out = new Uint8Array(at.width * at.height * 3);
  let to = 0;
  for (let y = 0; y < at.height; y += 1) {
    let from = at.from + y * at.stride;
    for (let x = 0; x < at.width; x += 1, from += bytesPerPixel, to += 3) {
      out[to] = memory[from + 2] as number;
      out[to + 1] = memory[from + 1] as number;
      out[to + 2] = memory[from] as number;
    }
  }
  return out;
}
