/**
 * The beginning and the end of a server process: settings are checked before the first request, and a process that is
 * asked to stop leases nothing more, lets what is in flight end for a while, and is gone in time.
 */
import { type Gate, isTidegateError, log, readLimits } from 'tidegate';
import { readEnvironment } from './environment.ts';
import { closeVerifier } from './reading.ts';
import { verifyRecords } from './verification.ts';

/** Checks the settings, and listens for the end. Unusable settings end the process here: exit code 2, all problems. */
export function beginLife(): void {
  try {
    for (const warning of readEnvironment().warnings) log.warn(warning);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exit(isTidegateError(thrown) ? 2 : 1);
  }
  const { shutdownGraceMs } = readLimits(readEnvironment().limits);
  let askedAt: number | undefined;
  const ask = (): void => {
    const now = performance.now();
    // npm passes on what the terminal has sent to us already.
    if (askedAt !== undefined && now - askedAt < oneInterruptMs) return;
    if (askedAt !== undefined) return void giveBack();
    askedAt = now;
    // Next itself waits for the answers under way; the gate makes no more work for them.
    void ourGate()?.close();
    setTimeout(giveBack, shutdownGraceMs).unref();
    setTimeout(() => process.exit(143), shutdownGraceMs + afterGraceMs).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, ask);
}

const oneInterruptMs = 500;
/** A caller who keeps a connection open keeps no process: Next would wait for them. */
const afterGraceMs = 4_000;

/** Ends what is still read, for this gate and for others that asked us. */
async function giveBack(): Promise<void> {
  await ourGate()?.close({ graceMs: 0 });
  await closeVerifier();
}

/** The gate, also where nobody has used it yet: a request that is under way must not open it now. */
function ourGate(): Gate | undefined {
  return readEnvironment().records ? verifyRecords() : undefined;
}
