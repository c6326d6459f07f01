/** A person's decision on a record. */
import { readRuling, rule } from '../../../../../lib/actions.ts';
import { forOperator } from '../../../../../lib/admission.ts';
import { answer } from '../../../../../lib/answers.ts';
import { readBody } from '../../../../../lib/body.ts';
import { readRecord } from '../../../../../lib/queries.ts';

export const POST = forOperator(async ({ request, params, operator }) => {
  const id = params.id ?? '';
  await rule(id, readRuling(await readBody(request)), operator);
  return answer(await readRecord(id));
});
