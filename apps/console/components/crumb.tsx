/** The way back to the list that a page belongs to. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Icon } from './icons.tsx';

export function Crumb({ href, label }: { readonly href: string; readonly label: string }): ReactElement {
  return (
    <Link className="crumb" href={href} prefetch={false}>
      <Icon name="back" size={14} />
      {label}
    </Link>
  );
}
