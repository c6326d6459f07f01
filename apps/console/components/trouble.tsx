'use client';
/** What is shown when a page failed: what that means, a way to try again and a way out. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactElement, startTransition } from 'react';
import { Icon } from './icons.tsx';
import { useWords } from './words-provider.tsx';

export function Trouble(props: { readonly digest: string | undefined; readonly reset: () => void }): ReactElement {
  const { w } = useWords();
  const router = useRouter();
  const digest = props.digest ?? '';

  const known = { database_unavailable: w.trouble.away, schema_outdated: w.trouble.outdated }[digest];

  function again(): void {
    startTransition(() => {
      router.refresh();
      props.reset();
    });
  }

  return (
    <div className="blank" role="alert">
      <Icon name="alert" size={34} />
      <h1>{w.trouble.title}</h1>
      <p>{known ?? w.trouble.text}</p>
      {digest === '' || known !== undefined ? null : <p className="small faint">{w.trouble.digest(digest)}</p>}
      <div className="actions justify-center">
        <button type="button" className="button primary" onClick={again}>
          {w.trouble.retry}
        </button>
        <Link className="button" href="/" prefetch={false}>
          {w.trouble.home}
        </Link>
      </div>
    </div>
  );
}
