'use client';
/** The console's pages, with the one that is open marked. */
import Link, { useLinkStatus } from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { type ReactElement, Suspense } from 'react';
import { Icon, type IconName } from './icons.tsx';
import { useWords } from './words-provider.tsx';

interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  readonly here: boolean;
}

export function Navigation({ records }: { readonly records: boolean }): ReactElement {
  const { w } = useWords();
  return (
    <nav className="nav" aria-label={w.shell.navigation}>
      <Suspense>
        <Places records={records} />
      </Suspense>
    </nav>
  );
}

function Places({ records }: { readonly records: boolean }): ReactElement {
  const { w } = useWords();
  const path = usePathname();
  const query = useSearchParams();
  const inReview = query.get('status') === 'needs_review' || query.get('queue') === 'needs_review';
  const inRecords = path === '/records' || path.startsWith('/records/');
  const places: Place[] = [
    { href: '/', label: w.shell.overview, icon: 'overview', here: path === '/' },
    { href: '/records', label: w.shell.records, icon: 'records', here: inRecords && !inReview },
    { href: '/records?status=needs_review', label: w.shell.review, icon: 'review', here: inRecords && inReview },
    { href: '/runs', label: w.shell.runs, icon: 'runs', here: path.startsWith('/runs') },
    { href: '/parked', label: w.shell.parked, icon: 'parked', here: path === '/parked' },
    { href: '/intake', label: w.shell.intake, icon: 'intake', here: path === '/intake' },
  ];
  const shown = records ? places : places.filter(({ href }) => ['/', '/runs', '/parked'].includes(href));
  return (
    <>
      {shown.map(({ href, label, icon, here }) => (
        <Link key={href} href={href} prefetch={false} {...(here ? { 'aria-current': 'page' as const } : {})}>
          <Icon name={icon} />
          {label}
          <Pending />
        </Link>
      ))}
    </>
  );
}

/** Shows on the link itself that its page is on the way. */
function Pending(): ReactElement | null {
  const { pending } = useLinkStatus();
  return pending ? <span className="nav-pending" /> : null;
}
