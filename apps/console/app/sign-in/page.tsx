/** Sign-in: one field, one button. Somebody who is signed in already goes straight on. */
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactElement } from 'react';
import { Mark } from '../../components/icons.tsx';
import { LanguageSwitch } from '../../components/language-switch.tsx';
import { one } from '../../components/operator.ts';
import { pageWords, titled } from '../../components/page-words.ts';
import { SignInForm } from '../../components/sign-in-form.tsx';
import { localPath } from '../../lib/local-path.ts';
import { readOperator } from '../../lib/session.ts';

export const generateMetadata = titled((w) => w.signIn.title);

export default async function SignInPage(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const { w } = await pageWords();
  const next = afterSignIn(one((await props.searchParams).next));
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
        <div className="mt-3 px-1">
          <LanguageSwitch />
        </div>
      </div>
    </main>
  );
}

/** Never back to this very page. */
function afterSignIn(asked: string | null): string {
  const next = localPath(asked);
  return next.startsWith('/sign-in') ? '/' : next;
}
