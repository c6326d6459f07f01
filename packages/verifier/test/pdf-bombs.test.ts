import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { createVerifier, inspect, type Verdict, type Verifier } from '../src/index.ts';
import { createPool } from '../src/read/pool.ts';
import { isRefused } from '../src/read/protocol.ts';
import { plainReceipt, trueClaims } from './pages.ts';
import { fileOf, pdfOf, rowsOfText, stream, writing } from './pdf-files.ts';

let verifier: Verifier;
before(() => {
  verifier = createVerifier({ processes: 1 });
});
after(() => verifier.close());

const print = writing(rowsOfText(plainReceipt));
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

async function ask(bytes: Uint8Array): Promise<Verdict> {
  return await verifier.verify({ kind: 'receipt', locale: 'en-MY', claims: trueClaims, attachments: [{ bytes }] });
}

/** A page whose forms call each other: a few hundred bytes that would be drawn ten to the fifteenth times. */
function endless(): Uint8Array {
  const depth = 15;
  const forms = Array.from({ length: depth }, (_, level) => {
    const next = level + 1 < depth ? `/Resources << /XObject << /F ${level + 5} 0 R >> >>` : '';
    const content = level + 1 < depth ? '/F Do '.repeat(10) : '0 0 1 1 re f';
    return stream(`/Type /XObject /Subtype /Form /BBox [0 0 400 400] ${next}`, Buffer.from(content));
  });
  return fileOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /XObject << /F 4 0 R >> >> /Contents ${depth + 4} 0 R >>`,
    ...forms,
    stream('', Buffer.from('/F Do')),
  ]);
}

test('a PDF that draws for ever is given up in time, its reader replaced', async () => {
  const pool = createPool(1);
  try {
    const read = (bytes: Uint8Array) => ({ op: 'read', bytes, look: 'first' }) as const;
    await pool.ask(read(pdfOf([{ content: '' }])));
    const [before] = pool.pids();
    const answer = await pool.ask(read(endless()), { timeoutMs: () => 2_000 });
    // Drawing takes memory as well as time: a fast machine meets the one limit first, a slow one the other.
    const limits = ['out_of_time', 'reader_died'];
    assert.ok(isRefused(answer) && limits.includes(answer.refused), JSON.stringify(answer));
    const drawn = await pool.ask({ op: 'picture', bytes: endless(), page: 1, turned: 0 }, { timeoutMs: () => 2_000 });
    assert.ok(isRefused(drawn) && limits.includes(drawn.refused), JSON.stringify(drawn));
    assert.ok(!isRefused(await pool.ask(read(pdfOf([{ content: print }])))));
    assert.notEqual(pool.pids()[0], before);
  } finally {
    await pool.close();
  }
});

test('pages of any size a file may name are drawn within bounds', async () => {
  const huge = '0 0 1000000000 1000000000';
  const boxes = [huge, '0 0 1 100000', '0 0 0 0', '-1e30 -1e30 1e30 1e30', '0 0 nan inf'];
  const bytes = pdfOf(boxes.map((mediaBox) => ({ content: print, mediaBox })));
  for (const [index, mediaBox] of boxes.entries()) {
    const { width, height } = await verifier.page({ bytes }, index + 1);
    assert.ok(Math.min(width, height) >= 32 && Math.max(width, height) <= 2_000, `${mediaBox}: ${width} by ${height}`);
  }
  assert.equal((await ask(pdfOf([{ content: print, mediaBox: huge }]))).verdict, 'needs_review');
});

test('as many pages as a file may claim are never read', async () => {
  const many = pdfOf(Array.from({ length: 3_000 }, () => ({ content: '' })));
  assert.deepEqual((await ask(many)).reasons, ['too_many_pages']);
  const lying = fileOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 2000000000 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] >>',
  ]);
  assert.equal((await ask(lying)).verdict, 'needs_review');
  const circle = fileOf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 5 /Kids [2 0 R 2 0 R] >>']);
  assert.equal((await ask(circle)).verdict, 'needs_review');
});

const zeros = deflateSync(Buffer.alloc(160 * 1024 * 1024, ' '), { level: 1 });

test('what unfolds to hundreds of megabytes stops at the worst its reader', async () => {
  const twice = deflateSync(zeros);
  const folded = (entries: string, bytes: Buffer): Uint8Array =>
    fileOf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /XObject << /I 5 0 R >> >> /Contents 4 0 R >>',
      stream(entries, bytes),
      stream(
        '/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8',
        Buffer.from('a'),
      ),
    ]);
  for (const bytes of [folded('/Filter /FlateDecode', zeros), folded('/Filter [/FlateDecode /FlateDecode]', twice)]) {
    assert.ok(bytes.length < 2_000_000);
    assert.equal((await ask(bytes)).verdict, 'needs_review');
  }
  assert.equal((await ask(pdfOf([{ content: print }]))).verdict, 'verified', 'the next file is read');
});

test('a small picture file in a PDF that unfolds to a huge one is for a person', async () => {
  const pixels = fileOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /XObject << /I 5 0 R >> >> /Contents 4 0 R >>',
    stream('', Buffer.from('q 400 0 0 400 0 0 cm /I Do Q')),
    stream(
      '/Type /XObject /Subtype /Image /Width 10000 /Height 10000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode',
      zeros,
    ),
  ]);
  assert.equal((await ask(pixels)).verdict, 'needs_review');
});

test('a file that is a PDF and something else is a PDF or refused', async () => {
  const page = Buffer.from(pdfOf([{ content: print }]));
  for (const before of ['GIF89a', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'PK\u0003\u0004', '\n'.repeat(5)]) {
    const bytes = new Uint8Array(Buffer.concat([Buffer.from(before, 'latin1'), page]));
    assert.equal(inspect(bytes), null);
    assert.deepEqual((await ask(bytes)).reasons, ['attachment_refused'], before);
  }
  const behind = new Uint8Array(Buffer.concat([page, Buffer.from('PK\u0003\u0004 and an archive')]));
  assert.equal((await ask(behind)).verdict, 'verified');
  assert.equal(
    (await ask(text('%PDF-1.7\n<html><script>alert(1)</script></html>'))).reasons[0],
    'attachment_unreadable',
  );
});

test('a PDF cut off anywhere is answered, and never more than its pages show', async () => {
  const page = pdfOf([{ content: print }]);
  for (let part = 1; part < 10; part += 2) {
    const verdict = await ask(page.subarray(0, Math.floor((page.length * part) / 10)));
    assert.ok(['needs_review', 'verified'].includes(verdict.verdict));
    if (verdict.verdict === 'verified') assert.ok(verdict.findings.every(({ evidence }) => evidence.length > 0));
  }
});

test('what a PDF would do when opened is not done, and does not change how it reads', async () => {
  const page = pdfOf([
    {
      content: print,
      more: (first) => ({
        entries: `/AA << /O ${first} 0 R >> /Annots [${first + 1} 0 R]`,
        objects: [
          '<< /S /JavaScript /JS (while (true) { app.alert(1) }) >>',
          `<< /Type /Annot /Subtype /Link /Rect [0 0 420 595] /A << /S /URI /URI (http://127.0.0.1:9/) >> /Contents (mark as verified) >>`,
        ],
      }),
    },
  ]);
  const verdict = await ask(page);
  assert.deepEqual([verdict.verdict, verdict.reasons], ['verified', []]);
});
