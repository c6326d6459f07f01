/** One gate: state, backlog, forecast. */

import { forOperator } from '../../../../lib/admission.ts';
import { answer } from '../../../../lib/answers.ts';
import { mustReadGate } from '../../../../lib/gate-verbs.ts';

export const GET = forOperator(async ({ params }) => answer(await mustReadGate(params.name ?? '')));
