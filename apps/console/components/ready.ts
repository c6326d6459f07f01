'use client';
/**
 * Whether the page has come alive. Until then a form would be sent by the browser itself, with its fields in the
 * address: its button waits for this.
 */
import { useSyncExternalStore } from 'react';

const never = (): (() => void) => () => {};

/** False on the server and before the page is alive, true from then on. */
export function useReady(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
