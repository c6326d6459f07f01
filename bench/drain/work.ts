/**
 * The work, the same code for every system: read the record, ask the AI, write the verdict. The gate brings the record with
 * the lease and writes by `apply`, so it uses the asking alone.
 */
import { Agent, request } from 'node:http';
import type { Json } from '../../packages/tidegate/src/types.ts';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Anything with a query method: a pool or a client of any copy of pg. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** What is asked about: the claims and the paths of the attachments. */
export type Payload = Json;

/** One call to the AI at `url` about this record. Throws when it does not answer 200. */
export async function askAi(url: string, recordId: string, payload: Payload, signal?: AbortSignal): Promise<Json> {
  const body = JSON.stringify({ recordId, payload });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const { promise, resolve, reject } = Promise.withResolvers<Json>();
  const asking = request(url, { method: 'POST', agent, headers, ...(signal === undefined ? {} : { signal }) });
  asking.on('error', reject);
  asking.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('error', reject);
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => {
      if (response.statusCode === 200) resolve(JSON.parse(text) as Json);
      else reject(new Error(`the AI answered ${response.statusCode}`));
    });
  });
  asking.end(body);
  return await promise;
}

/** Reads the record, asks, writes the verdict where the record is still the one that was read. */
export async function workOn(database: Queryable, url: string, id: string): Promise<void> {
  const { rows } = await database.query(READ, [id]);
  const record = rows[0] as { revision: string; payload: Payload } | undefined;
  if (record === undefined) return;
  const verdict = await askAi(url, id, record.payload);
  await database.query(WRITE, [id, JSON.stringify(verdict), record.revision]);
}

const READ = `
select a.revision::text as revision, jsonb_build_object('company', a.company, 'claims', a.claims, 'attachments',
  (select jsonb_agg(t.path) from public.attachments t where t.application = a.id)) as payload
from public.applications a
where a.id = $1 and a.status = 'pending'`;

const WRITE = `
update public.applications a set status = $2::jsonb->>'verdict', verdict = $2::jsonb
where a.id = $1 and a.status = 'pending' and a.revision::text = $3`;

/** The oldest pending records' ids. */
export const PENDING = `
select a.id from public.applications a where a.status = 'pending' order by a.created_at, a.id limit $1`;
