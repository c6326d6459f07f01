/** Within the console: what an address named is not there. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Blank } from '../../components/bits.tsx';
import { pageWords } from '../../components/page-words.ts';

export default async function NotHere(): Promise<ReactElement> {
  const { w } = await pageWords();
  return (
    <div className="panel">
      <Blank icon="question" title={w.trouble.notFound} heading="h1">
        <p>{w.trouble.notFoundText}</p>
        <Link className="button" href="/" prefetch={false}>
          {w.trouble.home}
        </Link>
      </Blank>
    </div>
  );
}
