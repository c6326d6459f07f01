'use client';
/** Reads the page again from time to time, while somebody can see it and is not in the middle of a field. */
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

export function Refresh({ everyMs }: { readonly everyMs: number }): null {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      const typing = document.activeElement?.matches('input, textarea, select') ?? false;
      if (document.visibilityState === 'visible' && !typing && document.querySelector('dialog[open]') === null) {
        router.refresh();
      }
    }, everyMs);
    return () => clearInterval(timer);
  }, [router, everyMs]);
  return null;
}
