/**
 * The AI's stand-in: a process of its own that answers `POST /<mean ms>/…` after the delay of the record it is asked about,
 * and remembers who was asked when. `GET /calls` tells it, `DELETE /calls` forgets it. Started by `openAi`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delayOf } from './job.ts';

/** One call: whom it was about, when it came and ended (ms since 1970; null while it lasts), whether it was answered. */
export interface Call {
  readonly id: string;
  readonly at: number;
  endedAt: number | null;
  answered: boolean;
}

/** What the stand-in has seen since it was last told to forget. */
export interface Seen {
  readonly calls: readonly Call[];
  readonly inFlightMax: number;
}

/** A running stand-in. */
export interface Ai {
  readonly url: string;
  /** Tells what it has seen. */
  look(): Promise<Seen>;
  /** Tells what it has seen, and forgets it. */
  seen(): Promise<Seen>;
  close(): Promise<void>;
}

/** Starts the stand-in in a process of its own. */
export async function openAi(): Promise<Ai> {
  const child: ChildProcess = fork(import.meta.filename, ['serve'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    look: async () => (await (await fetch(`${url}/calls`)).json()) as Seen,
    seen: async () => (await (await fetch(`${url}/calls`, { method: 'DELETE' })).json()) as Seen,
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

if (process.argv[1] === import.meta.filename && process.argv[2] === 'serve') serve();

function serve(): void {
  let calls: Call[] = [];
  let inFlight = 0;
  let inFlightMax = 0;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    if (path === '/calls') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ calls, inFlightMax }));
      if (request.method === 'DELETE') [calls, inFlightMax] = [[], inFlight];
      return;
    }
    const { recordId } = JSON.parse(await bodyOf(request)) as { recordId: string };
    const call: Call = { id: recordId, at: Date.now(), endedAt: null, answered: false };
    calls.push(call);
    inFlight += 1;
    inFlightMax = Math.max(inFlightMax, inFlight);
    const answer = (): void => {
      call.answered = true;
      response.setHeader('content-type', 'application/json');
      response.end(verdictOf(recordId));
    };
    const delayMs = delayOf(recordId, Number(path.split('/')[1]));
    const timer = delayMs === 0 ? undefined : setTimeout(answer, delayMs);
    response.on('close', () => {
      inFlight -= 1;
      call.endedAt = Date.now();
      clearTimeout(timer);
    });
    if (delayMs === 0) answer();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** About 600 B, and an answer of the executor's protocol as well. */
function verdictOf(id: string): string {
  const finding = (field: string): object => ({
    field,
    result: 'match',
    page: 1,
    quote: `${field} ${id}`,
    box: [120, 240, 480, 272],
  });
  return JSON.stringify({ verdict: 'verified', findings: ['company', 'total', 'date', 'number', 'tax'].map(finding) });
}
