'use client';
/** Previous and next in the review queue, also by K and J, and the list of keys by a question mark. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactElement, useEffect, useState } from 'react';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import { useWords } from '../words-provider.tsx';
import { onKey } from './keys.ts';
import type { QueuePlace } from './queue.ts';

/** The address of a record inside the queue. */
export function inQueue(id: string): string {
  return `/records/${id}?queue=needs_review`;
}

export function QueueSteps({ place }: { readonly place: QueuePlace }): ReactElement {
  const { w, f } = useWords();
  const router = useRouter();
  const [help, setHelp] = useState(false);
  const { previous, next } = place;

  useEffect(
    () =>
      onKey({
        j: () => next !== null && router.push(inQueue(next)),
        k: () => previous !== null && router.push(inQueue(previous)),
        '?': () => setHelp(true),
      }),
    [router, next, previous],
  );

  const count = f.number(place.count);
  return (
    <nav className="queue" aria-label={w.queue.label}>
      {place.at === null ? null : (
        <span className="quiet small whitespace-nowrap">
          {w.queue.position(f.number(place.at), place.atLeast ? w.overview.atLeast(count) : count)}
        </span>
      )}
      <Step id={previous} label={w.queue.previous} hotkey="K" />
      <Step id={next} label={w.queue.next} hotkey="J" />
      <button type="button" className="button slim key-hint" aria-label={w.keys.open} onClick={() => setHelp(true)}>
        <Icon name="keyboard" size={17} />
      </button>
      <Dialog open={help} title={w.keys.title} onClose={() => setHelp(false)}>
        <dl className="keys">
          {w.keys.list.map(([key, does]) => (
            <div key={key} className="contents">
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <div className="actions mt-4 justify-end">
          <button type="button" className="button" onClick={() => setHelp(false)}>
            {w.shell.close}
          </button>
        </div>
      </Dialog>
    </nav>
  );
}

function Step(props: { readonly id: string | null; readonly label: string; readonly hotkey: string }): ReactElement {
  const inside = (
    <>
      {props.label} <kbd className="key-hint">{props.hotkey}</kbd>
    </>
  );
  return props.id === null ? (
    <span className="button slim" aria-disabled="true">
      {inside}
    </span>
  ) : (
    <Link className="button slim" href={inQueue(props.id)} prefetch={false}>
      {inside}
    </Link>
  );
}
