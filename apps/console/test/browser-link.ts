/**
 * A wire between the console and its database that a test can cut: a plain relay on loopback. Cut, it hangs up on
 * everybody and refuses new callers, as a database that is away does.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../test/database.ts';

export interface Link {
  /** The database's URL through the wire. */
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function openLink(url: string): Promise<Link> {
  const there = new URL(url);
  const port = await freePort();
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(there.port), there.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
      socket.on('error', () => {});
    }
    near.pipe(far).pipe(near);
  });
  const mend = (): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  await mend();
  const here = new URL(url);
  here.host = `127.0.0.1:${port}`;
  return { url: here.href, cut, mend };
}
