import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { createVerifier, inspect, isVerifierError, type Verdict, type Verifier } from '../src/index.ts';
import { plainReceipt, trueClaims } from './pages.ts';
import { fileOf, type PdfPageGiven, pdfOf, rowsOfText, scanOf, stream, writing } from './pdf-files.ts';
import { sampleBytes, sampleLines } from './samples.ts';

let verifier: Verifier;
before(() => {
  verifier = createVerifier({ processes: 1 });
});
after(() => verifier.close());

const receiptPage: PdfPageGiven = { content: writing(rowsOfText(plainReceipt)) };
const blankPage: PdfPageGiven = { content: '' };

async function ask(bytes: Uint8Array, claims: Record<string, string> = trueClaims): Promise<Verdict> {
  return await verifier.verify({ kind: 'receipt', locale: 'en-MY', claims, attachments: [{ bytes }] });
}

async function scanned(
  turn = 0,
): Promise<{ page: PdfPageGiven; claims: Record<string, string>; locale: string | null }> {
  const line = sampleLines().find(({ key }) => key === '001-true');
  assert.ok(line !== undefined);
  const { data, info } = await sharp(sampleBytes('001'))
    .rotate(turn)
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true });
  const size = { width: info.width, height: info.height };
  const page = { ...scanOf(new Uint8Array(data), size), mediaBox: `0 0 ${size.width / 3} ${size.height / 3}` };
  return {
    page: { ...page, content: `q ${size.width / 3} 0 0 ${size.height / 3} 0 0 cm /Im0 Do Q` },
    claims: line.claims,
    locale: line.locale,
  };
}

test('a PDF with text is read from its picture, with evidence on its page', async () => {
  const verdict = await ask(pdfOf([receiptPage]));
  assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []]);
  assert.deepEqual(verdict.pages, [{ attachment: 0, page: 1, width: 840, height: 1190, turned: 0 }]);
  for (const { evidence } of verdict.findings) {
    assert.equal(evidence[0]?.page, 1);
    assert.ok(evidence[0].box.every((edge) => edge >= 0 && edge <= 1));
  }
  const forged = await ask(pdfOf([receiptPage]), { ...trueClaims, total: '33.85' });
  assert.deepEqual([forged.verdict, forged.reasons], ['rejected', ['total_mismatch']]);
});

test('a scan inside a PDF is read like the picture itself, also when it lies on its side', async () => {
  for (const [turn, back] of [
    [0, 0],
    [90, 270],
  ]) {
    const { page, claims, locale } = await scanned(turn);
    const verdict = await verifier.verify({ kind: 'receipt', locale, claims, attachments: [{ bytes: pdfOf([page]) }] });
    assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []], `turned by ${turn}`);
    assert.equal(verdict.pages[0]?.turned, back);
  }
});

test('a page that says how it is rotated is shown and read that way', async () => {
  const verdict = await ask(pdfOf([{ ...receiptPage, rotate: 90 }]));
  assert.equal(verdict.verdict, 'verified');
  assert.equal(verdict.pages[0]?.turned, 270);
  assert.deepEqual([verdict.pages[0].width, verdict.pages[0].height], [840, 1190]);
});

test('evidence names the page it stands on, counted from 1, in the file it stands in', async () => {
  const cover: PdfPageGiven = {
    content: writing(rowsOfText(['ABOUT THIS FILE', 'The receipt follows on the next page.'])),
  };
  const verdict = await verifier.verify({
    kind: 'receipt',
    locale: 'en-MY',
    claims: trueClaims,
    attachments: [{ bytes: pdfOf([blankPage]) }, { bytes: pdfOf([cover, receiptPage, blankPage]) }],
  });
  assert.equal(verdict.verdict, 'verified');
  assert.deepEqual(
    verdict.pages.map(({ attachment, page }) => [attachment, page]),
    [
      [0, 1],
      [1, 1],
      [1, 2],
      [1, 3],
    ],
  );
  for (const { evidence } of verdict.findings) assert.deepEqual([evidence[0]?.attachment, evidence[0]?.page], [1, 2]);
});

test('what is filled into a form is seen', async () => {
  const field = (name: string, value: string, rect: string, own: number): string[] => [
    `<< /Type /Annot /Subtype /Widget /FT /Tx /T (${name}) /V (${value}) /Rect [${rect}] /F 4 /DA (/F1 12 Tf 0 g)
       /MK << >> /AP << /N ${own + 1} 0 R >> >>`,
    stream(
      '/Type /XObject /Subtype /Form /BBox [0 0 120 20] /Resources << /Font << /F1 3 0 R >> >>',
      Buffer.from(`/Tx BMC BT 0 g /F1 12 Tf 2 5 Td (${value}) Tj ET EMC`),
    ).toString('latin1'),
  ];
  const rows = plainReceipt.map((row) => (row.startsWith('Total') ? 'Total' : row));
  const at = rowsOfText(rows).find(({ text }) => text === 'Total');
  const page: PdfPageGiven = {
    content: writing(rowsOfText(rows)),
    more: (first) => ({
      entries: `/Annots [${first} 0 R]`,
      objects: field('total', '32.85', `200 ${(at?.y ?? 0) - 5} 320 ${(at?.y ?? 0) + 15}`, first),
    }),
  };
  const verdict = await ask(pdfOf([page]));
  assert.equal(verdict.verdict, 'verified', verdict.reasons.join());
});

test('Korean text whose font the file does not bring is drawn all the same', async () => {
  const korean: PdfPageGiven = {
    content: 'BT /K1 24 Tf 40 500 Td <C601C218C99D> Tj ET',
    more: (first) => ({
      entries: '',
      objects: [
        `<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /UniKS-UCS2-H /DescendantFonts [${first + 1} 0 R] >>`,
        `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Batang /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >> /DW 1000 /FontDescriptor ${first + 2} 0 R >>`,
        '<< /Type /FontDescriptor /FontName /Batang /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
      ],
    }),
    fonts: (first) => `/K1 ${first} 0 R`,
  };
  const picture = await verifier.page({ bytes: pdfOf([korean]) }, 1);
  const { channels } = await sharp(picture.bytes).stats();
  assert.ok((channels[0]?.min ?? 255) < 60, 'something dark is drawn');
  const verdict = await ask(pdfOf([korean]));
  assert.equal(verdict.verdict, 'needs_review');
});

test('a page is drawn for people as an upright PNG within bounds', async () => {
  const bytes = pdfOf([receiptPage, { ...receiptPage, mediaBox: '0 0 14400 40' }]);
  const picture = await verifier.page({ bytes }, 1);
  assert.deepEqual([picture.mediaType, inspect(picture.bytes)], ['image/png', 'image/png']);
  assert.deepEqual([picture.width, picture.height], [840, 1190]);
  const strip = await verifier.page({ bytes }, 2, { turned: 90 });
  assert.deepEqual([strip.width, strip.height], [32, 2000]);
  await assert.rejects(
    verifier.page({ bytes }, 3),
    (error) => isVerifierError(error) && error.code === 'unreadable_page',
  );
});

test('a PDF that is none, is locked, or has no or too many pages is for a person, with the reason', async () => {
  const locked = pdfOf(
    [receiptPage],
    '/Encrypt << /Filter /Standard /V 1 /R 2 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) /P -4 >> /ID [(a) (a)]',
  );
  const cases: [Uint8Array, string][] = [
    [new TextEncoder().encode('%PDF-1.7\n%%EOF'), 'attachment_unreadable'],
    [locked, 'pdf_needs_password'],
    [pdfOf([]), 'attachment_unreadable'],
    [pdfOf(Array.from({ length: 11 }, () => blankPage)), 'too_many_pages'],
    [pdfOf([receiptPage]).subarray(0, 400), 'attachment_unreadable'],
  ];
  for (const [bytes, reason] of cases) {
    const verdict = await ask(bytes);
    assert.deepEqual([verdict.verdict, verdict.reasons[0]], ['needs_review', reason]);
    assert.deepEqual(verdict.pages, []);
  }
});

test('a broken page fails alone, and a person looks', async () => {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 2 /Kids [4 0 R 9 0 R] >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>',
    stream('', Buffer.from(writing(rowsOfText(plainReceipt)))),
  ];
  const verdict = await ask(fileOf(objects));
  assert.deepEqual([verdict.verdict, verdict.reasons[0]], ['needs_review', 'page_unreadable']);
  assert.deepEqual(
    verdict.findings.map(({ finding }) => finding),
    ['match', 'match', 'match'],
  );
});
