/** Chooses between gates where there is more than one; links, so that a choice has an address. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import type { GateStatus } from 'tidegate';
import type { Words } from '../lib/words/index.ts';
import { gateSigns } from './states.tsx';

export function GatePicker(props: {
  readonly gates: readonly GateStatus[];
  readonly chosen: string;
  readonly path: string;
  readonly w: Words;
}): ReactElement | null {
  if (props.gates.length < 2) return null;
  return (
    <nav className="segments" aria-label={props.w.overview.choose}>
      {props.gates.map(({ gate, state }) => (
        <Link
          key={gate}
          href={`${props.path}?gate=${encodeURIComponent(gate)}`}
          prefetch={false}
          aria-current={gate === props.chosen ? 'true' : undefined}
        >
          <i className={`dot tone-${gateSigns[state][0]}`} title={props.w.overview.states[state]} />
          {gate}
        </Link>
      ))}
    </nav>
  );
}
