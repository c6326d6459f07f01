/** One page of a file as an upright picture, drawn anew in a reading process. */
import { forOperator } from '../../../../../../../../lib/admission.ts';
import { answerBytes } from '../../../../../../../../lib/answers.ts';
import { attachmentPage } from '../../../../../../../../lib/files.ts';

export const GET = forOperator(async ({ request, params }) => {
  const page = await attachmentPage(params.id ?? '', params.n ?? '', { page: params.p ?? '', signal: request.signal });
  return answerBytes(page.bytes, { mediaType: page.mediaType, name: page.name });
});
