/** The frame of the console: navigation beside or below, content in the middle. It shows nobody's records itself. */
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import { Mark } from '../../components/icons.tsx';
import { LanguageSwitch } from '../../components/language-switch.tsx';
import { Navigation } from '../../components/navigation.tsx';
import { reading } from '../../components/operator.ts';
import { pageWords } from '../../components/page-words.ts';
import { SignOut } from '../../components/sign-out.tsx';
import { recordsAreOn } from '../../lib/queries.ts';

export default async function ConsoleLayout({ children }: { readonly children: ReactNode }): Promise<ReactElement> {
  const { w, timeZone } = await pageWords();
  const records = await reading(recordsAreOn).catch(() => true);
  return (
    <>
      <a className="skip" href="#content">
        {w.shell.skip}
      </a>
      <div className="frame">
        <header className="side">
          <div className="side-inner">
            <Link className="brand" href="/">
              <Mark />
              {w.shell.product}
            </Link>
            <Navigation records={records} />
            <div className="side-foot">
              <p>{w.shell.zone(timeZone)}</p>
              <LanguageSwitch />
              <SignOut />
            </div>
          </div>
        </header>
        <main id="content" className="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}
