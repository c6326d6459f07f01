'use client';
/** Ties a field to its boxes: which one is pointed at, by mouse or keyboard, on either side. */
import { createContext, type ReactElement, type ReactNode, useContext, useMemo, useState } from 'react';

interface Link {
  readonly active: string | null;
  readonly point: (field: string | null) => void;
  /** Page that a field asked to be shown. */
  readonly shown: { readonly page: string; readonly field: string; readonly n: number } | null;
  readonly show: (page: string, field: string) => void;
}

const Evidence = createContext<Link>({ active: null, point: () => {}, shown: null, show: () => {} });

export function EvidenceLink({ children }: { readonly children: ReactNode }): ReactElement {
  const [active, point] = useState<string | null>(null);
  const [shown, setShown] = useState<Link['shown']>(null);
  const link = useMemo(
    (): Link => ({
      active,
      point,
      shown,
      show: (page, field) => {
        point(field);
        setShown((was) => ({ page, field, n: (was?.n ?? 0) + 1 }));
      },
    }),
    [active, shown],
  );
  return <Evidence value={link}>{children}</Evidence>;
}

export function useEvidenceLink(): Link {
  return useContext(Evidence);
}
