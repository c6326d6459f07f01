/** An address that leads nowhere. It may be seen by anyone, so it says nothing but that. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Blank } from '../components/bits.tsx';
import { pageWords } from '../components/page-words.ts';

export default async function NotFound(): Promise<ReactElement> {
  const { w } = await pageWords();
  return (
    <main className="grid min-h-dvh place-items-center">
      <Blank icon="question" title={w.trouble.notFound} heading="h1">
        <p>{w.trouble.notFoundText}</p>
        <Link className="button" href="/" prefetch={false}>
          {w.trouble.home}
        </Link>
      </Blank>
    </main>
  );
}
