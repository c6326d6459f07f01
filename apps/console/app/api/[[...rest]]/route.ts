/** Paths that are none, `/api` itself among them: the API speaks JSON here too. */
import { forAnyone } from '../../../lib/admission.ts';
import { notFound } from '../../../lib/errors.ts';

const nothing = forAnyone(async () => {
  throw notFound();
});

export { nothing as DELETE, nothing as GET, nothing as PATCH, nothing as POST, nothing as PUT };
