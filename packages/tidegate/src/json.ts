/**
 * Values on their way into jsonb: what PostgreSQL refuses is replaced, what is too large is refused or cut. Pure.
 */
import type { Json } from './types.ts';

/** A body is kept up to this many bytes of JSON. */
export const BODY_BYTES_MAX = 64 * 1024;
/** A summary is kept up to this many bytes of JSON. */
export const SUMMARY_BYTES_MAX = 2 * 1024;
const MESSAGE_LENGTH_MAX = 500;

/**
 * The value as JSON text that jsonb accepts: NUL and lone surrogates become U+FFFD. `undefined` when it is no JSON at all
 * (a function, a cycle, a bigint).
 */
export function toJsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part) => (typeof part === 'string' ? cleanText(part) : cleanKeys(part)));
  } catch {
    return undefined;
  }
}

/** NUL and lone surrogates cannot be stored as text. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** A message, short enough for a log line and a table cell. */
export function shortMessage(text: string): string {
  const clean = cleanText(text);
  return clean.length <= MESSAGE_LENGTH_MAX ? clean : `${clean.slice(0, MESSAGE_LENGTH_MAX - 1).toWellFormed()}…`;
}

/** The value if it fits into a summary, else a note of its size. */
export function toSummary(value: unknown): Json {
  const text = toJsonText(value);
  if (text === undefined) return null;
  const bytes = Buffer.byteLength(text);
  return bytes <= SUMMARY_BYTES_MAX ? (JSON.parse(text) as Json) : { truncated: true, bytes };
}

function cleanKeys(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  const keys = Object.keys(part);
  if (keys.every((key) => cleanText(key) === key)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [cleanText(key), value]));
}
