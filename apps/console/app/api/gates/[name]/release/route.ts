/** Lets parked items of a gate run again, by their keys. */
import { forOperator } from '../../../../../lib/admission.ts';
import { answer } from '../../../../../lib/answers.ts';
import { readBody } from '../../../../../lib/body.ts';
import { releaseKeys } from '../../../../../lib/gate-verbs.ts';

export const POST = forOperator(async ({ request, params }) =>
  answer(await releaseKeys(params.name ?? '', await readBody(request))),
);
