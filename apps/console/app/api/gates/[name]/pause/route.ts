/** Pauses a gate: nothing is leased until somebody resumes it. */
import { forOperator } from '../../../../../lib/admission.ts';
import { answer } from '../../../../../lib/answers.ts';
import { readBodyIfAny } from '../../../../../lib/body.ts';
import { pauseGate } from '../../../../../lib/gate-verbs.ts';

export const POST = forOperator(async ({ request, params, operator }) =>
  answer(await pauseGate(params.name ?? '', operator, await readBodyIfAny(request))),
);
