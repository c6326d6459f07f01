/** Runs as rows: when, who opened it, what came of it and why it stopped. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import type { RunView } from 'tidegate';
import { Pill, type Tone, When } from '../bits.tsx';
import type { IconName } from '../icons.tsx';
import type { PageWords } from '../page-words.ts';

export type RunRow = Omit<RunView, 'results'>;

export function RunTable(props: {
  readonly runs: readonly RunRow[];
  readonly words: PageWords;
  readonly gates?: boolean;
}): ReactElement {
  const { w, f, now } = props.words;
  return (
    <table className="table cards">
      <thead>
        <tr>
          <th scope="col">{w.runs.started}</th>
          {props.gates ? <th scope="col">{w.runs.gate}</th> : null}
          <th scope="col">{w.runs.trigger}</th>
          <th scope="col">{w.runs.outcome}</th>
          <th scope="col">{w.runs.took}</th>
          <th scope="col">{w.runs.stopped}</th>
        </tr>
      </thead>
      <tbody>
        {props.runs.map((run) => (
          <tr key={run.runId}>
            <td>
              <Link className="row-link" href={`/runs/${run.runId}`} prefetch={false}>
                <When at={run.startedAt} f={f} now={now} />
              </Link>
            </td>
            {props.gates ? <td className="wide">{run.gate}</td> : null}
            <td className="end">{w.runs.triggers[run.trigger]}</td>
            <td className="wide">
              <Tally run={run} words={props.words} />
            </td>
            <td data-label={run.endedAt === null ? undefined : w.runs.took}>
              {run.endedAt === null ? '' : f.duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}
            </td>
            <td className="end">
              <StoppedPill run={run} words={props.words} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Counts of a run in its three tallies; those that are nothing are left out. */
export function Tally({ run, words }: { readonly run: RunRow; readonly words: PageWords }): ReactElement {
  const { w, f } = words;
  const counts = [
    ['succeeded', 'var(--verified)'],
    ['failed', 'var(--rejected)'],
    ['deferred', 'var(--deferred)'],
  ] as const;
  if (run.processed === 0)
    return <span className="faint">{run.endedAt === null ? w.shell.none : w.runMessage(run)}</span>;
  return (
    <span className="tally">
      {counts.map(([name, colour]) =>
        run[name] === 0 ? null : (
          <span key={name}>
            <i className="dot" style={{ color: colour }} />
            {w.runs.tally(name, f.number(run[name]))}
          </span>
        ),
      )}
    </span>
  );
}

const calm: readonly RunRow['stopped'][] = ['batch', 'drained'];
const bad: readonly RunRow['stopped'][] = ['shut', 'source', 'lost'];

export function StoppedPill({ run, words }: { readonly run: RunRow; readonly words: PageWords }): ReactElement {
  const { w } = words;
  if (run.stopped === null) {
    return (
      <Pill tone="wait" icon="wave">
        {w.runs.going}
      </Pill>
    );
  }
  const [tone, icon]: readonly [Tone, IconName] = calm.includes(run.stopped)
    ? ['calm', 'minus']
    : bad.includes(run.stopped)
      ? ['bad', 'alert']
      : ['warn', 'clock'];
  return (
    <Pill tone={tone} icon={icon}>
      {w.runs.stoppedBy[run.stopped] ?? run.stopped}
    </Pill>
  );
}
