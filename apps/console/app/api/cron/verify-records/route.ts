/** The cron endpoint: lets a bounded batch through the gate. The whole of its contract is `cronRoute`'s. */
import { after } from 'next/server.js';
import { cronRoute } from 'tidegate/http';
import { verifyRecords } from '../../../../lib/verification.ts';

export const maxDuration = 300;

export const { GET, POST, HEAD, OPTIONS } = cronRoute(verifyRecords, { after, location: (id) => `/api/runs/${id}` });
