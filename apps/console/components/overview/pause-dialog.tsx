'use client';
/** Asks why before a gate is paused, since others will wonder. */
import { type FormEvent, type ReactElement, useId, useRef, useState } from 'react';
import { Dialog } from '../dialog.tsx';
import { useWords } from '../words-provider.tsx';
import { write } from '../write.ts';

export function PauseDialog(props: {
  readonly open: boolean;
  readonly path: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): ReactElement {
  const words = useWords();
  const { verbs, shell } = words.w;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const reason = field.current?.value.trim() ?? '';
    const answer = await write(props.path, { json: reason === '' ? {} : { reason } }, words);
    setBusy(false);
    if (answer.ok) props.onDone();
    else setWrong(answer.sentence);
  }

  return (
    <Dialog open={props.open} title={verbs.pauseTitle} onClose={props.onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="quiet">{verbs.pauseText}</p>
        <div className="field">
          <label htmlFor={id}>
            {verbs.pauseReason} <span className="faint font-normal">({shell.optional})</span>
          </label>
          <input ref={field} id={id} className="input" maxLength={200} aria-describedby={`${id}-hint`} />
          <span id={`${id}-hint`} className="hint">
            {verbs.pauseHint}
          </span>
        </div>
        <p role="alert" className="text-rejected empty:hidden">
          {wrong}
        </p>
        <div className="actions justify-end">
          <button type="button" className="button" onClick={props.onClose}>
            {shell.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {verbs.pauseSubmit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
