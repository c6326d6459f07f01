/** Sign-in: one field, one button. Somebody who is signed in already goes straight on. */
import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactElement } from 'react';
import { Mark } from '../../components/icons.tsx';
import { one } from '../../components/operator.ts';
import { pageWords } from '../../components/page-words.ts';
import { SignInForm } from '../../components/sign-in-form.tsx';
import { readOperator } from '../../lib/session.ts';
import { defaultLocale, wordsFor } from '../../lib/words/index.ts';

export const metadata: Metadata = { title: wordsFor(defaultLocale).signIn.title };

export default async function SignInPage(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const { w } = pageWords();
  const next = localPath(one((await props.searchParams).next));
  const jar = await cookies();
  const operator = await readOperator(jar).catch(() => null);
  if (operator !== null) redirect(next);
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-96">
        <div className="brand mb-5 px-0!">
          <Mark size={30} />
          <span className="text-xl">{w.shell.product}</span>
        </div>
        <div className="panel p-6">
          <h1>{w.signIn.title}</h1>
          <p className="quiet mt-1 mb-5">{w.signIn.lead}</p>
          <SignInForm next={next} />
        </div>
      </div>
    </main>
  );
}

/** Only paths of this console are gone back to: one slash, never two, no backslash that browsers read as one. */
function localPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) && !next.startsWith('/sign-in') ? next : '/';
}
