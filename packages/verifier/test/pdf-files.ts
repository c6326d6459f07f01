/**
 * PDF files written by hand, byte by byte, for tests: pages of text, scans with a text layer, and what a hostile hand
 * would write.
 */

/** One page: what it draws, and what its drawing names. */
export interface PdfPageGiven {
  readonly content: string;
  /** Bodies of image objects by their names. */
  readonly images?: Readonly<Record<string, { bytes: Uint8Array; width: number; height: number }>>;
  readonly mediaBox?: string;
  readonly rotate?: number;
  /** More entries of the page's dictionary, and objects they refer to (numbered from `first`). */
  readonly more?: (first: number) => { entries: string; objects: readonly string[] };
  /** Fonts beside Courier, of the objects above. */
  readonly fonts?: (first: number) => string;
}

/** A place on the page, in points from the bottom left, and what is written there. */
export interface Written {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size?: number;
  /** Operators before the text: a grey, a render mode. */
  readonly before?: string;
}

/** The content that writes these texts in Courier. */
export function writing(lines: readonly Written[]): string {
  return lines
    .map(({ x, y, text, size = 12, before = '0 g 0 Tr' }) => {
      const escaped = text.replace(/[\\()]/g, (char) => `\\${char}`);
      return `BT ${before} /F1 ${size} Tf 1 0 0 1 ${x} ${y} Tm (${escaped}) Tj ET`;
    })
    .join('\n');
}

/** Rows of text from the top of a page of 420 by 595 points (A5), with columns kept by a monospaced face. */
export function rowsOfText(
  rows: readonly string[],
  at: { top?: number; left?: number; size?: number } = {},
): Written[] {
  const { top = 555, left = 40, size = 11 } = at;
  return rows.map((text, row) => ({ x: left, y: top - row * size * 1.7, text, size }));
}

/** A whole file of these pages. */
export function pdfOf(pages: readonly PdfPageGiven[], trailer = ''): Uint8Array {
  const objects: (string | Buffer)[] = ['', ''];
  const add = (body: string | Buffer): number => objects.push(body);
  const font = add('<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>');
  const kids = pages.map((page) => {
    const images = Object.entries(page.images ?? {}).map(([name, image]) => [name, add(imageObject(image))] as const);
    const content = add(stream('', Buffer.from(page.content, 'latin1')));
    const first = objects.length + 1;
    const more = page.more?.(first);
    for (const body of more?.objects ?? []) add(body);
    const xObjects = images.map(([name, number]) => `/${name} ${number} 0 R`).join(' ');
    return add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [${page.mediaBox ?? '0 0 420 595'}] /Rotate ${page.rotate ?? 0}
       /Resources << /Font << /F1 ${font} 0 R ${page.fonts?.(first) ?? ''} >> /XObject << ${xObjects} >> >> /Contents ${content} 0 R ${more?.entries ?? ''} >>`,
    );
  });
  objects[0] = '<< /Type /Catalog /Pages 2 0 R >>';
  objects[1] = `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] >>`;
  return fileOf(objects, trailer);
}

/** Numbered objects, from 1, as a file with its table and trailer; the first is the catalogue. */
export function fileOf(objects: readonly (string | Buffer)[], trailer = ''): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let length = parts[0]?.length ?? 0;
  const write = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  objects.forEach((body, index) => {
    offsets.push(length);
    write(Buffer.from(`${index + 1} 0 obj\n`));
    write(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
    write(Buffer.from('\nendobj\n'));
  });
  const start = length;
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  write(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`));
  write(Buffer.from(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`));
  return new Uint8Array(Buffer.concat(parts));
}

/** A stream object with its length. */
export function stream(entries: string, bytes: Buffer): Buffer {
  const head = Buffer.from(`<< ${entries} /Length ${bytes.length} >>\nstream\n`);
  return Buffer.concat([head, bytes, Buffer.from('\nendstream')]);
}

/** A JPEG as it is. */
function imageObject({ bytes, width, height }: { bytes: Uint8Array; width: number; height: number }): Buffer {
  const entries = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode`;
  return stream(entries, Buffer.from(bytes));
}

/** A picture over a whole page of 420 by 595 points. */
export function scanOf(bytes: Uint8Array, size: { width: number; height: number }): PdfPageGiven {
  return { content: 'q 420 0 0 595 0 0 cm /Im0 Do Q', images: { Im0: { bytes, ...size } } };
}
