'use client';
/** What an operator may ask for one record beside a ruling: verify it now, or release it when it is parked. */
import { useRouter } from 'next/navigation';
import { type ReactElement, useState } from 'react';
import type { RecordStatus } from '../../lib/views.ts';
import { Icon } from '../icons.tsx';
import { useWords } from '../words-provider.tsx';
import { write } from '../write.ts';

export function RecordVerbs(props: {
  readonly id: string;
  readonly verifiable: boolean;
  readonly parked: boolean;
}): ReactElement {
  const words = useWords();
  const { w } = words;
  const router = useRouter();
  const [busy, setBusy] = useState<'verify' | 'release' | null>(null);
  const [said, setSaid] = useState<{ readonly text: string; readonly wrong: boolean } | null>(null);

  async function verify(): Promise<void> {
    setBusy('verify');
    setSaid(null);
    const answer = await write('/api/admin/records', { json: { recordId: props.id } }, words);
    const verdict = answer.ok ? (answer.body as { verdict?: RecordStatus } | null)?.verdict : undefined;
    end(
      answer.ok ? w.record.verifiedNow(verdict === undefined ? '' : w.statuses[verdict]) : answer.sentence,
      !answer.ok,
    );
  }

  async function release(): Promise<void> {
    setBusy('release');
    setSaid(null);
    const answer = await write(`/api/records/${props.id}/release`, {}, words);
    end(answer.ok ? w.record.releasedDone : answer.sentence, !answer.ok);
  }

  function end(text: string, wrong: boolean): void {
    setBusy(null);
    setSaid({ text, wrong });
    router.refresh();
  }

  return (
    <>
      <div className="actions">
        {props.parked ? (
          <button type="button" className="button" onClick={release} disabled={busy !== null}>
            <Icon name="play" size={16} />
            {busy === 'release' ? w.parked.releasing : w.record.release}
          </button>
        ) : null}
        {props.verifiable && !props.parked ? (
          <button type="button" className="button" onClick={verify} disabled={busy !== null}>
            <Icon name="wave" size={17} />
            {busy === 'verify' ? w.record.verifying : w.record.verifyNow}
          </button>
        ) : null}
      </div>
      <p
        role={said?.wrong ? 'alert' : 'status'}
        className={`mt-1 empty:hidden ${said?.wrong ? 'text-rejected' : 'quiet'}`}
      >
        {said?.text}
      </p>
    </>
  );
}
