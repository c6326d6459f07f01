/** The cron endpoint: lets a bounded batch through the gate. Nearly the whole of its contract is `cronRoute`'s. */
import { cronRoute } from 'tidegate/http';
import { keepUntil, toItsEnd } from '../../../../lib/after.ts';
import { forCron } from '../../../../lib/cron.ts';
import { verifyRecords } from '../../../../lib/verification.ts';

export const maxDuration = 300;

const route = cronRoute(verifyRecords, { after: keepUntil, location: (id) => `/api/runs/${id}` });
export const { HEAD, OPTIONS } = route;
export const GET = toItsEnd(forCron(route.GET));
export const POST = toItsEnd(forCron(route.POST));
