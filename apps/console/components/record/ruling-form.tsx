'use client';
/**
 * A person's decision. Choosing and ruling are two steps, so that no key alone decides; within the queue the next record
 * follows at once.
 */
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../icons.tsx';
import { useReady } from '../ready.ts';
import { useWords } from '../words-provider.tsx';
import { write } from '../write.ts';
import { onKey } from './keys.ts';
import { inQueue } from './queue-steps.tsx';

type Decision = 'verified' | 'rejected';

export function RulingForm(props: {
  readonly id: string;
  readonly revision: string;
  /** Within the review queue: where to go after the ruling. Undefined outside of it. */
  readonly next?: string | null;
}): ReactElement {
  const words = useWords();
  const ready = useReady();
  const { ruling } = words.w;
  const router = useRouter();
  const id = useId();
  const note = useRef<HTMLTextAreaElement>(null);
  const rule = useRef<HTMLButtonElement>(null);
  const [decision, setDecision] = useState<Decision | null>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<{ readonly text: string; readonly stale: boolean } | null>(null);

  useEffect(() => {
    const unfold = (): void => rule.current?.closest('details')?.setAttribute('open', '');
    const choose = (chosen: Decision): void => {
      unfold();
      setDecision(chosen);
      setWrong(null);
      rule.current?.focus();
    };
    return onKey({
      v: () => choose('verified'),
      r: () => choose('rejected'),
      n: () => {
        unfold();
        note.current?.focus();
      },
      Escape: () => setDecision(null),
    });
  }, []);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (decision === null) return setWrong({ text: ruling.choose, stale: false });
    setBusy(true);
    setWrong(null);
    const json = { decision, note: note.current?.value.trim() ?? '', revision: props.revision };
    const answer = await write(`/api/records/${props.id}/rulings`, { json }, words);
    if (!answer.ok) {
      setBusy(false);
      return setWrong({ text: answer.sentence, stale: answer.code === 'revision_changed' });
    }
    if (props.next) return router.push(inQueue(props.next));
    if (props.next === null) return router.push('/records?status=needs_review');
    setBusy(false);
    setDecision(null);
    router.refresh();
  }

  return (
    <form onSubmit={submit}>
      <fieldset className="choice" aria-label={ruling.title}>
        <Choice decision="verified" hotkey="V" chosen={decision} onChoose={setDecision} />
        <Choice decision="rejected" hotkey="R" chosen={decision} onChoose={setDecision} />
      </fieldset>
      <div className="field">
        <label htmlFor={id}>
          {ruling.note} <span className="faint font-normal">({words.w.shell.optional})</span>
        </label>
        <textarea
          ref={note}
          id={id}
          className="input"
          rows={2}
          maxLength={2000}
          aria-describedby={`${id}-hint`}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        <span id={`${id}-hint`} className="hint">
          {ruling.noteHint}
        </span>
      </div>
      <p role="alert" className="mt-2 text-rejected empty:hidden">
        {wrong?.text}
      </p>
      <div className="actions mt-3">
        <button ref={rule} type="submit" className="button primary" disabled={busy || !ready}>
          {busy
            ? ruling.submitting
            : decision === null
              ? ruling.submit
              : decision === 'verified'
                ? ruling.submitVerified
                : ruling.submitRejected}
        </button>
        {wrong?.stale ? (
          <button type="button" className="button" onClick={() => router.refresh()}>
            {ruling.reload}
          </button>
        ) : null}
      </div>
    </form>
  );
}

function Choice(props: {
  readonly decision: Decision;
  readonly hotkey: string;
  readonly chosen: Decision | null;
  readonly onChoose: (decision: Decision) => void;
}): ReactElement {
  const { w } = useWords();
  return (
    <label className={`for-${props.decision}`}>
      <input
        type="radio"
        name="decision"
        value={props.decision}
        checked={props.chosen === props.decision}
        onChange={() => props.onChoose(props.decision)}
      />
      <Icon name={props.decision === 'verified' ? 'check' : 'cross'} size={17} />
      {w.ruling[props.decision]}
      <kbd className="key-hint">{props.hotkey}</kbd>
    </label>
  );
}
