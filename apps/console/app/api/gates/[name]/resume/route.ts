/** Opens a gate that was paused or shut. */
import { forOperator } from '../../../../../lib/admission.ts';
import { answer } from '../../../../../lib/answers.ts';
import { resumeGate } from '../../../../../lib/gate-verbs.ts';

export const POST = forOperator(async ({ params }) => answer(await resumeGate(params.name ?? '')));
