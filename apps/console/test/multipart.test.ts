/** Forms arrive in whatever pieces the network makes of them. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isInputError } from '../lib/errors.ts';
import { boundaryOf, readMultipart } from '../lib/multipart.ts';

interface Seen {
  readonly name: string;
  readonly isFile: boolean;
  readonly content: Buffer;
}

async function* cut(body: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function parse(body: Uint8Array, boundary: string, size = 7, bytesMax = 1_000_000): Promise<Seen[]> {
  const seen: Seen[] = [];
  const stream = Readable.toWeb(Readable.from(cut(body, size))) as ReadableStream<Uint8Array>;
  for await (const { name, isFile, body: content } of readMultipart(stream, { boundary, bytesMax })) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    seen.push({ name, isFile, content: Buffer.concat(chunks) });
  }
  return seen;
}

describe('the multipart reader', () => {
  it('reads what the platform itself writes, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.string({ minLength: 1 }).filter((name) => !/["\r\n\\]/.test(name) && name.isWellFormed()),
            fc.uint8Array({ maxLength: 300 }),
          ),
          { maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 200 }),
        async (files, size) => {
          const form = new FormData();
          for (const [name, bytes] of files) form.append(name, new Blob([Uint8Array.from(bytes)]), 'file.bin');
          form.append('claims', '{"company":"다이소"}');
          const response = new Response(form);
          const boundary = boundaryOf(response.headers.get('content-type'));
          assert.ok(boundary);
          const seen = await parse(new Uint8Array(await response.arrayBuffer()), boundary, size);
          const wanted = files.map(([name, bytes]) => ({ name, isFile: true, content: Buffer.from(bytes) }));
          assert.deepEqual(seen, [
            ...wanted,
            { name: 'claims', isFile: false, content: Buffer.from('{"company":"다이소"}') },
          ]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is not misled by what looks like a boundary', async () => {
    const content = '\r\n--limi\r\n--limit\r\r\n-';
    const body = `--limits\r\ncontent-disposition: form-data; name="a"\r\n\r\n${content}\r\n--limits--\r\n`;
    for (const size of [1, 2, 3, 50]) {
      const [part] = await parse(Buffer.from(body), 'limits', size);
      assert.equal(part?.content.toString(), content);
    }
  });

  const broken: readonly [string, string, number][] = [
    ['ends in the middle', '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nabc', 400],
    ['is empty', '', 400],
    ['has a part without a name', '--b\r\ncontent-type: text/plain\r\n\r\nabc\r\n--b--', 400],
    ['has an endless head', `--b\r\n${'x'.repeat(20_000)}`, 400],
    ['is longer than allowed', `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n${'x'.repeat(60_000)}`, 413],
  ];
  for (const [word, body, status] of broken) {
    it(`answers ${status} when a form ${word}`, async () => {
      await assert.rejects(parse(Buffer.from(body), 'b', 1_000, 50_000), (thrown: unknown) => {
        assert.ok(isInputError(thrown));
        assert.equal(thrown.status, status);
        return true;
      });
    });
  }

  it('knows a form by its content type alone', () => {
    assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
    assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"'), 'a b');
    for (const other of [null, '', 'application/json', 'multipart/mixed; boundary=abc', 'multipart/form-data']) {
      assert.equal(boundaryOf(other), null);
    }
  });
});
