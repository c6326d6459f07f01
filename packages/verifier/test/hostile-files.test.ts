import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { createVerifier, inspect, isVerifierError, type Verdict, type Verifier } from '../src/index.ts';
import { trueClaims } from './pages.ts';

let verifier: Verifier;
before(() => {
  verifier = createVerifier({ processes: 1 });
});
after(() => verifier.close());

const ask = (bytes: Uint8Array): Promise<Verdict> =>
  verifier.verify({ kind: 'receipt', locale: 'en-MY', claims: trueClaims, attachments: [{ bytes }] });
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const paper = () =>
  sharp({
    create: {
      width: 400,
      height: 300,
      channels: 3,
      background: '#eee',
      noise: { type: 'gaussian', mean: 200, sigma: 30 },
    },
  });

async function reviewed(bytes: Uint8Array, reason: string): Promise<void> {
  const verdict = await ask(bytes);
  assert.equal(verdict.verdict, 'needs_review');
  assert.equal(verdict.reasons[0], reason);
}

test('what is no JPEG, PNG or WebP by content is refused, whatever it is called', async () => {
  await reviewed(
    text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'),
    'attachment_refused',
  );
  await reviewed(new Uint8Array(await paper().gif().toBuffer()), 'attachment_refused');
  await reviewed(new Uint8Array(await paper().tiff().toBuffer()), 'attachment_refused');
  await reviewed(text('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000mif1heic'), 'attachment_refused');
  await reviewed(text('PK\u0003\u0004 an office file'), 'attachment_refused');
});

test('an empty file, a truncated JPEG and a corrupt WebP are for a person', async () => {
  await reviewed(new Uint8Array(0), 'attachment_empty');
  const jpeg = new Uint8Array(await paper().jpeg().toBuffer());
  await reviewed(jpeg.subarray(0, Math.floor(jpeg.length / 2)), 'attachment_unreadable');
  await reviewed(jpeg.subarray(0, 20), 'attachment_unreadable');
  const webp = new Uint8Array(await paper().webp().toBuffer());
  await reviewed(webp.subarray(0, Math.floor(webp.length / 2)), 'attachment_unreadable');
  await reviewed(
    webp.map((byte, index) => (index >= 12 && index < 40 ? byte ^ 0x5a : byte)),
    'attachment_unreadable',
  );
});

test('a small file that would unfold to a huge picture is never decoded', async () => {
  const started = process.cpuUsage();
  await reviewed(pixelBomb(16_000, 16_000), 'attachment_too_large');
  await reviewed(pixelBomb(60_000, 60_000), 'attachment_too_large');
  assert.ok(process.cpuUsage(started).user < 5e6);
});

test('a picture with another file behind it is read as the picture alone', async () => {
  const jpeg = await paper().jpeg().toBuffer();
  const both = new Uint8Array(
    Buffer.concat([jpeg, Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\n<script>alert(1)</script>')]),
  );
  assert.equal(inspect(both), 'image/jpeg');
  await reviewed(both, 'page_not_legible');
  const picture = await verifier.page({ bytes: both }, 1);
  assert.ok(!Buffer.from(picture.bytes).includes('script'));
});

test('a blank page is not legible, and that is no mismatch', async () => {
  const blank = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const verdict = await ask(new Uint8Array(blank));
  assert.equal(verdict.verdict, 'needs_review');
  assert.deepEqual(
    verdict.findings.map(({ finding }) => finding),
    ['not_found', 'not_found', 'not_found'],
  );
});

test('the reading goes on after every one of them', async () => {
  const verdict = await ask(new Uint8Array(await paper().webp().toBuffer()));
  assert.equal(verdict.pages.length, 1);
});

test('a preview is upright, bounded, and carries no metadata', async () => {
  const tagged = await paper()
    .withExif({ IFD0: { Copyright: 'secret place' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const picture = await verifier.page({ bytes: new Uint8Array(tagged) }, 1);
  assert.deepEqual([picture.width, picture.height], [300, 400]);
  assert.equal(inspect(picture.bytes), 'image/jpeg');
  assert.ok(!Buffer.from(picture.bytes).includes('secret place'));
  const turned = await verifier.page({ bytes: new Uint8Array(tagged) }, 1, { turned: 90 });
  assert.deepEqual([turned.width, turned.height], [400, 300]);
});

test('a preview of what cannot be shown is an error with a code', async () => {
  await assert.rejects(
    verifier.page({ bytes: text('nothing') }, 1),
    (error) => isVerifierError(error) && error.code === 'unreadable_page',
  );
  await assert.rejects(
    verifier.page({ bytes: text('nothing') }, 2),
    (error) => isVerifierError(error) && error.code === 'unreadable_page',
  );
});

/** A valid PNG header of any size over a few bytes of pixels. */
function pixelBomb(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(
    Buffer.concat([
      signature,
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.alloc(1 << 20))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
