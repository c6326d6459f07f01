/**
 * The beginning and the end of a server process: settings are checked before the first request, and a process that is
 * asked to stop leases nothing more.
 */
import { isTidegateError, log } from 'tidegate';
import { readEnvironment } from './environment.ts';
import { closeVerifier } from './reading.ts';
import { verifyRecordsIfOpen } from './verification.ts';

/** Checks the settings, and listens for the end. Unusable settings end the process here: exit code 2, all problems. */
export function beginLife(): void {
  try {
    for (const warning of readEnvironment().warnings) log.warn(warning);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exit(isTidegateError(thrown) ? 2 : 1);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void endLife());
}

/** Next itself waits for the answers that are under way; here the gate is told to make no more work for them. */
async function endLife(): Promise<void> {
  await verifyRecordsIfOpen()?.close();
  await closeVerifier();
}
