/** The cron endpoint: lets a bounded batch through the gate. The whole of its contract is `cronRoute`'s. */
import { cronRoute } from 'tidegate/http';
import { keepUntil, toItsEnd } from '../../../../lib/after.ts';
import { verifyRecords } from '../../../../lib/verification.ts';

export const maxDuration = 300;

const route = cronRoute(verifyRecords, { after: keepUntil, location: (id) => `/api/runs/${id}` });
export const { HEAD, OPTIONS } = route;
export const GET = toItsEnd(route.GET);
export const POST = toItsEnd(route.POST);
