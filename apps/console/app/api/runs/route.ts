/** Runs of all gates, or of one. */
import { forOperator } from '../../../lib/admission.ts';
import { answer } from '../../../lib/answers.ts';
import { listRuns } from '../../../lib/queries.ts';

export const GET = forOperator(async ({ request }) => {
  const { searchParams } = new URL(request.url);
  const gate = searchParams.get('gate');
  const cursor = searchParams.get('cursor');
  return answer(await listRuns({ ...(gate ? { gate } : {}), ...(cursor ? { cursor } : {}) }));
});
