/**
 * How the API speaks: JSON that nobody may keep, and errors as `{ error: { code, message, field? } }`. The one place
 * where what was thrown becomes an answer; the caller gets the code, the log gets the rest.
 */
import { isTidegateError, type TidegateErrorCode } from 'tidegate';
import { isDatabaseAway, isSchemaMissing } from './database.ts';
import { InputError, isInputError } from './errors.ts';
import { logError } from './log.ts';

type Headers = Readonly<Record<string, string>>;

/** Seconds after which it is worth asking again when the database did not answer. */
const retryAfterSeconds = '10';

const statusOf: Readonly<Record<TidegateErrorCode, number>> = {
  configuration: 500,
  cron_secret_missing: 500,
  cron_secret_weak: 500,
  database_unavailable: 503,
  executor_token: 401,
  isolation: 500,
  not_found: 404,
  privileges: 500,
  schema_outdated: 503,
  source_failed: 500,
  source_missing: 500,
};

/** A JSON answer. */
export function answer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Headers } = {},
): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}

/** An answer without a body, with the cookies that come with it. */
export function answerNothing(cookies: readonly string[] = []): Response {
  const response = new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** Plain text. */
export function answerText(text: string, mediaType: string): Response {
  return new Response(text, { headers: { 'content-type': mediaType, 'cache-control': 'no-store' } });
}

/** A stranger's file: shown as what it is or not at all, and never run. */
export function answerBytes(
  bytes: Uint8Array,
  { mediaType, name }: { mediaType: string | null; name: string },
): Response {
  const shown = mediaType?.startsWith('image/') === true;
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': mediaType ?? 'application/octet-stream',
      'content-length': String(bytes.byteLength),
      'content-disposition': `${shown ? 'inline' : 'attachment'}; filename="${name}"`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}

/** An error as an answer. */
export function answerError(error: InputError): Response {
  const { status, code, message, field, headers } = error;
  return answer({ error: { code, message, ...(field === undefined ? {} : { field }) } }, { status, headers });
}

/** What a handler threw, as an answer; whatever is not meant for the caller is logged and answered 500 `internal`. */
export function answerThrown(thrown: unknown): Response {
  return answerError(isInputError(thrown) ? thrown : told(thrown));
}

function told(thrown: unknown): InputError {
  if (isDatabaseAway(thrown)) return refusal(thrown, 'database_unavailable', 503);
  if (isSchemaMissing(thrown)) return refusal(thrown, 'schema_outdated', 503);
  if (isTidegateError(thrown)) return refusal(thrown, thrown.code, statusOf[thrown.code] ?? 500);
  return refusal(thrown, 'internal', 500);
}

function refusal(thrown: unknown, code: TidegateErrorCode | 'internal', status: number): InputError {
  logError(code, thrown);
  const headers = status === 503 ? { 'retry-after': retryAfterSeconds } : {};
  return new InputError(status, code, sentences[code] ?? 'Something went wrong here; the log says what.', { headers });
}

/** What a caller may know. The database's words, and the values of settings, stay in the log. */
const sentences: Readonly<Partial<Record<TidegateErrorCode | 'internal', string>>> = {
  configuration: 'The settings cannot be used; the log says why.',
  database_unavailable: 'The database cannot be reached.',
  isolation: 'The database role has the wrong isolation level; the log says what mends it.',
  not_found: 'There is nothing here by that name.',
  privileges: 'The database role may not do what is needed; the log says what mends it.',
  schema_outdated:
    'The database has an older schema. Run `npx tidegate migrate --from apps/console/supabase/migrations` (npm start does it by itself).',
  source_failed: 'The source view raised an error; the log says which.',
  source_missing: 'The source view is not there.',
};
