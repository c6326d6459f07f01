/**
 * What people write by hand before they look for a queue: everything at once, one connection a call or over a pool; a cron
 * endpoint that takes one row after another. And the floor: so many lanes and no durable claim at all.
 */
import pg from 'pg';
import { PENDING, workOn } from '../drain/work.ts';
import type { Ready, Site, System } from './system.ts';

const EVERYTHING = 1_000_000;
const CRON_ROWS = 100;

/** All at once, each in an invocation of its own with a connection of its own. */
export const naiveAll: System = {
  async open(site) {
    const pool = await poolOf(site, 1);
    return {
      async drain() {
        const ids = await pending(pool, EVERYTHING);
        await Promise.all(ids.map((id) => reported(site, id, () => invocation(site, id))));
      },
      close: () => pool.end(),
    };
  },
};

/** All at once in one process. */
export const naivePooled: System = {
  async open(site) {
    const pool = await poolOf(site, site.connectionsMax);
    return {
      async drain() {
        const ids = await pending(pool, EVERYTHING);
        await Promise.all(ids.map((id) => reported(site, id, () => workOn(pool, site.aiUrl, id))));
      },
      close: () => pool.end(),
    };
  },
};

/** A hand-written endpoint, its ticks back to back. */
export const cronLoop: System = {
  async open(site) {
    const pool = await poolOf(site, 1);
    return {
      async drain() {
        for (let ids = await pending(pool, CRON_ROWS); ids.length > 0; ids = await pending(pool, CRON_ROWS)) {
          for (const id of ids) await reported(site, id, () => workOn(pool, site.aiUrl, id));
        }
      },
      close: () => pool.end(),
    };
  },
};

/** Not a peer: one select, `cap` lanes, nothing that outlives the process. */
export const floor: System = {
  async open(site) {
    const pool = await poolOf(site, site.connectionsMax);
    return {
      async drain() {
        const ids = (await pending(pool, EVERYTHING)).values();
        const lane = async (): Promise<void> => {
          for (const id of ids) await reported(site, id, () => workOn(pool, site.aiUrl, id));
        };
        await Promise.all(Array.from({ length: site.cap }, lane));
      },
      close: () => pool.end(),
    };
  },
};

/** The application's own pool, connected. */
export async function poolOf({ url }: Pick<Site, 'url'>, max: number): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: url, max, idleTimeoutMillis: 0 });
  pool.on('error', () => {});
  await Promise.all(Array.from({ length: max }, () => pool.query('select pg_sleep(0.05)')));
  return pool;
}

async function pending(pool: pg.Pool, rows: number): Promise<string[]> {
  return (await pool.query<{ id: string }>(PENDING, [rows])).rows.map(({ id }) => id);
}

async function reported(site: Site, id: string, act: () => Promise<void>): ReturnType<Ready['drain']> {
  try {
    await act();
    site.done(id);
  } catch (error) {
    site.failed(id, error);
  }
}

async function invocation({ url, aiUrl }: Site, id: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await workOn(client, aiUrl, id);
  } finally {
    await client.end();
  }
}
