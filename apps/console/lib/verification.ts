/**
 * The product on one screen: a view says which records want work, the verifier reads their attachments, and one update
 * writes the verdict. The gate in between leases, bounds, retries and remembers.
 */
import type { Verdict } from '@tidegate/verifier';
import { type AttemptContext, createGate, type Gate, type GateOptions, type Item, TidegateError } from 'tidegate';
import { type ExecutorAnswer, httpWork } from 'tidegate/http';
import { z } from 'zod';
import { readAttachments } from './attachments.ts';
import { blameFarEnd, blameReading } from './blame.ts';
import { readEnvironment } from './environment.ts';
import { processVerifier } from './reading.ts';

/** The gate's name; its source is the view `tidegate.verify_records`. */
export const recordsGate = 'verify-records';

const payload = z.object({
  kind: z.string(),
  locale: z.string().nullable(),
  claims: z.unknown(),
  attachments: z.array(z.object({ path: z.string() })),
});

/** What the view says of a record. */
export type Submission = z.infer<typeof payload>;
/** What an attempt brings: a verdict made here, or what a far end answered. */
type Answer = Verdict | ExecutorAnswer;
type Options = GateOptions<Submission, Answer>;

/** One attempt in this process: read the files, verify the claims against them. */
export const verifyHere = async (item: Item<Submission>, { signal }: AttemptContext): Promise<Verdict> => {
  const attachments = await readAttachments(item.payload.attachments);
  return await processVerifier()
    .verify({ ...item.payload, attachments }, { signal })
    .catch(blameReading);
};

/** One attempt elsewhere. A file that is missing there is as missing as here. */
const askFarEnd = (url: string): Options['work'] => {
  const ask = httpWork(url);
  return async (item, at) => await ask(item, at).catch(blameFarEnd);
};

/** A machine's verdict stands only on the revision it was made for, and never over a person's. */
const apply = `
  update public.records r
  set verification_status = s.body->>'verdict', verdict = s.body, submitted_at = clock_timestamp()
  from settled s
  where r.id = s.key and r.verification_status = 'pending' and r.revision::text = s.revision
  returning r.id`;

const place = Symbol.for(`tidegate.gate.${recordsGate}`);
const shelf = globalThis as { [key: symbol]: Gate | undefined };

/** The gate over this application's records, made on first use and one a process. */
export function verifyRecords(): Gate {
  const known = shelf[place];
  if (known !== undefined) return known;
  const { executorUrl, limits, records } = readEnvironment();
  if (!records) throw new TidegateError('not_found', 'RECORDS is off: this program has no gate of its own.');
  const gate = createGate<Submission, Answer>({
    name: recordsGate,
    payload,
    work: executorUrl === null ? verifyHere : askFarEnd(`${executorUrl.replace(/\/+$/, '')}/api/admin/records`),
    apply,
    summary: ({ verdict, reasons }) => ({ verdict, reasons }),
    cost: ({ costMicros }) => costMicros ?? 0,
    tokens: ({ tokens }) => tokens ?? 0,
    limits,
  });
  shelf[place] = gate;
  return gate;
}
