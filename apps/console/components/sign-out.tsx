'use client';
/** Ends the session on the server, then leaves for the sign-in page with nothing of the console kept in memory. */
import { type ReactElement, useState } from 'react';
import { Icon } from './icons.tsx';
import { useWords } from './words-provider.tsx';
import { write } from './write.ts';

export function SignOut(): ReactElement {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');

  async function leave(): Promise<void> {
    setBusy(true);
    const answer = await write('/api/session', { method: 'DELETE' }, words);
    if (answer.ok || answer.status === 401) window.location.assign('/sign-in');
    else {
      setWrong(answer.sentence);
      setBusy(false);
    }
  }

  return (
    <>
      <button type="button" className="button plain slim -ms-2" onClick={leave} disabled={busy}>
        <Icon name="exit" size={16} />
        {busy ? words.w.shell.signingOut : words.w.shell.signOut}
      </button>
      <span role="status">{wrong}</span>
    </>
  );
}
