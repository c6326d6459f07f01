// A proxy before PostgreSQL that knows where the messages of its protocol end, so that a test can strike exactly between
// two of them. Two moments can be told apart from outside: `asked`, the Sync after which the server commits, and `answered`,
// the ReadyForQuery at which the driver believes the answer. Knows nothing of gates.
import { createServer, connect as dial, type Socket } from 'node:net';
import type { Scope } from '../../../test/database.ts';

/** One moment on the wire, before it happens. `nth` counts them from 1 since the last `restart`. */
export interface Moment {
  readonly event: 'asked' | 'answered';
  readonly nth: number;
  /** The statement in question. */
  readonly text: string;
}

/** What becomes of it: passed on; the connection cut instead; or lost together with all that would follow, without a word. */
export type Fate = 'pass' | 'cut' | 'swallow';

export interface WireProxy {
  /** The database's URL, through the proxy. */
  readonly url: string;
  act: (moment: Moment) => Fate | Promise<Fate>;
  /** While true, bytes vanish in both directions, and what was open then stays dumb for ever. */
  hole: boolean;
  /** Connections of clients that are open now. */
  readonly open: number;
  /** Moments are counted from 1 again. */
  restart(): void;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  text: string;
  asking: boolean;
  dumb: boolean;
}

const SYNC = 0x53;
const SIMPLE = 0x51;
const PARSE = 0x50;
const READY = 0x5a;

/** Listens on loopback before the server of `url`; every moment passes until `act` says otherwise. */
export async function proxyFor(scope: Scope, url: string): Promise<WireProxy> {
  const target = new URL(url);
  const lines = new Set<Line>();
  const clients = new Set<Socket>();
  let nth = 0;
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = dial({ host: target.hostname, port: Number(target.port) });
    // Messages are passed on one by one: held back for company, each would wait 40 ms for the last one's receipt.
    for (const socket of [client, server]) socket.setNoDelay(true);
    const line: Line = { client, server, text: '', asking: false, dumb: proxy.hole };
    lines.add(line);
    const moment = async (event: Moment['event']): Promise<Fate> => {
      nth += 1;
      return await proxy.act({ event, nth, text: line.text });
    };
    pump(line, client, server, fromClient(line, moment), proxy);
    pump(line, server, client, fromServer(line, moment), proxy);
    // A goodbye vanishes in a black hole like everything else: it is not answered.
    client.once('end', () => {
      lines.delete(line);
      server.destroy();
      if (!line.dumb && !proxy.hole) client.end();
    });
    client.once('close', () => {
      lines.delete(line);
      clients.delete(client);
      server.destroy();
    });
    clients.add(client);
    server.once('close', () => line.dumb || client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const through = new URL(url);
  through.port = String(typeof address === 'object' ? address?.port : 0);
  scope.after(async () => {
    for (const client of clients) client.destroy();
    await new Promise<void>((resolve) => listener.close(() => resolve()));
  });
  const proxy: WireProxy = {
    url: through.href,
    act: () => 'pass',
    hole: false,
    get open() {
      return lines.size;
    },
    restart: () => {
      nth = 0;
    },
  };
  return proxy;
}

/** Looks at one whole message and says what becomes of it. */
type Look = (type: number, message: Buffer) => Fate | Promise<Fate>;

/** Passes whole messages on, one after the other, as their fates are. */
function pump(line: Line, from: Socket, to: Socket, look: { first: boolean; look: Look }, proxy: WireProxy): void {
  let pending = Buffer.alloc(0);
  let turn = Promise.resolve();
  const take = async (): Promise<void> => {
    for (;;) {
      // Only a client's first message has no type.
      const head = look.first ? 0 : 1;
      if (pending.length < head + 4) return;
      const size = head + pending.readUInt32BE(head);
      if (pending.length < size) return;
      const message = pending.subarray(0, size);
      pending = pending.subarray(size);
      const fate = look.first ? 'pass' : await look.look(message[0] ?? 0, message);
      look.first = false;
      if (proxy.hole || fate === 'swallow') line.dumb = true;
      if (line.dumb) continue;
      if (fate === 'cut') {
        line.client.destroy();
        line.server.destroy();
        return;
      }
      to.write(message);
    }
  };
  from.on('data', (chunk) => {
    turn = turn.then(() => {
      pending = Buffer.concat([pending, chunk]);
      return take();
    });
  });
  from.on('error', () => {});
}

function fromClient(line: Line, moment: (event: 'asked') => Promise<Fate>): { first: boolean; look: Look } {
  return {
    first: true,
    look: (type, message) => {
      if (type === SIMPLE) line.text = message.toString('utf8', 5, message.length - 1);
      // A statement's name comes first, empty here, and the types of its parameters last.
      if (type === PARSE) line.text = message.toString('utf8', 6, message.indexOf(0, 6));
      if (type !== SIMPLE && type !== SYNC) return 'pass';
      line.asking = true;
      return moment('asked');
    },
  };
}

function fromServer(line: Line, moment: (event: 'answered') => Promise<Fate>): { first: boolean; look: Look } {
  return {
    first: false,
    look: (type) => {
      if (type !== READY || !line.asking) return 'pass';
      line.asking = false;
      return moment('answered');
    },
  };
}
