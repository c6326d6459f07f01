/** Addresses that a query may send somebody to. */

const here = 'http://console.invalid';

/**
 * The address if it lies in this console, as browsers read it and fit for a header; else the overview. No host, no
 * control characters, no backslash, which browsers read as a slash.
 */
export function localPath(address: string | null | undefined): string {
  if (address == null || !/^\/[^\\\p{Cc}]*$/u.test(address)) return '/';
  const url = URL.parse(address, here);
  const path = url?.origin === here ? url.pathname + url.search : '/';
  return path.startsWith('//') ? '/' : path;
}
