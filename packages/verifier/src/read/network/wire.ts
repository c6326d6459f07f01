/**
 * Protocol Buffers on the wire, as far as a network's file needs them: a message as the list of its fields, each kept
 * byte for byte, so that whatever nobody understands is written back as it was.
 */

/** One field of a message: its number, its wire type (0 varint, 1 eight bytes, 2 bytes, 5 four bytes), its bytes. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message, in order; their bytes are views. */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = varintAt(message, at);
    const wire = tag.value % 8;
    const [from, to] = extentOf(message, tag.end, wire);
    if (to > message.length) throw new Error('a field of this file is cut off');
    fields.push({ number: Math.floor(tag.value / 8), wire, bytes: message.subarray(from, to) });
    at = to;
  }
  return fields;
}

/** The message with these fields. */
export function messageOf(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(({ number, wire, bytes }) => {
      const tag = varint(number * 8 + wire);
      return wire === 2 ? [tag, varint(bytes.length), bytes] : [tag, bytes];
    }),
  );
}

/** A field that holds bytes: a message, a text or packed numbers. */
export function bytesField(number: number, bytes: Uint8Array): Field {
  return { number, wire: 2, bytes };
}

/** A field that holds a text. */
export function textField(number: number, text: string): Field {
  return bytesField(number, Buffer.from(text, 'utf8'));
}

/** A field that holds a whole number of zero or more. */
export function numberField(number: number, value: number): Field {
  return { number, wire: 0, bytes: varint(value) };
}

/** All whole numbers of a field, packed or not. */
export function numbersOf({ bytes }: Field): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varintAt(bytes, at);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

/** A field's text. */
export function textOf({ bytes }: Field): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

/** A field's four-byte floating-point numbers, one or packed, whatever their place in memory. */
export function floatsOf({ bytes }: Field): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function extentOf(message: Uint8Array, at: number, wire: number): [number, number] {
  if (wire === 0) return [at, varintAt(message, at).end];
  if (wire === 1) return [at, at + 8];
  if (wire === 5) return [at, at + 4];
  if (wire !== 2) throw new Error('this file is no message of Protocol Buffers');
  const { value, end } = varintAt(message, at);
  return [end, end + value];
}

function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = at, factor = 1; i < bytes.length && i < at + 10; i += 1, factor *= 128) {
    const byte = bytes[i] as number;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: i + 1 };
  }
  throw new Error('a number of this file has no end');
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
