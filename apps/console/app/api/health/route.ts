/** Whether requests can be served: up or not, and nothing else. */
import { answer } from '../../../lib/answers.ts';
import { isHealthy } from '../../../lib/health.ts';

export const GET = async (_request: Request): Promise<Response> => {
  const healthy = await isHealthy();
  return healthy
    ? answer({ status: 'ok' })
    : answer({ status: 'unavailable' }, { status: 503, headers: { 'retry-after': '5' } });
};
