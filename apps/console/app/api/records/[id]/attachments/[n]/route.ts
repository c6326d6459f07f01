/** The bytes of a file as they were uploaded, in a sandbox: they come from strangers. */
import { forOperator } from '../../../../../../lib/admission.ts';
import { answerBytes } from '../../../../../../lib/answers.ts';
import { attachmentBytes } from '../../../../../../lib/files.ts';

export const GET = forOperator(async ({ params }) => {
  const { bytes, mediaType, name } = await attachmentBytes(params.id ?? '', params.n ?? '');
  return answerBytes(bytes, { mediaType, name });
});
