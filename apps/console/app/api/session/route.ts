/** Signing in with the admin token, and out. */
import { forAnyone, isSecure, operatorOf } from '../../../lib/admission.ts';
import { answerNothing } from '../../../lib/answers.ts';
import { readBody } from '../../../lib/body.ts';
import { closeSession, cookiesOf } from '../../../lib/session.ts';
import { signIn } from '../../../lib/sign-in.ts';

export const POST = forAnyone(async (request) => {
  const { token } = await readBody(request);
  return answerNothing([await signIn(token, { secure: isSecure(request), nowMs: Date.now() })]);
});

export const DELETE = forAnyone(async (request) => {
  await operatorOf(request);
  return answerNothing(await closeSession(cookiesOf(request)));
});
