/** The pills of the product's own words: record status, gate state, outcome, finding. One place gives each its sign. */
import type { ReactElement } from 'react';
import type { GateStatus } from 'tidegate';
import type { RecordStatus } from '../lib/views.ts';
import type { Words } from '../lib/words/index.ts';
import { Pill, type Tone } from './bits.tsx';
import type { IconName } from './icons.tsx';

type Sign = readonly [Tone, IconName];

const statusSigns: Readonly<Record<RecordStatus, Sign>> = {
  pending: ['calm', 'clock'],
  verified: ['good', 'check'],
  rejected: ['bad', 'cross'],
  needs_review: ['warn', 'review'],
};

export function StatusPill({ status, w }: { readonly status: RecordStatus; readonly w: Words }): ReactElement {
  const [tone, icon] = statusSigns[status] ?? ['calm', 'question'];
  return (
    <Pill tone={tone} icon={icon}>
      {w.statuses[status] ?? status}
    </Pill>
  );
}

/** Colour and icon of a gate's state. */
export const gateSigns: Readonly<Record<GateStatus['state'], Sign>> = {
  open: ['good', 'gateOpen'],
  shut: ['bad', 'gateShut'],
  probing: ['warn', 'gateShut'],
  paused: ['warn', 'pause'],
};

const outcomeSigns: Readonly<Record<string, Sign>> = {
  done: ['good', 'check'],
  failed: ['bad', 'cross'],
  deferred: ['wait', 'later'],
  parked: ['warn', 'parked'],
  superseded: ['calm', 'minus'],
  returned: ['calm', 'back'],
  lost: ['bad', 'alert'],
};

export function OutcomePill({ outcome, w }: { readonly outcome: string; readonly w: Words }): ReactElement {
  const [tone, icon] = outcomeSigns[outcome] ?? ['calm', 'question'];
  return (
    <Pill tone={tone} icon={icon}>
      {(w.record.outcomes as Readonly<Record<string, string>>)[outcome] ?? outcome}
    </Pill>
  );
}

const findingSigns = {
  match: ['good', 'check'],
  mismatch: ['bad', 'cross'],
  not_found: ['warn', 'question'],
  unread: ['calm', 'clock'],
  uncompared: ['calm', 'minus'],
} as const satisfies Readonly<Record<string, Sign>>;

export type FindingWord = keyof typeof findingSigns;

export function FindingPill({ finding, w }: { readonly finding: FindingWord; readonly w: Words }): ReactElement {
  const [tone, icon] = findingSigns[finding];
  return (
    <Pill tone={tone} icon={icon}>
      {w.record.finding[finding]}
    </Pill>
  );
}
