/**
 * The PDF library as one WebAssembly instance, loaded with the first PDF a reading process is given. It has Latin fonts
 * inside and sees none of the system's; Hangul that a file does not embed would vanish without a trace, so it is handed
 * one Korean font.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';

/** PDFium's C functions by their own names, and its memory. */
export type Pdfium = WrappedPdfiumModule;

const koreanFont = '@expo-google-fonts/nanum-gothic/400Regular/NanumGothic_400Regular.ttf';
/** Windows' number for the Korean character set, by which PDFium asks for a font. */
const hangulCharset = 129;
const koreanFaces = /gothic|malgun|batang|gulim|dotum|nanum|myeong|고딕|바탕|굴림|돋움|명조/i;
/** Any value but 0 will do for the one font there is. */
const fontHandle = 1;

let loading: Promise<Pdfium> | null = null;

/** The library of this process, ready. */
export function loadPdfium(): Promise<Pdfium> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Pdfium> {
  const { resolve } = createRequire(import.meta.url);
  const [code, font] = await Promise.all([
    readFile(resolve('@embedpdf/pdfium/pdfium.wasm')),
    readFile(resolve(koreanFont)),
  ]);
  const pdfium = await init({ wasmBinary: code.buffer.slice(code.byteOffset, code.byteOffset + code.byteLength) });
  pdfium.PDFiumExt_Init();
  offerFont(pdfium, font);
  return pdfium;
}

/** Fills an FPDF_SYSFONTINFO (version 1, then eight function pointers) and registers it. It lives as long as the process. */
function offerFont(pdfium: Pdfium, font: Uint8Array): void {
  const { addFunction, setValue, UTF8ToString, wasmExports } = pdfium.pdfium;
  const wanted = (charset: number, face: number): boolean =>
    charset === hangulCharset || (face !== 0 && koreanFaces.test(UTF8ToString(face)));
  const functions: readonly [(...args: number[]) => number | undefined, string][] = [
    [() => undefined, 'vi'], // Release
    [() => undefined, 'vii'], // EnumFonts
    [(_, __, ___, charset = 0, ____, face = 0) => (wanted(charset, face) ? fontHandle : 0), 'iiiiiiii'], // MapFont
    [(_, face = 0) => (wanted(0, face) ? fontHandle : 0), 'iii'], // GetFont
    [(_, __, table = 0, buffer = 0, size = 0) => fontData(pdfium, { font, table, buffer, size }), 'iiiiii'], // GetFontData
    [() => 0, 'iiiii'], // GetFaceName
    [() => hangulCharset, 'iii'], // GetFontCharset
    [() => undefined, 'vii'], // DeleteFont
  ];
  const structure = wasmExports.malloc(4 * (1 + functions.length));
  setValue(structure, 1, 'i32');
  functions.forEach(([act, signature], index) => {
    setValue(structure + 4 * (index + 1), addFunction(act, signature), 'i32');
  });
  pdfium.FPDF_SetSystemFontInfo(structure);
}

/** The whole file is table 0; single tables are found in it by the library itself. */
function fontData(pdfium: Pdfium, at: { font: Uint8Array; table: number; buffer: number; size: number }): number {
  if (at.table !== 0) return 0;
  if (at.buffer !== 0 && at.size >= at.font.length) memoryOf(pdfium).set(at.font, at.buffer);
  return at.font.length;
}

/** The library's memory as it is now: it moves when it grows, so that nobody may keep it. */
export function memoryOf(pdfium: Pdfium): Uint8Array {
  return (pdfium.pdfium as unknown as { readonly HEAPU8: Uint8Array }).HEAPU8;
}
