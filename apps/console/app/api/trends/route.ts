/** What a gate did per hour or day. */
import { forOperator } from '../../../lib/admission.ts';
import { answer } from '../../../lib/answers.ts';
import { wholeNumber } from '../../../lib/body.ts';
import { readTrends } from '../../../lib/queries.ts';
import { recordsGate } from '../../../lib/verification.ts';

export const GET = forOperator(async ({ request }) => {
  const { searchParams } = new URL(request.url);
  const days = wholeNumber(searchParams.get('days'), { field: 'days', fallback: 7, max: 366 });
  return answer(await readTrends(searchParams.get('gate') || recordsGate, days));
});
