/**
 * A browser for tests: the Chromium that comes from npm on Linux x64, elsewhere an installed Chrome. Without either the
 * tests fail with a sentence, they are never passed over.
 */
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Starts a browser without a window. */
export async function openBrowser(): Promise<Browser> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    // Not the package's own list of arguments: it turns web security off, and with it the Origin of requests.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    return await chromium.launch({ executablePath: await sparticuz.executablePath(), args, headless: true });
  }
  try {
    return await chromium.launch({ channel: 'chrome', headless: true });
  } catch (cause) {
    throw new Error('The browser tests need Google Chrome: install it, or run them on Linux x64.', { cause });
  }
}

/** How far the page can be scrolled sideways, in pixels: 0 on every width that is supported. */
export async function sidewaysOf(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
