/**
 * Reads a JSON body, never more than 1 MiB of it, and the few kinds of fields that the routes ask for.
 */
import { InputError } from './errors.ts';

const bytesMax = 1024 * 1024;
const runOutBytes = 256 * 1024 * 1024;
const runOutMs = 20_000;

/** A body that is a JSON object. */
export type Body = Readonly<Record<string, unknown>>;

/**
 * The body as a JSON object.
 * @throws InputError 413 past 1 MiB, 400 for anything that is no JSON object.
 */
export async function readBody(request: Request): Promise<Body> {
  return parsed(await readText(request));
}

/** As `readBody`, for verbs that need none: no body is an empty object. */
export async function readBodyIfAny(request: Request): Promise<Body> {
  const text = await readText(request);
  return text === '' ? {} : parsed(text);
}

function parsed(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(400, 'malformed_json', 'The body is no JSON.');
  }
  if (!isObject(value)) throw new InputError(400, 'malformed_json', 'Expected a JSON object.');
  return value;
}

/** Throws 413 for a body that announces more than 1 MiB, also where nobody would read it. */
export function requireSmallBody(request: Request): void {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge();
}

/** A field that must be text. @throws InputError 400 */
export function textField(body: Body, field: string): string {
  const value = body[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new InputError(400, 'invalid_field', `${field}: expected a text.`, { field });
}

/** A query's whole number from 1 to `max`. @throws InputError 400 */
export function wholeNumber(
  text: string | null,
  { field, fallback, max }: { field: string; fallback: number; max: number },
): number {
  if (text === null || text === '') return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new InputError(400, 'invalid_field', `${field}: expected a whole number from 1 to ${max}.`, { field });
}

/**
 * Lets what is left of a refused body run out, within bounds: a sender that writes before it reads would otherwise wait
 * for ever instead of seeing why it was refused.
 */
export async function runOut(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  const end = performance.now() + runOutMs;
  let bytes = 0;
  try {
    while (reader !== undefined && bytes < runOutBytes && performance.now() < end) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
    await reader?.cancel();
  } catch {
    // The sender has hung up: there is nobody left to tell.
  }
}

/** Whether a value is a plain JSON object. */
export function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether PostgreSQL can keep a text: it knows neither NUL nor half a character. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

async function readText(request: Request): Promise<string> {
  requireSmallBody(request);
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) return Buffer.concat(chunks).toString('utf8');
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await runOut(reader);
      throw tooLarge();
    }
    chunks.push(value);
  }
}

function tooLarge(): InputError {
  return new InputError(413, 'too_large', `Expected at most ${bytesMax} bytes.`);
}
