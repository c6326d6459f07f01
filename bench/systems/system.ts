/**
 * What the benches ask of a system that works through the applications, and the words for it. The systems themselves are the
 * other files of this folder; each does the work of `drain/work.ts` and says when a record is written.
 */

/** Where a system works. */
export interface Site {
  readonly url: string;
  /** Where the AI is asked about a record. */
  readonly aiUrl: string;
  /** The same as an executor's base URL. */
  readonly executorUrl: string;
  /** Calls in flight at most, where the system knows such a thing. */
  readonly cap: number;
  /** Mean time of the work, ms. */
  readonly meanMs: number;
  /** Connections of the application's own pool. */
  readonly connectionsMax: number;
  /** To be called once the verdict of this record is committed. */
  done(id: string): void;
  /** To be called for a record that failed and will not be tried again by itself. */
  failed(id: string, error: unknown): void;
  /** Resolves once every record is done or failed. */
  readonly finished: Promise<void>;
  /** Whether it has. */
  isFinished(): boolean;
}

/** A system that stands ready: connected, nothing taken yet. */
export interface Ready {
  /** Tells a queue of rows that the database already has; absent where nobody needs to be told. */
  enqueue?(ids: readonly string[]): Promise<void>;
  /** Works until everything is finished. */
  drain(): Promise<void>;
  /** Writes what is still to be written and lets everything go. */
  close(): Promise<void>;
}

/** One way to work through the applications. */
export interface System {
  /** Makes its tables; once a database. */
  install?(site: Pick<Site, 'url'>): Promise<void>;
  open(site: Site): Promise<Ready>;
}
