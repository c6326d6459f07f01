/**
 * Who may do what. Every handler is made here, so that none exists without having asked: the operator's, by bearer or by
 * cookie. Also signing in, where wrong tokens are slowed down and the right one never is.
 */
import { bearerIs } from 'tidegate/http';
import { answerThrown } from './answers.ts';
import { requireSmallBody } from './body.ts';
import { requireSchema } from './database.ts';
import { readEnvironment, secretLengthMin } from './environment.ts';
import { InputError } from './errors.ts';
import { carriesSession, cookiesOf, readOperator } from './session.ts';
import type { Operator } from './views.ts';

/** The path's variable parts. */
type Params = Readonly<Record<string, string>>;

/** What Next hands a route beside the request. */
interface Route {
  readonly params?: Promise<Params>;
}

/** What a handler is told: the request, the path's variable parts, who asks. */
export interface Asked {
  readonly request: Request;
  readonly params: Params;
  readonly operator: Operator;
}

type Handler = (request: Request, route: Route) => Promise<Response>;

/** A handler for operators only; what it throws becomes an answer. Only an upload may be large. */
export function forOperator(
  handle: (asked: Asked) => Promise<Response>,
  { upload = false }: { upload?: boolean } = {},
): Handler {
  return forAnyone(async (request, params) => {
    const operator = await operatorOf(request);
    if (!upload) requireSmallBody(request);
    await requireSchema();
    return await handle({ request, params, operator });
  });
}

/** A handler that decides by itself who may ask; what it throws becomes an answer. */
export function forAnyone(handle: (request: Request, params: Params) => Promise<Response>): Handler {
  return async (request, route) => {
    try {
      return await handle(request, (await route?.params) ?? {});
    } catch (thrown) {
      return answerThrown(thrown);
    }
  };
}

/**
 * Who asks, by the bearer or by the session's cookie.
 * @throws InputError 500 without an admin token to compare with, 401 for everybody else, 403 for a foreign page.
 */
export async function operatorOf(request: Request): Promise<Operator> {
  const token = requireAdminToken();
  if (bearerIs(request, [token])) return { name: 'admin' };
  const jar = cookiesOf(request);
  // A bearer that is wrong is wrong, whatever cookie comes with it.
  if (request.headers.get('authorization') === null && carriesSession(jar)) {
    await requireSchema();
    const operator = await readOperator(jar);
    if (operator !== null) {
      requireSameOrigin(request);
      return operator;
    }
  }
  throw unauthorized();
}

/** Who may read a run: whoever holds the cron secret, or an operator. @throws InputError as `operatorOf` does. */
export async function cronOrOperator(request: Request): Promise<'cron' | 'operator'> {
  if (holdsCronSecret(request)) return 'cron';
  await operatorOf(request);
  return 'operator';
}

/** Whether the bearer is a cron secret in force. */
export function holdsCronSecret(request: Request): boolean {
  return bearerIs(
    request,
    readEnvironment().cronSecrets.filter((secret) => secret.length >= secretLengthMin),
  );
}

/**
 * The admin token, fit to be compared with.
 * @throws InputError 500 when it is unset or weak: admin is never open.
 */
export function requireAdminToken(): string {
  const { adminToken } = readEnvironment();
  if (adminToken === null) throw new InputError(500, 'admin_token_missing', 'ADMIN_TOKEN is not set.');
  if (adminToken.length < secretLengthMin) {
    throw new InputError(500, 'admin_token_weak', `ADMIN_TOKEN has fewer than ${secretLengthMin} characters.`);
  }
  return adminToken;
}

/** Whether the page that asks came over TLS; a proxy in front may have taken that off. */
export function isSecure(request: Request): boolean {
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== 'null') return origin.startsWith('https:');
  const forwarded = request.headers.get('x-forwarded-proto');
  return (forwarded?.split(',')[0]?.trim() ?? new URL(request.url).protocol.replace(':', '')) === 'https';
}

/** Throws 403 for an unsafe method that did not come from a page of this very host. */
export function requireSameOrigin(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = URL.parse(request.headers.get('origin') ?? '');
  if (origin === null || origin.host === '' || origin.host !== request.headers.get('host')?.toLowerCase()) {
    throw new InputError(403, 'cross_origin', 'The request did not come from a page of this host.');
  }
}

/** What everybody gets who is not known. */
export function unauthorized(): InputError {
  return new InputError(401, 'unauthorized', 'This needs the right token.', {
    headers: { 'www-authenticate': 'Bearer realm="tidegate"' },
  });
}
