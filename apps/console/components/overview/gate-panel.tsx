/** A gate at a glance: its state with the reason, and the figures an operator looks for first. */
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import type { GateStatus } from 'tidegate';
import { When } from '../bits.tsx';
import { Icon } from '../icons.tsx';
import type { PageWords } from '../page-words.ts';
import { Plain } from '../plain.tsx';
import { gateSigns } from '../states.tsx';

export function GatePanel(props: {
  readonly gate: GateStatus;
  readonly words: PageWords;
  /** Records that wait for a person; null where records are kept elsewhere. */
  readonly review: { readonly count: number; readonly atLeast: boolean } | null;
}): ReactElement {
  const { gate, review } = props;
  const { w, f, now } = props.words;
  const [tone, icon] = gateSigns[gate.state];
  return (
    <section className="panel" aria-label={w.overview.figures}>
      <div className={`gate-state ${gate.state === 'open' ? '' : `tone-${tone} closed`}`}>
        <span className={`gate-mark tone-${tone}`}>
          <Icon name={icon} size={26} />
        </span>
        <div className="min-w-0 flex-1 basis-52">
          <p className="gate-word">
            {w.overview.states[gate.state]}
            {gate.since === null || gate.state === 'open' ? null : (
              <span className="quiet text-sm font-normal">
                {' '}
                <When at={gate.since} f={f} now={now} />
              </span>
            )}
          </p>
          <p className="gate-reason">{w.overview.stateText[gate.state]}</p>
          {gate.reason === null || gate.reason === '' ? null : (
            <p className="mt-1 font-medium">
              <Plain text={w.said(gate.reason)} />
            </p>
          )}
        </div>
        <dl>
          <dt className="small faint">{w.overview.lastTick}</dt>
          <dd className="font-medium">
            {gate.lastRun === null ? (
              w.overview.neverRan
            ) : (
              <Link href={`/runs/${gate.lastRun.id}`} prefetch={false}>
                <When at={gate.lastRun.startedAt} f={f} now={now} />, {w.overview.triggers[gate.lastRun.trigger]}
              </Link>
            )}
          </dd>
        </dl>
      </div>
      <Figures gate={gate} words={props.words} review={review} />
    </section>
  );
}

function Figures(props: {
  readonly gate: GateStatus;
  readonly words: PageWords;
  readonly review: { readonly count: number; readonly atLeast: boolean } | null;
}): ReactElement {
  const { gate, review } = props;
  const { w, f } = props.words;
  const count = f.number(gate.backlog.count);
  const query = `?gate=${encodeURIComponent(gate.gate)}`;
  return (
    <div className="figures">
      <Figure
        label={w.overview.backlog}
        value={gate.backlog.atLeast ? w.overview.atLeast(count) : count}
        note={<BacklogNote gate={gate} words={props.words} />}
      />
      <Figure
        label={w.overview.inFlight}
        value={
          <>
            {f.number(gate.leased)} <small>/ {f.number(gate.cap)}</small>
          </>
        }
        note={
          <>
            <Slots gate={gate} />
            {gate.allowed < gate.cap
              ? w.overview.inFlightSlowed(f.number(gate.allowed))
              : w.overview.inFlightNote(f.number(gate.allowed))}
          </>
        }
      />
      <Figure label={w.overview.waiting} value={f.number(gate.waiting)} note={w.overview.waitingNote} />
      <Figure
        label={w.overview.parked}
        value={f.number(gate.parked)}
        note={gate.parked === 0 ? w.overview.parkedNone : w.overview.parkedNote}
        href={`/parked${query}`}
      />
      {review === null ? null : (
        <Figure
          label={w.overview.needsReview}
          value={review.atLeast ? w.overview.atLeast(f.number(review.count)) : f.number(review.count)}
          note={w.overview.needsReviewNote}
          href="/records?status=needs_review"
        />
      )}
      <Figure label={w.overview.spent} value={f.money(gate.spentTodayMicros)} note={w.overview.spentNote} />
    </div>
  );
}

function BacklogNote({ gate, words }: { readonly gate: GateStatus; readonly words: PageWords }): ReactElement {
  const { w, f, now } = words;
  const { backlog, forecast } = gate;
  if (backlog.count === 0) return <>{w.overview.nothingWaits}</>;
  const free = (forecast.costMicros ?? 0) === 0;
  return (
    <>
      {backlog.atLeast ? w.overview.backlogAtLeast : w.overview.backlogNote(backlog.count)}
      {backlog.oldestAt === null ? null : (
        <span className="block">
          {w.overview.oldest}: <When at={backlog.oldestAt} f={f} now={now} />
        </span>
      )}
      <span className="block">
        {forecast.minutes === null ? (
          w.overview.forecastUnknown
        ) : (
          <>
            {w.overview.forecast} <b className="font-semibold">{f.duration(forecast.minutes * 60_000)}</b>{' '}
            {free ? w.overview.forecastNoteFree : w.overview.forecastNote(f.money(forecast.costMicros ?? 0))}
          </>
        )}
      </span>
    </>
  );
}

function Figure(props: {
  readonly label: string;
  readonly value: ReactNode;
  readonly note: ReactNode;
  readonly href?: string;
}): ReactElement {
  const body = (
    <>
      <span className="figure-label">{props.label}</span>
      <span className="figure-value">{props.value}</span>
      <span className="figure-note">{props.note}</span>
    </>
  );
  return props.href === undefined ? (
    <div className="figure">{body}</div>
  ) : (
    <Link className="figure" href={props.href} prefetch={false}>
      {body}
    </Link>
  );
}

/** One mark per place under the cap: held, free, or closed by the governor. Too many to draw are left to the number. */
function Slots({ gate }: { readonly gate: GateStatus }): ReactElement | null {
  if (gate.cap > 24) return null;
  return (
    <span className="slots" aria-hidden="true">
      {Array.from({ length: gate.cap }, (_, at) => {
        const held = at < gate.leased ? 'leased' : at < gate.allowed ? 'free' : 'closed';
        return <i key={at} data-held={held} />;
      })}
    </span>
  );
}
