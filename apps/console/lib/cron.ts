/**
 * What the console asks in front of the cron endpoint, once the secret is right: a small body, and records to tick for.
 * Whoever has no secret, or none is set, hears the endpoint itself.
 */
import { forAnyone, holdsCronSecret } from './admission.ts';
import { requireSmallBody } from './body.ts';
import { requireRecords } from './queries.ts';

/** The handler behind those questions: 413 for a large body, 404 where no records are kept. */
export function forCron(handle: (request: Request) => Promise<Response>): ReturnType<typeof forAnyone> {
  return forAnyone(async (request) => {
    if (holdsCronSecret(request)) {
      requireSmallBody(request);
      await requireRecords();
    }
    return await handle(request);
  });
}
