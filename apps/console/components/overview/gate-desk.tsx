'use client';
/** The head of the overview with the operator's verbs, and the run that is being followed. */
import { useRouter } from 'next/navigation';
import { type ReactElement, type ReactNode, useState } from 'react';
import { Icon } from '../icons.tsx';
import { Refresh } from '../refresh.tsx';
import { useWords } from '../words-provider.tsx';
import { write } from '../write.ts';
import { LiveRun } from './live-run.tsx';
import { PauseDialog } from './pause-dialog.tsx';

export function GateDesk(props: {
  readonly gate: string;
  readonly paused: boolean;
  /** Paused by a person or shut by failures: resuming ends both. */
  readonly closed: boolean;
  /** Whether this console holds the gate's own code, and so can open a run of it. */
  readonly runnable: boolean;
  /** A run that was going on when the page was made. */
  readonly going: string | null;
  readonly expected: number;
  readonly heading: ReactNode;
  /** What has to be seen before anything else. */
  readonly alarm: ReactNode;
}): ReactElement {
  const words = useWords();
  const { w } = words;
  const router = useRouter();
  const [runId, setRunId] = useState(props.going);
  const [expected, setExpected] = useState(props.expected);
  const [busy, setBusy] = useState<'run' | 'resume' | null>(null);
  const [ended, setEnded] = useState(props.going === null);
  const [said, setSaid] = useState<{ readonly text: string; readonly wrong: boolean } | null>(null);
  const [pausing, setPausing] = useState(false);
  const path = `/api/gates/${encodeURIComponent(props.gate)}`;

  async function run(): Promise<void> {
    setBusy('run');
    setSaid(null);
    const answer = await write(`${path}/run`, {}, words);
    setBusy(null);
    if (!answer.ok) return setSaid({ text: answer.sentence, wrong: true });
    const started = runIdOf(answer);
    if (started === null) return router.refresh();
    setExpected(props.expected);
    setEnded(false);
    setRunId(started);
  }

  async function resume(): Promise<void> {
    setBusy('resume');
    const answer = await write(`${path}/resume`, {}, words);
    setBusy(null);
    setSaid(answer.ok ? { text: w.verbs.resumed, wrong: false } : { text: answer.sentence, wrong: true });
    router.refresh();
  }

  function paused(): void {
    setPausing(false);
    setSaid({ text: w.verbs.pausedDone, wrong: false });
    router.refresh();
  }

  const running = runId !== null && !ended;
  return (
    <>
      <div className="page-head">
        <div>{props.heading}</div>
        <div>
          <div className="actions">
            {props.closed ? (
              <button type="button" className="button" onClick={resume} disabled={busy !== null}>
                <Icon name="play" size={16} />
                {w.verbs.resume}
              </button>
            ) : null}
            {props.paused ? null : (
              <button type="button" className="button" onClick={() => setPausing(true)}>
                <Icon name="pause" size={16} />
                {w.verbs.pause}
              </button>
            )}
            {props.runnable ? (
              <button type="button" className="button primary" onClick={run} disabled={busy !== null || running}>
                <Icon name="wave" size={17} />
                {busy === 'run' ? w.verbs.starting : running ? w.verbs.running : w.verbs.run}
              </button>
            ) : null}
          </div>
        </div>
      </div>
      <p role={said?.wrong ? 'alert' : 'status'} className={said?.wrong ? 'notice tone-bad mb-4' : 'visually-hidden'}>
        {said?.text}
      </p>
      {running ? <Refresh everyMs={4_000} /> : null}
      {props.alarm}
      {runId === null ? null : (
        <div className="mb-4">
          <LiveRun
            key={runId}
            runId={runId}
            expected={expected}
            records
            onEnd={() => {
              setEnded(true);
              router.refresh();
            }}
            {...(ended ? { onHide: () => setRunId(null) } : {})}
          />
        </div>
      )}
      <PauseDialog open={pausing} path={`${path}/pause`} onDone={paused} onClose={() => setPausing(false)} />
    </>
  );
}

/** The run's id from where the answer points, or from the answer itself. */
function runIdOf(answer: { readonly location: string | null; readonly body: unknown }): string | null {
  const place =
    answer.location === null ? null : new URL(answer.location, window.location.href).pathname.split('/').at(-1);
  const body = answer.body as { runId?: unknown } | null;
  return place || (typeof body?.runId === 'string' ? body.runId : null);
}
