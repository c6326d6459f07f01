'use client';
/** A page that failed, inside its frame where it has one. */
import type { ReactElement } from 'react';
import { Trouble } from '../../components/trouble.tsx';

export default function PageError(props: {
  readonly error: Error & { digest?: string };
  readonly reset: () => void;
}): ReactElement {
  return <Trouble digest={props.error.digest} reset={props.reset} />;
}
