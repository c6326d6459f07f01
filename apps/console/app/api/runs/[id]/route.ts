/** One run with its results, or followed live. The cron secret may read what it started. */
import { cronOrOperator, forAnyone } from '../../../../lib/admission.ts';
import { answer } from '../../../../lib/answers.ts';
import { notFound } from '../../../../lib/errors.ts';
import { followRun, wantsEvents } from '../../../../lib/live.ts';
import { readRun } from '../../../../lib/queries.ts';

export const maxDuration = 300;

export const GET = forAnyone(async (request, params) => {
  const asker = await cronOrOperator(request);
  const run = await readRun(params.id ?? '');
  if (run === null || (asker === 'cron' && run.trigger !== 'cron')) throw notFound();
  return wantsEvents(request) ? followRun(run, request.signal) : answer(run);
});
