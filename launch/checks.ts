// What a start needs of the machine before anything is begun: memory, a port, a folder that can be written. Each failure is one
// sentence that names what to change.
import { openFolder, openSharedFolder } from './folder.ts';
import { portIsFree } from './ports.ts';
import { Refusal } from './refusal.ts';

const MEMORY_BYTES_MIN = 1_000_000_000;

/** Opens TIDEGATE_DIR, or refuses. */
export function checkFolder(dir: string): void {
  try {
    openFolder(dir);
  } catch (cause) {
    throw new Refusal(`TIDEGATE_DIR: ${dir} cannot be written (${(cause as Error).message}).`, { cause });
  }
}

/** Makes the attachments' folder where it is missing, or refuses: nothing could be taken in. */
export function checkAttachments(dir: string): void {
  try {
    openSharedFolder(dir);
  } catch (cause) {
    throw new Refusal(`ATTACHMENTS_URL: ${dir} cannot be written (${(cause as Error).message}).`, { cause });
  }
}

/**
 * What a start that could not use its database ends with: a Refusal that names the variable where the address, the name or the
 * password may be wrong, else the cause itself.
 */
export function refusedDatabase(cause: unknown, variable: string): unknown {
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  if (!UNUSABLE.test(code) && !/timeout exceeded|Connection terminated/.test(message)) return cause;
  const said = message || String((cause as AggregateError).errors?.[0]?.message ?? code);
  return new Refusal(`${variable}: the database cannot be used (${said}).`, { cause });
}

/** No way there, no such name, and of PostgreSQL: no connection, not let in, no such database, shutting down. */
const UNUSABLE = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|08...|28...|3D...|57P..)$/;

/** Refuses where less than about 1 GB can be had, limits of a container included. Only Linux tells the truth about it. */
export function checkMemory(bytes: number = process.platform === 'linux' ? process.availableMemory() : Infinity): void {
  if (bytes >= MEMORY_BYTES_MIN) return;
  const have = `${Math.round(bytes / 1_000_000)} MB of memory are available and Tidegate needs about 1000`;
  throw new Refusal(
    `Only ${have}: give this machine or container more, or run the database elsewhere with DATABASE_URL.`,
  );
}

/** Refuses where the server could not listen. */
export async function checkPort(port: number, host: string): Promise<void> {
  let free: boolean;
  try {
    free = await portIsFree(port, host);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const name = code === 'EACCES' ? 'PORT' : 'HOST';
    throw new Refusal(`${name}: cannot listen on port ${port} of ${host} (${message}).`, { cause });
  }
  if (!free)
    throw new Refusal(`PORT: ${port} of ${host} is taken; stop what listens there or set PORT to another number.`);
}
