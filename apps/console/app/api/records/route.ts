/** Records: a list of them, and the intake. */
import { forOperator } from '../../../lib/admission.ts';
import { answer } from '../../../lib/answers.ts';
import { takeIn } from '../../../lib/intake.ts';
import { listRecords, requireRecords } from '../../../lib/queries.ts';

export const GET = forOperator(async ({ request }) => {
  const { searchParams } = new URL(request.url);
  const asked = (name: string): string | null => searchParams.get(name);
  return answer(await listRecords({ status: asked('status'), q: asked('q'), cursor: asked('cursor') }));
});

export const POST = forOperator(
  async ({ request }) => {
    await requireRecords();
    const recordId = await takeIn(request);
    return answer({ recordId }, { status: 201, headers: { location: `/api/records/${recordId}` } });
  },
  { upload: true },
);
