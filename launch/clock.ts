// The local clock: calls the cron endpoint on the schedule, as a scheduler elsewhere would, and says what it answered. Ticks may
// overlap (the gate's cap is exact); only a server that answers nothing for several ticks is left alone until it does.
import { request } from 'node:http';
import { Cron } from 'croner';

/** A clock that runs. */
export interface Clock {
  /** Ticks once at once, beside the schedule. */
  tick(): Promise<void>;
  /** When the schedule ticks next, or null. */
  next(): Date | null;
  /** No more ticks; those under way are hung up on, which changes nothing for them. */
  stop(): void;
}

export interface ClockOptions {
  readonly url: string;
  readonly secret: string;
  /** A cron pattern; null only ticks when told to. */
  readonly schedule: string | null;
  readonly timeZone: string;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
}

const TICKS_AT_ONCE_MAX = 3;

/** Starts the clock. */
export function startClock(options: ClockOptions): Clock {
  const stopping = new AbortController();
  let under = 0;
  const tick = async (): Promise<void> => {
    if (under >= TICKS_AT_ONCE_MAX) {
      options.log(`Tick left out: ${under} are still waiting for an answer.`);
      return;
    }
    under++;
    const said = await call(options, stopping.signal);
    under--;
    if (!stopping.signal.aborted) options.log(`Tick: ${said}`);
  };
  const cron =
    options.schedule === null
      ? null
      : new Cron(options.schedule, { timezone: options.timeZone, mode: '5-or-6-parts' }, () => void tick());
  return {
    tick,
    next: () => cron?.nextRun() ?? null,
    stop: () => {
      cron?.stop();
      stopping.abort();
    },
  };
}

/** One call, put into words: the answer's own message, or its status and error. */
async function call(options: ClockOptions, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const outgoing = request(
    options.url,
    {
      method: 'POST',
      agent: false,
      signal,
      headers: { authorization: `Bearer ${options.secret}` },
      timeout: options.timeoutMs,
    },
    (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve(inWords(answer.statusCode ?? 0, body)));
      answer.on('error', (cause) => resolve(cause.message));
    },
  );
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${options.timeoutMs / 1000} s`)));
  outgoing.on('error', (cause) => resolve(cause.message));
  outgoing.end();
  return await promise;
}

function inWords(status: number, body: string): string {
  try {
    const { message, error } = JSON.parse(body) as { message?: string; error?: { code?: string; message?: string } };
    if (status === 200 && typeof message === 'string') return message;
    return `status ${status} ${error?.code ?? ''} ${error?.message ?? message ?? ''}`.trim();
  } catch {
    return `status ${status}`;
  }
}
