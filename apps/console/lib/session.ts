/**
 * Sessions of the console's pages. A session is a random id in a cookie, of which the database keeps a keyed hash only;
 * it ends by idleness, by age, by signing out, and when the admin token changes. Knows cookies, not routes.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { select } from './database.ts';
import { readEnvironment } from './environment.ts';
import type { Operator } from './views.ts';

/** What `cookies()` of next/headers answers, as far as it is needed here. */
export interface CookieJar {
  get(name: string): { readonly value: string } | undefined;
}

const secureName = '__Host-tidegate';
const plainName = 'tidegate';
const idleMinutes = 30;
const ageHours = 12;

/** The operator whose session the cookies name, for pages; null when nobody is signed in. */
export async function readOperator(jar: CookieJar): Promise<Operator | null> {
  const id = jar.get(secureName)?.value ?? jar.get(plainName)?.value;
  const hash = id === undefined ? null : hashOf(id);
  if (hash === null) return null;
  const rows = await select<{ operator: string }>(
    `with mine as materialized (
       select id_hash, operator, seen_at
       from tidegate_console.sessions
       where id_hash = $1
         and created_at > clock_timestamp() - make_interval(hours => $2)
         and seen_at > clock_timestamp() - make_interval(mins => $3)
     ), seen as (
       update tidegate_console.sessions s
       set seen_at = clock_timestamp()
       from mine
       where s.id_hash = mine.id_hash and mine.seen_at < clock_timestamp() - interval '1 minute'
     )
     select operator from mine`,
    [hash, ageHours, idleMinutes],
  );
  return rows[0] === undefined ? null : { name: rows[0].operator };
}

/** Begins a session and returns the cookie that carries it. Sessions that have ended are swept out with it. */
export async function openSession(operator: string, { secure }: { secure: boolean }): Promise<string> {
  const id = randomBytes(32).toString('base64url');
  await select(
    `with swept as (
       delete from tidegate_console.sessions where created_at < clock_timestamp() - make_interval(hours => $3)
     )
     insert into tidegate_console.sessions (id_hash, operator) values ($1, $2)`,
    [hashOf(id), operator, ageHours],
  );
  return cookie(secure ? secureName : plainName, id, { secure, maxAgeSeconds: ageHours * 3600 });
}

/** Ends the session that the cookies name, on the server too, and returns the cookies that make a browser forget it. */
export async function closeSession(jar: CookieJar): Promise<readonly string[]> {
  for (const name of [secureName, plainName]) {
    const hash = hashOf(jar.get(name)?.value ?? '');
    if (hash !== null) await select('delete from tidegate_console.sessions where id_hash = $1', [hash]);
  }
  return [
    cookie(secureName, '', { secure: true, maxAgeSeconds: 0 }),
    cookie(plainName, '', { secure: false, maxAgeSeconds: 0 }),
  ];
}

/** Whether the cookies name any session, living or ended. */
export function carriesSession(jar: CookieJar): boolean {
  return jar.get(secureName) !== undefined || jar.get(plainName) !== undefined;
}

/** The cookies of a request. */
export function cookiesOf(request: Request): CookieJar {
  const found = new Map<string, string>();
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !found.has(name)) found.set(name, pair.slice(at + 1).trim());
  }
  return {
    get: (name) => {
      const value = found.get(name);
      return value === undefined ? undefined : { value };
    },
  };
}

/** Keyed with the admin token: another token knows no session of the old one. */
function hashOf(id: string): Buffer | null {
  const { adminToken } = readEnvironment();
  if (adminToken === null || id === '') return null;
  return createHmac('sha256', adminToken).update(`tidegate session ${id}`).digest();
}

function cookie(
  name: string,
  value: string,
  { secure, maxAgeSeconds }: { secure: boolean; maxAgeSeconds: number },
): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
}
