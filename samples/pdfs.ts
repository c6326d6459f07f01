// Some of the receipts once more as PDF files, as shops send them and scanners write them. A script's part and data; the claims
// about them are the receipt's own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { claimsAbout, type LabelledClaim } from './claims.ts';
import { pageOf } from './paper.ts';
import type { Receipt } from './receipts.ts';

/** A receipt as a PDF: printed from its sheet with text, or its picture alone, as a scanner makes it. */
export interface PdfSample {
  readonly id: string;
  readonly how: 'printed' | 'scanned';
  /** Path below the folder of the samples. */
  readonly file: string;
}

/** All of them. */
export const pdfSamples: readonly PdfSample[] = [
  { id: '005', how: 'printed', file: 'receipts/005.pdf' },
  { id: '023', how: 'scanned', file: 'receipts/023.pdf' },
];

/** The labelled claims about the PDFs: those about their receipts, under keys of their own. */
export function claimsAboutPdfs(receipts: readonly Receipt[]): LabelledClaim[] {
  return pdfSamples.flatMap(({ id, file }) => {
    const receipt = receipts.find((one) => one.id === id);
    if (receipt === undefined) throw new Error(`No receipt ${id}.`);
    const lines = claimsAbout(receipt, receipts);
    return lines.map((line) => ({ ...line, key: `${line.key}-pdf`, attachments: [file] }));
  });
}

/** The bytes of one: the same for the same versions of browser, fonts and sharp. */
export async function pdfOf(sample: PdfSample, receipt: Receipt, at: { page: Page; folder: string }): Promise<Buffer> {
  if (sample.how === 'scanned') return await scanned(readFileSync(join(at.folder, receipt.file)));
  await at.page.setContent(pageOf(receipt));
  await at.page.evaluate(() => document.fonts.ready);
  const box = await at.page.locator('#scene').boundingBox();
  if (box === null) throw new Error(`Receipt ${receipt.id} has no sheet.`);
  const size = { width: `${Math.ceil(box.width)}px`, height: `${Math.ceil(box.height) + 1}px` };
  const bytes = await at.page.pdf({ ...size, printBackground: true, pageRanges: '1' });
  // The browser writes the time of printing; a fixed one keeps a second run equal.
  return Buffer.from(bytes.toString('latin1').replace(/\(D:\d{14}[^)]*\)/g, withFixedTime), 'latin1');
}

function withFixedTime(date: string): string {
  const fixed = "(D:20260101000000+00'00')".slice(0, date.length - 1);
  return `${fixed.padEnd(date.length - 1, '0')})`;
}

/** A picture at 150 dots an inch, and nothing else. */
async function scanned(picture: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(picture).jpeg({ quality: 80 }).toBuffer({ resolveWithObject: true });
  const [width, height] = [info.width, info.height].map((pixels) => ((pixels * 72) / 150).toFixed(2));
  const content = `q ${width} 0 0 ${height} 0 0 cm /Im0 Do Q`;
  const image = `<< /Type /XObject /Subtype /Image /Width ${info.width} /Height ${info.height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${data.length} >>\nstream\n`;
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Count 1 /Kids [3 0 R] >>'),
    Buffer.from(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Resources << /XObject << /Im0 5 0 R >> >> /Contents 4 0 R >>`,
    ),
    Buffer.from(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`),
    Buffer.concat([Buffer.from(image), data, Buffer.from('\nendstream')]),
  ];
  return fileOf(objects);
}

function fileOf(objects: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const offsets: string[] = [];
  for (const [index, body] of objects.entries()) {
    offsets.push(`${String(Buffer.concat(parts).length).padStart(10, '0')} 00000 n \n`);
    parts.push(Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from('\nendobj\n'));
  }
  const start = Buffer.concat(parts).length;
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`;
  parts.push(Buffer.from(`${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`));
  return Buffer.concat(parts);
}
