/** The record that an address named is not there. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Blank } from '../../../../components/bits.tsx';
import { pageWords } from '../../../../components/page-words.ts';

export default async function No(): Promise<ReactElement> {
  const { w } = await pageWords();
  return (
    <div className="panel">
      <Blank icon="records" title={w.trouble.recordNotFound} heading="h1">
        <p>{w.trouble.recordNotFoundText}</p>
        <Link className="button" href="/records" prefetch={false}>
          {w.record.back}
        </Link>
      </Blank>
    </div>
  );
}
