/** Small things that most pages share: times, pills, notices, blanks, skeletons. They run on either side. */
import type { ReactElement, ReactNode } from 'react';
import type { Format } from '../lib/words/format.ts';
import { Icon, type IconName } from './icons.tsx';

export type Tone = 'good' | 'bad' | 'warn' | 'wait' | 'calm';

/** How long ago, with the exact time in the title. */
export function When({ at, f, now }: { readonly at: string; readonly f: Format; readonly now: number }): ReactElement {
  return (
    <time dateTime={at} title={f.fullTime(at)}>
      {f.ago(at, now)}
    </time>
  );
}

/** A state in one word: colour, sign and word say the same. */
export function Pill(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <span className={`pill tone-${props.tone}`}>
      <Icon name={props.icon} size={13} />
      {props.children}
    </span>
  );
}

/** A message in the flow of the page. `urgent` interrupts a screen reader. */
export function Notice(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  readonly urgent?: boolean;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className={`notice tone-${props.tone}`} role={props.urgent ? 'alert' : 'status'}>
      <Icon name={props.icon} size={20} />
      <div>
        <strong>{props.title}</strong>
        {props.children}
      </div>
    </div>
  );
}

/** Where nothing is: what would stand here, and what to do next. */
export function Blank(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly heading?: 'h1' | 'h2';
  readonly children?: ReactNode;
}): ReactElement {
  const Heading = props.heading ?? 'h2';
  return (
    <div className="blank">
      <Icon name={props.icon} size={34} />
      <Heading>{props.title}</Heading>
      {props.children}
    </div>
  );
}

/** The shape of a list that is on its way. */
export function ListSkeleton({ rows, label }: { readonly rows: number; readonly label: string }): ReactElement {
  return (
    <div className="panel panel-body stack" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="skeleton h-6" style={{ width: `${94 - ((at * 17) % 38)}%` }} />
      ))}
    </div>
  );
}
