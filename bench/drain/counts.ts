/**
 * What the database did for one database of the cluster between two moments: statements it was sent, transactions, WAL, and
 * what all its processes computed, ended ones included. The counting statements themselves are not in the figures.
 */
import pg from 'pg';
import type { Cluster } from '../cluster.ts';

/** Figures since some moment. */
export interface Counts {
  /** As sent by a client; what runs inside functions is not in it. */
  readonly statements: number;
  readonly commits: number;
  readonly walBytes: number;
  /** Rows inserted, updated and deleted. */
  readonly rowsWritten: number;
  readonly processorMs: number;
}

/** A moment's counters. */
export interface Moment extends Counts {
  minus(earlier: Moment): Counts;
}

/** A connection that counts. */
export interface Counting {
  now(): Promise<Moment>;
  close(): Promise<void>;
}

/** Begins to count for this database; resets nothing, so that several may count at once. */
export async function counting(cluster: Cluster, database: string): Promise<Counting> {
  const client = new pg.Client({ connectionString: cluster.adminUrl });
  await client.connect();
  await client.query('create extension if not exists pg_stat_statements');
  const own = Number((await client.query('select pg_backend_pid() as pid')).rows[0]?.pid);
  return {
    async now() {
      // Without the process that counts, whose own work belongs to nobody.
      const processorMs = cluster.processorMs(own);
      const { rows } = await client.query(COUNTERS, [database]);
      const { statements, commits, wal_bytes, rows_written } = rows[0] as Record<string, string>;
      return momentOf({
        statements: Number(statements),
        commits: Number(commits),
        walBytes: Number(wal_bytes),
        rowsWritten: Number(rows_written),
        processorMs,
      });
    },
    close: () => client.end(),
  };
}

function momentOf(counts: Counts): Moment {
  return {
    ...counts,
    minus: (earlier) => ({
      statements: counts.statements - earlier.statements,
      commits: counts.commits - earlier.commits,
      walBytes: counts.walBytes - earlier.walBytes,
      rowsWritten: counts.rowsWritten - earlier.rowsWritten,
      processorMs: counts.processorMs - earlier.processorMs,
    }),
  };
}

const COUNTERS = `
select d.xact_commit as commits, d.tup_inserted + d.tup_updated + d.tup_deleted as rows_written,
  pg_current_wal_insert_lsn() - '0/0' as wal_bytes,
  (select coalesce(sum(s.calls), 0) from pg_stat_statements s where s.dbid = d.datid and s.toplevel) as statements
from pg_stat_database d
where d.datname = $1`;
