/** Keeps the choice of a language and goes back to the page it was made on. Anyone may choose, before signing in too. */
import { forAnyone, isSecure } from '../../../lib/admission.ts';
import { notFound } from '../../../lib/errors.ts';
import { localPath } from '../../../lib/local-path.ts';
import { cookieFor, localeOf } from '../../../lib/words/choose.ts';

export const GET = forAnyone(async (request, params) => {
  const locale = localeOf(params.locale);
  if (locale === null) throw notFound();
  const location = localPath(new URL(request.url).searchParams.get('from'));
  const headers = {
    location,
    'set-cookie': cookieFor(locale, { secure: isSecure(request) }),
    'cache-control': 'no-store',
  };
  return new Response(null, { status: 303, headers });
});
