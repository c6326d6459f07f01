/** Where a record stands in the review queue, and its neighbours there. The queue is the list that people see. */
import { listRecords } from '../../lib/queries.ts';

export interface QueuePlace {
  /** Counted from 1; null when the record is no longer in the queue, as after a ruling. */
  readonly at: number | null;
  readonly count: number;
  readonly atLeast: boolean;
  readonly previous: string | null;
  readonly next: string | null;
}

/** Pages of a hundred that are looked through for a record; beyond them only the first is offered. */
const pagesMax = 5;

export async function readQueuePlace(id: string): Promise<QueuePlace> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const list = await listRecords({ status: 'needs_review', limit: 100, cursor });
    ids.push(...list.records.map((record) => record.id));
    cursor = list.cursor;
    const at = ids.indexOf(id);
    if (cursor === null || (at >= 0 && at < ids.length - 1)) break;
  }
  const at = ids.indexOf(id);
  return {
    at: at < 0 ? null : at + 1,
    count: ids.length,
    atLeast: cursor !== null,
    previous: at > 0 ? (ids[at - 1] ?? null) : null,
    next: at < 0 ? (ids[0] ?? null) : (ids[at + 1] ?? null),
  };
}
