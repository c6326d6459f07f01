/** The console when things are not as usual: closed gates, nothing there, a phone, no mouse, a database that is away. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  type BrowserStage,
  cronSecret,
  enterRecord,
  openBrowserStage,
  sidewaysOf,
  verdictOn005,
} from './browser-stage.ts';

describe('the console when things are not as usual', () => {
  let stage: BrowserStage;
  let record: string;
  let run: string;
  const pages = (): readonly string[] => [
    '/',
    '/?days=30',
    '/records',
    '/records?status=needs_review',
    `/records/${record}`,
    '/runs',
    `/runs/${run}`,
    '/parked',
    '/intake',
    '/records?q=nobody',
    '/records/00000000-0000-4000-8000-000000000000',
    '/nowhere',
  ];

  before(async () => {
    stage = await openBrowserStage({ CRON_SCHEDULE: '*/5 * * * *' });
  });
  after(async () => await stage.close());

  test('an empty console says what will stand there and what to do next', async () => {
    const page = await stage.open();
    for (const [path, sentence] of [
      ['/', 'No run yet. The next one, by cron or by hand, will stand here.'],
      ['/records', 'No record yet'],
      ['/records?status=needs_review', 'Nothing to review'],
      ['/runs', 'Runs appear here once a tick, a person or the command line opens the gate.'],
      ['/parked', 'Nothing is parked'],
    ] as const) {
      await page.goto(path);
      await page.getByText(sentence).first().waitFor();
      const ways = await page
        .getByRole('main')
        .getByRole('link')
        .or(page.getByRole('main').getByRole('button'))
        .count();
      assert.ok(ways > 0 || path === '/parked', `${path} leads on`);
    }
    await page.context().close();
  });

  test('a tick that did not come is unmistakable', async () => {
    record = await enterRecord(stage, {
      company: 'An Uncommonly Long Company Name With Every Legal Form There Is Incorporated And Sons',
      status: 'needs_review',
      verdict: verdictOn005('needs_review'),
    });
    await enterRecord(stage, { company: 'A\u202egnp.exe\u200b <img src=x onerror=alert(1)>', minutesOld: 1 });
    const answer = await fetch(`${stage.address}/api/cron/verify-records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cronSecret}` },
    });
    run = ((await answer.json()) as { runId: string }).runId;
    const page = await stage.open();
    await page.goto('/');
    await page.getByText('Records are let through on every tick.').waitFor();
    assert.equal(await page.getByText('No tick came when one was due').count(), 0);
    await stage.sql.query(
      `update tidegate.runs set opened_at = opened_at - interval '1 hour', touched_at = touched_at - interval '1 hour', closed_at = closed_at - interval '1 hour'`,
    );
    await page.reload();
    await page.getByRole('alert').filter({ hasText: 'No tick came when one was due' }).waitFor();
    await page.context().close();
  });

  test('a gate is paused with a reason and resumed', async () => {
    const page = await stage.open();
    await page.goto('/');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog', { name: 'Pause this gate' }).waitFor();
    await page.keyboard.type('invoice in dispute');
    await page.keyboard.press('Enter');
    await page.getByText('A person paused the gate.').waitFor();
    await page.getByText('invoice in dispute (paused by admin)').waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page
      .getByText(/paused/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Records are let through on every tick.').waitFor();
    await page.context().close();
  });

  test('names that hide or turn characters are shown as what they are', async () => {
    const page = await stage.open();
    await page.goto('/records');
    const row = page.locator('tbody tr').filter({ hasText: 'gnp.exe' });
    assert.match(await row.innerText(), /A\s*U\+202E\s*gnp\.exe\s*U\+200B\s*<img src=x onerror=alert\(1\)>/);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await page.context().close();
  });

  test('no page scrolls sideways on a phone', async () => {
    const page = await stage.open({ phone: true });
    for (const path of pages()) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('load');
      assert.equal(await sidewaysOf(page), 0, path);
    }
    const nav = page.getByRole('navigation', { name: 'Main' });
    await page.goto('/');
    await nav.getByRole('link', { name: 'Intake' }).tap();
    await page.getByRole('heading', { name: 'Intake' }).waitFor();
    await page.context().close();
  });

  test('every page has one heading, landmarks, and a name for whatever can be used', async () => {
    const page = await stage.open();
    for (const path of pages()) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('load');
      assert.deepEqual(await page.evaluate(faultsOnPage), [], path);
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, path);
      assert.equal(await page.getByRole('main').count(), 1, path);
    }
    await page.context().close();
  });

  test('everything can be reached and seen by keyboard', async () => {
    const page = await stage.open();
    await page.goto('/');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
    await page.goto('/records');
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement === document.body)) break;
      reached.push(await focused(page));
      assert.equal(await page.evaluate(isFocusSeen), true, `focus is seen on ${reached.at(-1)}`);
    }
    for (const name of ['Overview', 'Intake', 'Sign out', 'Needs review', 'Search']) {
      assert.ok(reached.includes(name), `${name} is reached: ${reached.join(', ')}`);
    }
    await page.context().close();
  });

  test('what is not there answers 404 with a way out', async () => {
    const page = await stage.open();
    for (const [path, sentence] of [
      ['/records/00000000-0000-4000-8000-000000000000', 'No such record'],
      ['/records/not-an-id', 'No such record'],
      ['/runs/00000000-0000-4000-8000-000000000000', 'No such run'],
      ['/records?cursor=made-up', 'There is nothing here'],
      ['/nowhere', 'There is nothing here'],
    ] as const) {
      const answer = await page.goto(path);
      await page.getByRole('heading', { name: sentence }).waitFor();
      if (!path.includes('cursor')) assert.equal(answer?.status(), 404, path);
      await page
        .getByRole('link', { name: /^(All records|All runs|Go to the overview)$/ })
        .first()
        .waitFor();
    }
    await page.context().close();
  });

  test('pages carry the headers that keep strangers out', async () => {
    const answer = await fetch(`${stage.address}/sign-in`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(part), part);
    }
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(answer.headers.get('x-powered-by'), null);
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/);
    for (const path of pages().slice(0, 9)) {
      const closed = await fetch(stage.address + path, { redirect: 'manual' });
      assert.equal(closed.status, 307, path);
      assert.match(closed.headers.get('location') ?? '', /^\/sign-in/);
      assert.doesNotMatch(await closed.text(), /Uncommonly Long/);
    }
  });

  test('a database that is away is said so, and the page comes back with it', async () => {
    const page = await stage.open();
    await page.goto('/runs');
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await stage.link.cut();
    await page.goto('/parked');
    await page.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
    await page.getByText('The database cannot be reached right now.').waitFor();
    await stage.link.mend();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Nothing is parked').waitFor();
    await page.context().close();
  });
});

describe('the console over somebody else’s gates', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await openBrowserStage({ RECORDS: 'off' });
  });
  after(async () => await stage.close());

  test('it shows every gate, hides the records, and releases what is parked', async () => {
    await stage.sql.query(
      `create table public.applications (id int primary key, at timestamptz not null default now())`,
    );
    await stage.sql.query(`create view tidegate.verify_applications as
      select id as key, at as position, null::text as skip from public.applications`);
    await stage.sql.query('insert into public.applications (id) values (7)');
    await stage.sql.query(`insert into tidegate.gates (name, cap, shut_at, shut_code, shut_reason)
      values ('verify-applications', 3, now(), 'http_401', 'the provider answers 401')`);
    await stage.sql.query(`insert into tidegate.items (gate, key, attempt, state, since_at, failed_at, failures, code, reason)
      select id, '7', 5, 'parked', now(), now(), 5, 'failed', 'nine digits where ten belong'
      from tidegate.gates where name = 'verify-applications'`);
    const page = await stage.open();
    await page.goto('/?gate=verify-applications');
    await page.getByText('the provider answers 401').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Run now' }).count(), 0, 'its work is in another program');
    assert.deepEqual(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts(), [
      'Overview',
      'Runs',
      'Parked',
    ]);
    for (const path of ['/records', '/intake', '/records/00000000-0000-4000-8000-000000000000']) {
      assert.equal((await page.goto(path))?.status(), 404, path);
    }
    await page.goto('/parked?gate=verify-applications');
    await page.getByText('Nine digits where ten belong').waitFor();
    await page.getByRole('button', { name: 'Release 7' }).click();
    await page.getByText('Nothing is parked').waitFor();
    await page.goto('/?gate=verify-applications');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Records are let through on every tick.').waitFor();
    await page.context().close();
  });
});

/** The name of what has the focus. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return (element?.getAttribute('aria-label') ?? element?.innerText ?? element?.tagName ?? '').trim();
  });
}

/** Whether what has the focus, or its row, is drawn with an outline. */
function isFocusSeen(): boolean {
  const element = document.activeElement;
  if (element === null || element === document.body) return false;
  const styles = [getComputedStyle(element), getComputedStyle(element, '::after')];
  return styles.some((style) => style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0);
}

/** Things that can be used without a name, pictures without words for them, fields without a label. */
function faultsOnPage(): string[] {
  const name = (element: Element): string =>
    element.getAttribute('aria-label') ??
    [...(element.getAttribute('aria-labelledby')?.split(' ') ?? [])]
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join('')
      .concat((element as HTMLInputElement).labels?.[0]?.textContent ?? '', element.textContent ?? '');
  const unnamed = [...document.querySelectorAll('a, button, input:not([type="hidden"]), select, textarea, summary')]
    .filter((element) => name(element).trim() === '')
    .map((element) => element.outerHTML.slice(0, 120));
  const pictures = [...document.querySelectorAll('img:not([alt])')].map((element) => element.outerHTML.slice(0, 120));
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id ${id} twice`);
  return [...unnamed, ...pictures, ...twice, ...(document.documentElement.lang === '' ? ['no language'] : [])];
}
