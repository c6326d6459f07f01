/** Runs a gate until its source is drained; the answer comes as soon as the run has an id. */
import { forOperator } from '../../../../../lib/admission.ts';
import { keepUntil } from '../../../../../lib/after.ts';
import { answer } from '../../../../../lib/answers.ts';
import { runGate } from '../../../../../lib/gate-verbs.ts';

export const maxDuration = 300;

export const POST = forOperator(async ({ params }) => {
  const { runId, finished } = await runGate(params.name ?? '');
  keepUntil(finished);
  return answer({ runId }, { status: 202, headers: { location: `/api/runs/${runId}` } });
});
