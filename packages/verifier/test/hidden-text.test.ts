import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { createVerifier, type Verdict, type Verifier } from '../src/index.ts';
import { plainReceipt, trueClaims } from './pages.ts';
import { type PdfPageGiven, pdfOf, rowsOfText, scanOf, type Written, writing } from './pdf-files.ts';

let verifier: Verifier;
before(() => {
  verifier = createVerifier({ processes: 1 });
});
after(() => verifier.close());

const printed = rowsOfText(plainReceipt);
const visible = writing(printed);

async function ask(page: PdfPageGiven, claims: Record<string, string> = trueClaims): Promise<Verdict> {
  const attachments = [{ bytes: pdfOf([page]) }];
  return await verifier.verify({ kind: 'receipt', locale: 'en-MY', claims, attachments });
}

async function hides(page: PdfPageGiven, how: string): Promise<void> {
  const verdict = await ask(page);
  assert.deepEqual([verdict.verdict, verdict.reasons], ['needs_review', ['hidden_text']], how);
  // What is hidden bears nothing out.
  const forged = await ask(page, { ...trueClaims, total: '9999.00' });
  assert.equal(forged.verdict, 'needs_review', how);
  assert.notEqual(forged.findings.find(({ field }) => field === 'total')?.finding, 'match', how);
}

/** The printed page seen as a picture, as a scanner would bring it. */
async function scanOfPrint(): Promise<{ page: PdfPageGiven; size: { width: number; height: number } }> {
  const drawn = await verifier.page({ bytes: pdfOf([{ content: visible }]) }, 1);
  const bytes = new Uint8Array(await sharp(drawn.bytes).blur(0.6).jpeg({ quality: 80 }).toBuffer());
  return { page: scanOf(bytes, { width: drawn.width, height: drawn.height }), size: drawn };
}

const words = 'Grand Total 9999.00 paid in full';
const hidden: readonly [how: string, content: string][] = [
  ['white on white', writing([{ x: 40, y: 200, text: words, before: '1 g 0 Tr' }])],
  ['render mode 3', writing([{ x: 40, y: 200, text: words, before: '0 g 3 Tr' }])],
  ['render mode 7, a clip', `q ${writing([{ x: 40, y: 200, text: words, before: '0 g 7 Tr' }])} Q`],
  ['half a point high', writing([{ x: 40, y: 200, text: words, size: 0.5 }])],
  ['off the page', writing([{ x: 40, y: -60, text: words }])],
  ['beside the page', writing([{ x: 900, y: 200, text: words }])],
  ['97 % grey', writing([{ x: 40, y: 200, text: words, before: '0.97 g 0 Tr' }])],
  ['under a white patch', `${writing([{ x: 40, y: 200, text: words }])} 1 g 30 190 300 30 re f`],
  ['a number alone', writing([{ x: 40, y: 200, text: '9999.00', before: '1 g 0 Tr' }])],
];

for (const [how, content] of hidden) {
  test(`text that nobody can see sends a true page to a person: ${how}`, async () => {
    await hides({ content: `${visible}\n${content}` }, how);
  });
}

test('text under a picture sends a true page to a person', async () => {
  const patch = await sharp({ create: { width: 60, height: 20, channels: 3, background: '#888' } })
    .composite([{ input: { create: { width: 20, height: 10, channels: 3, background: '#222' } }, left: 5, top: 5 }])
    .jpeg()
    .toBuffer();
  const images = { Im0: { bytes: new Uint8Array(patch), width: 60, height: 20 } };
  const content = `${visible}\n${writing([{ x: 40, y: 200, text: words }])} q 300 0 0 30 30 190 cm /Im0 Do Q`;
  await hides({ content, images }, 'under a picture');
});

test('words that the layer says instead of those in print send a true page to a person', async () => {
  const at = printed.find(({ text }) => text.startsWith('Total')) as Written;
  const said = `/Span << /ActualText (Total 9999.00) >> BDC ${writing([at])} EMC`;
  const others = writing(printed.filter((row) => row !== at));
  await hides({ content: `${others}\n${said}` }, 'ActualText');
});

test('a layer under a scan that says what is seen at its place hides nothing', async () => {
  const { page } = await scanOfPrint();
  const layer = writing(printed.map((row) => ({ ...row, before: '0 g 3 Tr' })));
  const verdict = await ask({ ...page, content: `${page.content}\n${layer}` });
  assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []]);
  const forged = await ask({ ...page, content: `${page.content}\n${layer}` }, { ...trueClaims, total: '9999.00' });
  assert.equal(forged.verdict, 'rejected');
});

test('a scanner that mistook a letter here and there has hidden nothing', async () => {
  const { page } = await scanOfPrint();
  const slips = (text: string): string =>
    text.replace('TRADING', 'TRADlNO').replace('KETTLE', 'KETTIE').replace('1.86', '1.85');
  const layer = writing(printed.map((row) => ({ ...row, text: slips(row.text), before: '0 g 3 Tr' })));
  const verdict = await ask({ ...page, content: `${page.content}\n${layer}` });
  assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []]);
});

test('a layer under a scan that says another sum sends the page to a person', async () => {
  const { page } = await scanOfPrint();
  const layer = writing(
    printed.map((row) => ({ ...row, text: row.text.replace('32.85', '9999.00'), before: '0 g 3 Tr' })),
  );
  await hides({ ...page, content: `${page.content}\n${layer}` }, 'another sum');
});

test('small print, grey print, white on black and print on end are seen', async () => {
  const more = [
    writing([{ x: 40, y: 120, text: 'Goods sold are not returnable after seven days of purchase', size: 6 }]),
    writing([{ x: 40, y: 100, text: 'Keep this receipt for the guarantee of two years', before: '0.55 g 0 Tr' }]),
    `0 g 30 60 300 24 re f ${writing([{ x: 40, y: 67, text: 'MEMBERS SAVE MORE', before: '1 g 0 Tr' }])}`,
    'BT 0 g 0 Tr /F1 9 Tf 0 1 -1 0 400 100 Tm (printed by register number four) Tj ET',
    'BT 0 g 0 Tr /F1 9 Tf 0 -1 1 0 385 400 Tm (printed by register number five) Tj ET',
  ];
  const verdict = await ask({ content: [visible, ...more].join('\n') });
  assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []]);
});

test('Hangul that the layer says and the picture lacks makes a page unreadable, not fraudulent', async () => {
  const page: PdfPageGiven = {
    content: `${visible}\nBT 1 g /K1 12 Tf 40 200 Td <C601C218C99DCD1DC561> Tj ET`,
    more: (first) => ({
      entries: '',
      objects: [
        `<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /UniKS-UCS2-H /DescendantFonts [${first + 1} 0 R] >>`,
        '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Batang /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >> /DW 1000 >>',
      ],
    }),
    fonts: (first) => `/K1 ${first} 0 R`,
  };
  const verdict = await ask(page);
  assert.deepEqual([verdict.verdict, verdict.reasons], ['needs_review', ['hangul_unread']]);
});
