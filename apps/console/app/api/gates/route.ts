/** Every gate of this database. */
import { forOperator } from '../../../lib/admission.ts';
import { answer } from '../../../lib/answers.ts';
import { listGates } from '../../../lib/queries.ts';

export const GET = forOperator(async () => answer({ gates: await listGates() }));
