/**
 * Findings about a deployed cron endpoint, asked without its secret: it has to refuse by itself. Asks for a dry run, so
 * that an endpoint that lets everybody in opens no gate by it.
 */
import { error, type Finding, present, warning } from './finding.ts';

const ANSWER_MS_MAX = 15_000;
const BODY_LENGTH_READ = 4_000;

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly server: string;
  readonly body: string;
}

/** All findings about the endpoint at `url`. */
export async function endpointFindings(url: URL, fetcher: typeof fetch = fetch): Promise<readonly Finding[]> {
  const dry = new URL(url);
  dry.searchParams.set('dry_run', '1');
  let get: Answer;
  try {
    get = await ask(fetcher, dry, 'GET');
  } catch (cause) {
    return [unreachable(url, cause as Error)];
  }
  const wrong = plain(url);
  const barrier = signIn(url, get) ?? redirect(url, get) ?? refusal(url, get);
  if (barrier !== null) return present([wrong, barrier]);
  return present([wrong, head(url, await ask(fetcher, dry, 'HEAD'))]);
}

async function ask(fetcher: typeof fetch, url: URL, method: string): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const response = await fetcher(url, { method, redirect: 'manual', signal });
  const body = method === 'HEAD' ? '' : (await response.text()).slice(0, BODY_LENGTH_READ);
  const server = `${response.headers.get('server') ?? ''} ${response.headers.get('set-cookie') ?? ''}`;
  return { status: response.status, location: response.headers.get('location'), server, body };
}

function unreachable(url: URL, { message, cause }: Error): Finding {
  const why = (cause as Error | undefined)?.message || message;
  return error('endpoint_unreachable', `${url.href} does not answer: ${why}.`, `curl -i ${url.href}`);
}

function plain(url: URL): Finding | null {
  if (url.protocol === 'https:' || /^(localhost|127\.|\[::1\])/.test(url.hostname)) return null;
  return warning(
    'endpoint_plain',
    `${url.href} is not encrypted: the secret would be read on the way.`,
    `Call it as https://${url.host}${url.pathname}.`,
  );
}

/** A platform that asks its own visitors to sign in answers before the gate does. */
function signIn(url: URL, { status, location, server, body }: Answer): Finding | null {
  const theirs =
    /vercel\.com\/sso|cloudflareaccess\.com|accounts\.google\.com|login\.microsoftonline|\/(sign-?in|log-?in|auth)\b/i;
  const page = (status === 401 || status === 403) && /<html|<!doctype/i.test(body);
  if (!page && !(status >= 300 && status < 400 && theirs.test(location ?? '')) && !/_vercel_sso_nonce/.test(server)) {
    return null;
  }
  const vercel = /vercel/i.test(`${server} ${location} ${body}`);
  return error(
    'platform_sign_in',
    `A sign-in page stands before ${url.href}: no cron caller gets past it.`,
    vercel
      ? 'Vercel, Project Settings, Deployment Protection: protect previews only, or call the production domain (or send the header x-vercel-protection-bypass).'
      : `Leave ${url.pathname} out of what asks for a sign-in (in Next.js: the matcher of proxy.ts): the route refuses by itself.`,
  );
}

function redirect(url: URL, { status, location }: Answer): Finding | null {
  if (status < 300 || status >= 400) return null;
  const to = URL.canParse(location ?? '', url) ? new URL(location ?? '', url) : url;
  to.searchParams.delete('dry_run');
  return error(
    'endpoint_redirects',
    `${url.href} redirects to ${to.href}: cron callers do not follow, or lose the secret on the way.`,
    `npx tidegate check --url ${to.href} # and let the schedule call that address`,
  );
}

function refusal(url: URL, { status, body }: Answer): Finding | null {
  const code = /"code"\s*:\s*"([a-z_]+)"/.exec(body)?.[1];
  if (status === 401 && code === 'unauthorized') return null;
  if (code === 'cron_secret_missing' || code === 'cron_secret_weak') {
    const says = code === 'cron_secret_missing' ? 'has no CRON_SECRET' : 'has a CRON_SECRET under 16 characters';
    return error(
      code,
      `${url.href} ${says}: it refuses everybody.`,
      'Set CRON_SECRET to the output of "openssl rand -hex 32" (on Vercel: "openssl rand -hex 32 | vercel env add CRON_SECRET production") and deploy again.',
    );
  }
  if (status >= 200 && status < 300) {
    return error(
      'endpoint_open',
      `${url.href} answers ${status} without the secret: anybody may open the gate.`,
      'export const { GET, POST, HEAD, OPTIONS } = cronRoute(gate, { after }); // it checks the secret itself',
    );
  }
  if (status === 404 || status === 405) {
    return error(
      'endpoint_missing',
      `${url.href} answers ${status}: there is no cron route.`,
      'npx tidegate init # writes app/api/cron/<gate>/route.ts; then deploy',
    );
  }
  return error(
    'endpoint_refuses',
    `${url.href} answers ${status}${code === undefined ? '' : ` ${code}`} without the secret, not 401 unauthorized.`,
    `curl -i ${url.href} # and see the function's log`,
  );
}

function head(url: URL, { status }: Answer): Finding | null {
  if (status === 405) return null;
  return error(
    'endpoint_head',
    `HEAD ${url.href} answers ${status}, not 405: a link checker would open the gate.`,
    'export const { GET, POST, HEAD, OPTIONS } = cronRoute(gate, { after }); // all four',
  );
}
