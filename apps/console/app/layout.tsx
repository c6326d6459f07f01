/** The document around every page. */
import './globals.css';
import type { Metadata, Viewport } from 'next';
import type { ReactElement, ReactNode } from 'react';
import { pageWords } from '../components/page-words.ts';
import { WordsProvider } from '../components/words-provider.tsx';

export const dynamic = 'force-dynamic';

export async function generateMetadata(): Promise<Metadata> {
  const { shell } = (await pageWords()).w;
  return {
    title: { default: shell.product, template: `%s · ${shell.product}` },
    robots: { index: false, follow: false },
  };
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#121c20' },
  ],
};

export default async function Layout({ children }: { readonly children: ReactNode }): Promise<ReactElement> {
  const { locale, timeZone } = await pageWords();
  return (
    <html lang={locale}>
      <body>
        <WordsProvider locale={locale} timeZone={timeZone}>
          {children}
        </WordsProvider>
      </body>
    </html>
  );
}
