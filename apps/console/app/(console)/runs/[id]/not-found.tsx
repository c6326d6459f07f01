/** The run that an address named is not there. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Blank } from '../../../../components/bits.tsx';
import { pageWords } from '../../../../components/page-words.ts';

export default async function No(): Promise<ReactElement> {
  const { w } = await pageWords();
  return (
    <div className="panel">
      <Blank icon="runs" title={w.trouble.runNotFound} heading="h1">
        <p>{w.trouble.runNotFoundText}</p>
        <Link className="button" href="/runs" prefetch={false}>
          {w.runs.back}
        </Link>
      </Blank>
    </div>
  );
}
