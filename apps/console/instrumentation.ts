/**
 * What Next calls when a server starts and when a page or handler fails. Everything else happens on first use.
 */

/** Checks the settings before the first request. */
export async function register(): Promise<void> {
  // Next writes this variable's value in at build time.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { beginLife } = await import('./lib/life.ts');
  beginLife();
}

/** Writes what a page or handler threw into the log. */
export async function onRequestError(thrown: unknown): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { logError } = await import('./lib/log.ts');
  logError('page_failed', thrown);
}
