/**
 * Reads a multipart form as it arrives, part by part, without holding a file in memory. Knows the format and its limits;
 * nothing about records. A part must be consumed before the next one is asked for; what is left of it is skipped.
 */
import { runOut } from './body.ts';
import { InputError } from './errors.ts';

/** One field or file of the form. */
export interface Part {
  readonly name: string;
  readonly isFile: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

const headBytesMax = 16 * 1024;
const partsMax = 64;

/** The boundary that a request's content type names; null when it is no multipart form. */
export function boundaryOf(contentType: string | null): string | null {
  const found = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? '',
  );
  return found?.[1] ?? found?.[2] ?? null;
}

/**
 * The parts of a form, in order.
 * @throws InputError 400 `malformed_form`, or 413 past `bytesMax` bytes of the whole body.
 */
export async function* readMultipart(
  body: ReadableStream<Uint8Array> | null,
  { boundary, bytesMax }: { boundary: string; bytesMax: number },
): AsyncGenerator<Part> {
  const tide = bufferOf(body, bytesMax);
  try {
    yield* partsOf(tide, Buffer.from(`\r\n--${boundary}`, 'latin1'));
  } finally {
    await tide.ebb();
  }
}

async function* partsOf(tide: Tide, delimiter: Buffer): AsyncGenerator<Part> {
  // The first delimiter may stand at the very beginning: one line break in front makes all of them alike.
  tide.prepend(Buffer.from('\r\n'));
  for await (const _ of until(tide, delimiter)) {
    // A preamble is passed over.
  }
  for (let count = 0; count <= partsMax; count += 1) {
    const head = await headOf(tide);
    if (head === null) return;
    const content = until(tide, delimiter);
    yield { ...head, body: content };
    for await (const _ of content) {
      // What nobody read is passed over.
    }
  }
  throw new InputError(413, 'too_many_parts', `Expected at most ${partsMax} parts.`, { field: 'files' });
}

/** A field's text. @throws InputError 413 when it is longer than `bytesMax`. */
export async function textOf(part: Part, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of part.body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      throw new InputError(413, 'too_large', `Expected at most ${bytesMax} bytes.`, { field: part.name });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Tide {
  readonly held: () => Buffer;
  readonly take: (bytes: number) => Buffer;
  readonly prepend: (bytes: Buffer) => void;
  /** Waits for more. @throws InputError when the body has ended. */
  readonly rise: () => Promise<void>;
  /** Lets what is left of the body run out. */
  readonly ebb: () => Promise<void>;
}

function bufferOf(body: ReadableStream<Uint8Array> | null, bytesMax: number): Tide {
  const reader = body?.getReader();
  let held = Buffer.alloc(0);
  let total = 0;
  return {
    held: () => held,
    take: (bytes) => {
      const taken = held.subarray(0, bytes);
      held = held.subarray(bytes);
      return taken;
    },
    prepend: (bytes) => {
      held = Buffer.concat([bytes, held]);
    },
    rise: async () => {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done || value === undefined) throw malformed('The form ends in the middle.');
      total += value.byteLength;
      if (total > bytesMax) {
        throw new InputError(413, 'too_large', `Expected at most ${bytesMax} bytes altogether.`, { field: 'files' });
      }
      held = Buffer.concat([held, value]);
    },
    ebb: async () => await runOut(reader),
  };
}

/** The bytes up to the next delimiter, which is taken away with them. */
async function* until(tide: Tide, delimiter: Buffer): AsyncGenerator<Uint8Array> {
  for (;;) {
    const at = tide.held().indexOf(delimiter);
    if (at >= 0) {
      const last = tide.take(at);
      tide.take(delimiter.length);
      if (last.length > 0) yield last;
      return;
    }
    // The end of what is held may be the beginning of a delimiter.
    const safe = tide.held().length - delimiter.length + 1;
    if (safe > 0) yield tide.take(safe);
    await tide.rise();
  }
}

/** A part's headers; null after the last part. */
async function headOf(tide: Tide): Promise<Omit<Part, 'body'> | null> {
  while (tide.held().length < 2) await tide.rise();
  if (tide.held().subarray(0, 2).toString('latin1') === '--') return null;
  for (;;) {
    const end = tide.held().indexOf('\r\n\r\n');
    if (end >= 0) {
      const head = tide.take(end).toString('utf8');
      tide.take(4);
      return named(head);
    }
    if (tide.held().length > headBytesMax) throw malformed('A part has too long a head.');
    await tide.rise();
  }
}

function named(head: string): Omit<Part, 'body'> {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? '';
  const name = /(?:^|[;\s])name="([^"]*)"/i.exec(disposition) ?? /(?:^|[;\s])name=([^;\s"]+)/i.exec(disposition);
  if (name?.[1] === undefined) throw malformed('A part has no name.');
  return { name: name[1], isFile: /(?:^|[;\s])filename\*?=/i.test(disposition) };
}

function malformed(message: string): InputError {
  return new InputError(400, 'malformed_form', message, { field: 'files' });
}
