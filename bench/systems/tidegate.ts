/**
 * Our own side, as a user has it: a gate with an apply in SQL over a view. As one long run by the library, and as ticks of
 * 100 through the cron route on a real server, by one caller or by two that overlap.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { cronRoute, httpWork } from '../../packages/tidegate/src/http.ts';
import {
  createGate,
  endPreviousLife,
  type Gate,
  type Json,
  migrate,
  openPoolFor,
  type RunResult,
} from '../../packages/tidegate/src/index.ts';
import { APPLY, GATE, SOURCE } from '../drain/job.ts';
import { askAi, type Payload } from '../drain/work.ts';
import type { Ready, Site, System } from './system.ts';

const TICK = 100;
const CLOCK_MS = 1_000;

/** One long run: what `tidegate run` and "run now" do. */
export const library: System = {
  install,
  async open(site) {
    const { gate, close } = await gateAt(site, inProcess(site));
    return {
      async drain() {
        await gate.run({
          drain: true,
          onResult: ({ recordId, ok, status }) =>
            ok ? site.done(recordId) : site.failed(recordId, new Error(`answered ${status}`)),
        });
      },
      close,
    };
  },
};

/** An instance whose clock calls every second. */
export const clock: System = {
  install,
  async open(site) {
    const { gate, close } = await gateAt(site, inProcess(site));
    return {
      async drain() {
        while (!site.isFinished()) {
          const { results } = await gate.run({ trigger: 'cron' });
          for (const { recordId, ok } of results) if (ok) site.done(recordId);
          await sleep(CLOCK_MS);
        }
      },
      close,
    };
  },
};

/** Ticks of 100 through the endpoint, each caller's one after another. */
export function endpoint({ callers, executor = false }: { callers: number; executor?: boolean }): System {
  return {
    install,
    async open(site) {
      const { gate, close } = await gateAt(site, executor ? httpWork(site.executorUrl) : inProcess(site));
      const server = await serve(gate);
      const tickUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/cron/${GATE}`;
      return {
        async drain() {
          await Promise.all(Array.from({ length: callers }, () => call(site, tickUrl)));
        },
        async close() {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          await closed;
          await close();
        },
      };
    },
  };
}

type Work = Parameters<typeof createGate<Payload, unknown>>[0]['work'];

function inProcess({ aiUrl }: Site): Work {
  return ({ key, payload }, { signal }) => askAi(aiUrl, key, payload, signal);
}

async function install({ url }: Pick<Site, 'url'>): Promise<void> {
  await migrate({ url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(SOURCE);
  } finally {
    await client.end();
  }
}

async function gateAt({ url, cap }: Site, work: Work): Promise<{ gate: Gate } & Pick<Ready, 'close'>> {
  const database = openPoolFor(url);
  // What a start does before it opens a run: the leases of a process that was killed are nobody's any more.
  await endPreviousLife(database, process.env.TIDEGATE_LAUNCHER ?? '');
  const limits = { concurrencyMax: cap, batchMax: TICK };
  // The whole verdict stands in the user's row; the log of attempts keeps its word, as the console's gate has it.
  const summary = (value: unknown): Json => ({ verdict: (value as { verdict: string }).verdict });
  const gate = createGate<Payload, unknown>({ name: GATE, work, apply: APPLY, summary, database, limits });
  return {
    gate,
    async close() {
      await gate.close();
      await database.end();
    },
  };
}

async function serve(gate: Gate): Promise<Server> {
  const route = cronRoute(gate);
  const server = createServer(async (incoming, outgoing) => {
    const response = await route.POST(requestOf(incoming));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function requestOf({ url = '/', method = 'POST', headers }: IncomingMessage): Request {
  const sent = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
  return new Request(new URL(url, 'http://127.0.0.1'), { method, headers: sent });
}

/** One tick after another. A caller that found every place taken waits a moment. */
async function call(site: Site, tickUrl: string): Promise<void> {
  const headers = { authorization: `Bearer ${process.env.CRON_SECRET}` };
  while (!site.isFinished()) {
    const answer = await fetch(tickUrl, { method: 'POST', headers });
    if (!answer.ok) throw new Error(`the tick answered ${answer.status}: ${await answer.text()}`);
    const { processed, results } = (await answer.json()) as RunResult;
    for (const { recordId, ok, status } of results) {
      if (ok) site.done(recordId);
      else site.failed(recordId, new Error(`answered ${status}`));
    }
    if (processed === 0 && !site.isFinished()) await sleep(Math.max(10, site.meanMs / 10));
  }
}
