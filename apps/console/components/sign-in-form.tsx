'use client';
/** The token field. The token goes to the server once and is kept nowhere in the browser. */
import { type FormEvent, type ReactElement, useId, useRef, useState } from 'react';
import { useReady } from './ready.ts';
import { useWords } from './words-provider.tsx';

export function SignInForm({ next }: { readonly next: string }): ReactElement {
  const { w, f } = useWords();
  const ready = useReady();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (token === '') return refuse(w.signIn.empty);
    setBusy(true);
    setWrong(null);
    try {
      const answer = await fetch('/api/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      if (answer.ok) return window.location.assign(next);
      refuse(await sentence(answer));
    } catch {
      refuse(w.signIn.unreachable);
    }
  }

  function refuse(text: string): void {
    setBusy(false);
    setWrong(text);
    field.current?.focus();
    field.current?.select();
  }

  async function sentence(answer: Response): Promise<string> {
    const body: unknown = await answer.json().catch(() => null);
    const code = (body as { error?: { code?: string } } | null)?.error?.code ?? String(answer.status);
    if (answer.status === 429) {
      return w.signIn.tooMany(f.duration((Number(answer.headers.get('retry-after')) || 60) * 1000));
    }
    if (answer.status === 401 || answer.status === 400) return w.signIn.wrong;
    if (answer.status === 503) return w.trouble.away;
    if (answer.status === 500 && code.startsWith('admin_token')) return w.signIn.unset;
    return w.signIn.failed(code);
  }

  return (
    <form className="stack" onSubmit={submit} noValidate>
      <div className="field">
        <label htmlFor={id}>{w.signIn.token}</label>
        <div className="flex gap-2">
          <input
            ref={field}
            id={id}
            className="input"
            type={shown ? 'text' : 'password'}
            autoComplete="current-password"
            autoCapitalize="none"
            spellCheck={false}
            aria-invalid={wrong !== null}
            aria-describedby={`${id}-hint ${id}-wrong`}
          />
          <button type="button" className="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? w.signIn.hide : w.signIn.show}
          </button>
        </div>
        <span id={`${id}-hint`} className="hint">
          {w.signIn.hint}
        </span>
        <span id={`${id}-wrong`} className="wrong" role="alert">
          {wrong}
        </span>
      </div>
      <button type="submit" className="button primary" disabled={busy || !ready}>
        {busy ? w.signIn.submitting : w.signIn.submit}
      </button>
    </form>
  );
}
