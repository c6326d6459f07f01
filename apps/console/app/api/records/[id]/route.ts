/** One record with everything that is known about it. */
import { forOperator } from '../../../../lib/admission.ts';
import { answer } from '../../../../lib/answers.ts';
import { notFound } from '../../../../lib/errors.ts';
import { readRecord } from '../../../../lib/queries.ts';

export const GET = forOperator(async ({ params }) => {
  const record = await readRecord(params.id ?? '');
  if (record === null) throw notFound();
  return answer(record);
});
