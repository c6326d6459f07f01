/** Counts for Prometheus. */
import { forOperator } from '../../../lib/admission.ts';
import { answerText } from '../../../lib/answers.ts';
import { metrics } from '../../../lib/metrics.ts';

export const GET = forOperator(async () => answerText(await metrics(), 'text/plain; version=0.0.4; charset=utf-8'));
