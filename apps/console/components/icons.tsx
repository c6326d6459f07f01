/**
 * The console's icons: drawn on a 20-unit grid, one stroke weight, always beside words, so hidden from screen readers.
 */
import type { ReactElement } from 'react';

const paths = {
  overview: 'M3 16V9m4.7 7V4m4.6 12v-5m4.7 5V7',
  records: 'M5 2.8h7l3.5 3.6v10.8H5zM12 2.8v3.8h3.5M7.6 10.2h5M7.6 13.4h5',
  review:
    'M1.8 10S4.8 4.6 10 4.6 18.2 10 18.2 10 15.2 15.4 10 15.4 1.8 10 1.8 10zM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z',
  runs: 'M3.2 10a6.8 6.8 0 1 1 2 4.8M3.2 10l-1.4-1.8M3.2 10l2-1.4M10 6.4V10l2.6 1.6',
  parked: 'M3 3h14v14H3zM8 14.2V6h2.7a2.4 2.4 0 0 1 0 4.9H8',
  intake: 'M10 12.6V3.4m0 0L6.4 7M10 3.4 13.6 7M3.4 12.6v4h13.2v-4',
  check: 'M4 10.6 8.2 15 16 5.6',
  cross: 'M5 5l10 10M15 5 5 15',
  question: 'M7.2 7.4a2.9 2.9 0 1 1 4.4 2.5c-1 .6-1.6 1.1-1.6 2.3M10 15.6v.01',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6.2V10l2.6 1.8',
  minus: 'M5 10h10',
  later: 'M15.8 8A6.2 6.2 0 1 0 16 12M16.4 4.4V8h-3.6',
  alert: 'M10 3 1.8 17h16.4zM10 8.2v3.9M10 14.6v.01',
  gateOpen: 'M3.6 17V4.4m12.8 12.6V4.4M3.6 6.4h12.8M7.2 12.6h5.6m0 0-2.2-2.2m2.2 2.2-2.2 2.2',
  gateShut: 'M3.6 17V4.4m12.8 12.6V4.4M3.6 6.4h12.8M7.8 6.4V17M12.2 6.4V17',
  pause: 'M7 4.6v10.8M13 4.6v10.8',
  play: 'M6.2 4.2v11.6L15.6 10z',
  back: 'M11.8 4.8 6.6 10l5.2 5.2',
  next: 'M8.2 4.8 13.4 10l-5.2 5.2',
  file: 'M5 2.8h7l3.5 3.6v10.8H5zM12 2.8v3.8h3.5',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.4 13.4 17 17',
  exit: 'M12 5V3H3.6v14H12v-2M8 10h9m0 0-2.8-2.8M17 10l-2.8 2.8',
  wave: 'M1.8 7.4c1.6-1.6 3-1.6 4.6 0s3 1.6 4.6 0 3-1.6 4.6 0 1.8 1.2 2.6 1M1.8 12.4c1.6-1.6 3-1.6 4.6 0s3 1.6 4.6 0 3-1.6 4.6 0 1.8 1.2 2.6 1',
  keyboard: 'M2 5h16v10H2zM5 8.2h.01M8.3 8.2h.01M11.6 8.2h.01M15 8.2h.01M6 11.8h8',
} as const;

export type IconName = keyof typeof paths;

/** One icon in the colour of its text. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** The product's mark: a gate with the tide passing under it. */
export function Mark({ size = 26 }: { readonly size?: number }): ReactElement {
  return (
    <svg viewBox="0 0 26 26" width={size} height={size} fill="none" aria-hidden="true">
      <path d="M4 23V3.5M22 23V3.5M4 6h18" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
      <path d="M9.4 6v5M13 6v5M16.6 6v5" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path
        d="M6.6 16.4c1.5-1.5 2.8-1.5 4.3 0s2.8 1.5 4.2 0 2.8-1.5 4.3 0M6.6 20.8c1.5-1.5 2.8-1.5 4.3 0s2.8 1.5 4.2 0 2.8-1.5 4.3 0"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}
