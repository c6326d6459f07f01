'use client';
/** One character that the eye cannot see, by its code point. In the browser, where the page's language is at hand. */
import type { ReactElement } from 'react';
import { useWords } from './words-provider.tsx';

export function HiddenCharacter({ code }: { readonly code: string }): ReactElement {
  const { w } = useWords();
  return (
    <span className="hidden-character" title={w.shell.hiddenCharacter(code)}>
      {code}
    </span>
  );
}
