/** Verifies one record now; with an executor's token, for another instance's gate, without writing. */
import { verifyExecutor } from 'tidegate/http';
import { forAnyone, operatorOf } from '../../../../lib/admission.ts';
import { toItsEnd } from '../../../../lib/after.ts';
import { answer } from '../../../../lib/answers.ts';
import { readBody, textField } from '../../../../lib/body.ts';
import { verifyForLease } from '../../../../lib/far-end.ts';
import { verifyNow } from '../../../../lib/verify-now.ts';

export const maxDuration = 300;

export const POST = toItsEnd(
  forAnyone(async (request) => {
    const lease = verifyExecutor(request);
    if (lease !== null) return answer(await verifyForLease(lease, await readBody(request), request.signal));
    await operatorOf(request);
    return answer(await verifyNow(textField(await readBody(request), 'recordId')));
  }),
);
