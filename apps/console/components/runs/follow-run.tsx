'use client';
/** A run's own page while the run goes on: followed live, then read again as a whole. */
import { useRouter } from 'next/navigation';
import type { ReactElement } from 'react';
import { LiveRun } from '../overview/live-run.tsx';

export function FollowRun(props: {
  readonly runId: string;
  readonly expected: number;
  readonly records: boolean;
}): ReactElement {
  const router = useRouter();
  return <LiveRun {...props} onEnd={() => router.refresh()} />;
}
