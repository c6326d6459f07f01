/** Lets a parked record run again. */
import { release } from '../../../../../lib/actions.ts';
import { forOperator } from '../../../../../lib/admission.ts';
import { answer } from '../../../../../lib/answers.ts';
import { readRecord } from '../../../../../lib/queries.ts';

export const POST = forOperator(async ({ params }) => {
  const id = params.id ?? '';
  await release(id);
  return answer(await readRecord(id));
});
