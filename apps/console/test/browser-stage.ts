/**
 * What the browser tests stand on: the built console as a process of its own over a database of its own, a far end that
 * answers by script instead of reading, and a real browser. Nothing here asserts anything.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import pg from 'pg';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensureConsoleBuilt } from '../../../launch/console-build.ts';
import { startConsole, waitForHealth } from '../../../launch/console-server.ts';
import { freePort, testDatabase } from '../../../test/database.ts';
import { type Link, openLink } from './browser-link.ts';
import { adminToken, cronSecret, migrated } from './stage.ts';

export { adminToken, cronSecret } from './stage.ts';

/** How the far end answers for a record. Without a script it says *verified*. */
export interface Script {
  readonly status?: number;
  readonly body?: unknown;
  readonly delayMs?: number;
}

/** The console as people meet it, and what a test may do behind its back. */
export interface BrowserStage {
  readonly address: string;
  readonly sql: pg.Pool;
  /** Between the console and its database. */
  readonly link: Link;
  readonly script: Map<string, Script>;
  /** What the browser complained about: errors of scripts and of the content policy. */
  readonly complaints: string[];
  /** A page of a browser of its own; signed in unless `signedIn` is false. */
  open(options?: { phone?: boolean; signedIn?: boolean }): Promise<Page>;
  close(): Promise<void>;
}

/** Sets everything up for one test file; `close` takes it down in reverse. */
export async function openBrowserStage(env: Readonly<Record<string, string>> = {}): Promise<BrowserStage> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  await ensureConsoleBuilt(process.env, AbortSignal.timeout(170_000), () => {});
  const database = await testDatabase({ after: (step) => undo.push(step) }, { template: migrated });
  const store = await mkdtemp(join(tmpdir(), 'tidegate-browser-'));
  undo.push(() => rm(store, { recursive: true, force: true }));
  const sql = new pg.Pool({ connectionString: database.url, max: 2, allowExitOnIdle: true });
  sql.on('error', () => {});
  undo.push(() => sql.end());
  const link = await openLink(database.url);
  undo.push(() => link.cut());
  const script = new Map<string, Script>();
  const farEnd = await openFarEnd(script);
  undo.push(async () => farEnd.server.close());
  const port = await freePort();
  const server = startConsole('127.0.0.1', port, {
    ...process.env,
    DATABASE_URL: link.url,
    ATTACHMENTS_URL: `file:${store}`,
    ADMIN_TOKEN: adminToken,
    CRON_SECRET: cronSecret,
    EXECUTOR_URL: farEnd.address,
    SEED: 'none',
    LOG_LEVEL: 'error',
    ...env,
  });
  undo.push(() => server.stop());
  const address = `http://127.0.0.1:${port}`;
  await waitForHealth(server, address, AbortSignal.timeout(60_000));
  const browser = await openBrowser();
  undo.push(() => browser.close());
  const complaints: string[] = [];
  stores.set(sql, store);
  const open: BrowserStage['open'] = async (options = {}) => await openPage({ browser, address, complaints }, options);
  return { address, sql, link, script, complaints, open, close };
}

const stores = new WeakMap<pg.Pool, string>();

/** Starts a browser without a window: the Chromium that comes from npm on Linux x64, elsewhere an installed Chrome. */
async function openBrowser(): Promise<Browser> {
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

async function openPage(
  at: { browser: Browser; address: string; complaints: string[] },
  { phone = false, signedIn = true }: { phone?: boolean; signedIn?: boolean },
): Promise<Page> {
  const context = await at.browser.newContext({
    baseURL: at.address,
    reducedMotion: 'reduce',
    ...(phone
      ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
      : { viewport: { width: 1280, height: 800 } }),
  });
  context.setDefaultTimeout(20_000);
  if (signedIn) await signIn(context, at.address);
  const page = await context.newPage();
  page.on('pageerror', (error) => at.complaints.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    // A refused request is a complaint of its own kind, and here often the point.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      at.complaints.push(`${page.url()}: ${message.text()}`);
    }
  });
  return page;
}

async function signIn(context: BrowserContext, address: string): Promise<void> {
  const answer = await context.request.post(`${address}/api/session`, {
    data: { token: adminToken },
    headers: { origin: address },
  });
  if (answer.status() !== 204) throw new Error(`Signing in was answered ${answer.status()}.`);
}

/** A far end that works by script; it writes nothing, as the contract has it. */
async function openFarEnd(script: ReadonlyMap<string, Script>): Promise<{ address: string; server: Server }> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const { recordId } = JSON.parse(text) as { recordId: string };
      const { status = 200, body = { verdict: 'verified', reasons: [] }, delayMs = 0 } = script.get(recordId) ?? {};
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      }, delayMs);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${port}`, server };
}

/** The folder with the sample receipts. */
export const samples: string = join(import.meta.dirname, '../../../samples/receipts');

/** Enters a record with one of the sample receipts, by SQL, and returns its id. */
export async function enterRecord(
  { sql }: Pick<BrowserStage, 'sql'>,
  record: {
    company: string;
    date?: string;
    total?: string;
    status?: string;
    verdict?: unknown;
    minutesOld?: number;
    file?: string;
  },
): Promise<string> {
  const { company, date = '2022-12-25', total = '85.10', status = 'pending', verdict = null, minutesOld = 5 } = record;
  const { rows } = await sql.query<{ id: string }>(
    `insert into public.records (kind, locale, claims, verification_status, verdict, created_at)
     values ('receipt', 'en-US', $1, $2, $3, clock_timestamp() - $4 * interval '1 minute')
     returning id`,
    [{ company, date, total }, status, verdict === null ? null : JSON.stringify(verdict), minutesOld],
  );
  const id = rows[0]?.id ?? '';
  const file = record.file ?? '005.jpg';
  const path = `${id}/${file}`;
  await sql.query(`insert into public.attachments (record_id, path, media_type) values ($1, $2, 'image/jpeg')`, [
    id,
    path,
  ]);
  if (verdict !== null) {
    // An attachment is a change of the record, which sets it back; the verdict stands again here.
    await sql.query('update public.records set verification_status = $2, verdict = $3 where id = $1', [
      id,
      status,
      JSON.stringify(verdict),
    ]);
  }
  const target = join(stores.get(sql as pg.Pool) ?? '', path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(samples, file), target);
  return id;
}

/** A verdict about samples/receipts/005.jpg, with boxes where its values stand; the total is claimed otherwise. */
export function verdictOn005(verdict: 'verified' | 'rejected' | 'needs_review', claimedTotal = '85.10'): unknown {
  const at = (box: readonly number[], quote: string): unknown => [{ attachment: 0, page: 1, quote, box }];
  const same = claimedTotal === '85.10';
  return {
    verdict,
    policy: '2026-11-1',
    reasons: verdict === 'rejected' ? ['total_mismatch'] : verdict === 'needs_review' ? ['date_in_doubt'] : [],
    costMicros: 0,
    pages: [{ attachment: 0, page: 1, width: 618, height: 1200, turned: 0 }],
    findings: [
      {
        field: 'company',
        finding: 'match',
        claimed: 'brackwell & toomley hardware',
        found: 'BRACKWELL & TOOMLEY HARDWARE',
        reasons: ['exact'],
        evidence: at([0.1014, 0.0361, 0.8967, 0.0628], 'BRACKWELL & TOOMLEY HARDWARE'),
      },
      {
        field: 'date',
        finding: 'match',
        claimed: '2022-12-25',
        found: '2022-12-25',
        reasons: verdict === 'needs_review' ? ['ambiguous_day_month'] : ['exact'],
        evidence: at([0.2018, 0.2931, 0.4357, 0.3172], '12/25/2022'),
      },
      {
        field: 'total',
        finding: same ? 'match' : 'mismatch',
        claimed: claimedTotal,
        found: '85.10',
        reasons: [same ? 'exact' : 'value_differs'],
        evidence: at([0.2492, 0.7843, 0.936, 0.813], 'USD 85.10'),
      },
    ],
  };
}

/** How far the page can be scrolled sideways, in pixels: 0 on every width that is supported. */
export async function sidewaysOf(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
