/** Which gate a page is about: the one that was asked for, else the console's own, else the first. */
import type { GateStatus } from 'tidegate';

/** The gate whose code this console holds. */
export const ownGate = 'verify-records';

export function chooseGate(gates: readonly GateStatus[], asked: string | null): GateStatus | null {
  const named = (name: string): GateStatus | undefined => gates.find(({ gate }) => gate === name);
  return (asked === null ? undefined : named(asked)) ?? named(ownGate) ?? gates[0] ?? null;
}
