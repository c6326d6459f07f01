/**
 * Findings about the way to the database, from its URL alone: which pooler stands there, and whether the connection is
 * encrypted. Never says the URL itself: it holds a password.
 */
import { connectionOf } from '../database.ts';
import { type Finding, present, warning } from './finding.ts';

/** What stands between us and the server, as far as host and port tell. */
export type Way = 'direct' | 'session pooler' | 'transaction pooler';

/** The way that the URL takes. */
export function wayOf(url: string): Way {
  const { hostname, port, searchParams } = new URL(url);
  const pooled = /(^|[.-])pooler\./.test(hostname) || searchParams.get('pgbouncer') === 'true';
  if (port === '6543' || port === '6432' || port === '54329') return 'transaction pooler';
  if (/\.pooler\.supabase\.com$/.test(hostname)) return 'session pooler';
  return pooled ? 'transaction pooler' : 'direct';
}

/** All findings about the URL. `direct` is the one for migrations. */
export function connectionFindings({ url, direct }: { url: string; direct: string }): readonly Finding[] {
  return present([sessionPooler(url), addressFamily(url), encryption(url), migrations(direct)]);
}

function sessionPooler(url: string): Finding | null {
  if (wayOf(url) !== 'session pooler') return null;
  return warning(
    'session_pooler',
    'DATABASE_URL goes through a pooler in session mode: every instance keeps its connections to itself, and there are few.',
    'In DATABASE_URL put port 6543 (transaction mode) for 5432; keep 5432 in DATABASE_DIRECT_URL.',
  );
}

function addressFamily(url: string): Finding | null {
  const { hostname, port } = new URL(url);
  const ref = /^db\.([a-z0-9]+)\.supabase\.co$/.exec(hostname)?.[1];
  if (ref === undefined || port === '6543') return null;
  return warning(
    'address_family',
    'DATABASE_URL names a host of Supabase that has an IPv6 address only, and no pooler: functions on most platforms cannot reach it.',
    `DATABASE_URL=postgres://postgres.${ref}:…@aws-0-<region>.pooler.supabase.com:6543/postgres (shown under "Connect"); keep this one in DATABASE_DIRECT_URL.`,
  );
}

function encryption(url: string): Finding | null {
  const { hostname, searchParams } = new URL(url);
  const plain = connectionOf(url.replace(/([?&])sslmode=disable&?/, '$1'), undefined).ssl !== false;
  if (searchParams.get('sslmode') !== 'disable' || !plain) return null;
  return warning(
    'tls',
    `The connection to ${hostname} is not encrypted: DATABASE_URL says sslmode=disable.`,
    "Take sslmode=disable out of DATABASE_URL; DATABASE_CA holds the provider's certificate where it has an authority of its own.",
  );
}

function migrations(direct: string): Finding | null {
  if (wayOf(direct) !== 'transaction pooler') return null;
  return warning(
    'direct_url',
    'Migrations would go through a pooler in transaction mode.',
    'Set DATABASE_DIRECT_URL to the direct connection (port 5432).',
  );
}
