// Free ports on loopback.
import { createServer } from 'node:net';

/** Whether nobody listens on this port of the host. Throws for any trouble but "in use" (a host that is not ours, no right). */
export async function portIsFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', (cause: NodeJS.ErrnoException) =>
    cause.code === 'EADDRINUSE' ? resolve(false) : reject(cause),
  );
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  return await promise;
}

/** A free port below the range that systems give to outgoing connections (from 32768), so that it can be kept. */
export async function choosePort(random: () => number = Math.random): Promise<number> {
  for (let left = 100; left > 0; left--) {
    const port = 20_000 + Math.floor(random() * 12_000);
    if (await portIsFree(port)) return port;
  }
  throw new Error(
    'No free port between 20000 and 32000 on 127.0.0.1: set DATABASE_URL to a PostgreSQL that runs elsewhere.',
  );
}
