/** What people do in the console, done in a real browser against the built server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  adminToken,
  type BrowserStage,
  enterRecord,
  openBrowserStage,
  samples,
  verdictOn005,
} from './browser-stage.ts';

describe('the console in a browser', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await openBrowserStage();
  });
  after(async () => await stage.close());

  const text = async (page: Page, selector: string): Promise<string> =>
    (await page.locator(selector).first().innerText()).trim();

  test('a wrong token is told so, and the right one leads to the page that was asked for', async () => {
    const page = await stage.open({ signedIn: false });
    await page.goto('/records?status=verified');
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter the token first.').waitFor();
    await page.getByLabel('Token').fill('not-the-token-at-all');
    await page.keyboard.press('Enter');
    await page.getByText('That token is not right.').waitFor();
    assert.equal(await page.getByLabel('Token').evaluate((field) => field === document.activeElement), true);
    await page.getByLabel('Token').fill(adminToken);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/records?status=verified');
    await page.getByRole('heading', { name: 'Records', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto('/');
    assert.equal(new URL(page.url()).pathname, '/sign-in', 'the session has ended on the server too');
    await page.context().close();
  });

  test('after too many wrong tokens it says how long to wait', async () => {
    const page = await stage.open({ signedIn: false });
    await page.goto('/sign-in');
    await page.route('**/api/session', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '60' },
        json: { error: { code: 'too_many_wrong_tokens' } },
      }),
    );
    await page.getByLabel('Token').fill('guess');
    await page.keyboard.press('Enter');
    await page.getByText('Too many wrong tokens. Wait 60 sec').waitFor();
    await page.context().close();
  });

  test('a run started by hand shows its results as they come', async () => {
    const good = await enterRecord(stage, { company: 'Slow And Steady Ltd' });
    const bad = await enterRecord(stage, { company: 'Unreadable Ltd' });
    const away = await enterRecord(stage, { company: 'Patience Ltd' });
    stage.script.set(good, { delayMs: 1500, body: verdictOn005('verified') });
    stage.script.set(bad, {
      status: 422,
      body: { error: { code: 'unprocessable', message: 'No page could be read.' } },
    });
    stage.script.set(away, { delayMs: 300, body: verdictOn005('needs_review') });
    const page = await stage.open();
    await page.goto('/');
    await page.getByText('Records are let through on every tick.').waitFor();
    assert.match(await text(page, '.figure'), /Backlog\s*3/);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('progressbar').waitFor();
    const results = page.getByRole('list', { name: 'Results' }).getByRole('listitem');
    await results.filter({ hasText: 'Needs review' }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Running…' }).isDisabled(), true);
    await results.filter({ hasText: 'No page could be read.' }).first().waitFor();
    await results.filter({ hasText: 'Verified' }).first().waitFor();
    await page.context().close();
  });

  test('records are filtered by status and found by their words', async () => {
    await enterRecord(stage, {
      company: 'Harbour Lights Bakery',
      status: 'verified',
      verdict: verdictOn005('verified'),
    });
    const page = await stage.open();
    await page.goto('/records');
    await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Verified' }).click();
    await page.waitForURL('**/records?status=verified');
    await page.getByRole('link', { name: 'Harbour Lights Bakery' }).waitFor();
    await page.getByRole('searchbox').fill('harbour');
    await page.keyboard.press('Enter');
    await page.waitForURL('**q=harbour**');
    assert.equal(await page.locator('tbody tr').count(), 1);
    assert.match(await text(page, 'tbody tr'), /2022-12-25[\s\S]*85\.10[\s\S]*Verified/);
    await page.getByRole('searchbox').fill('nobody-is-called-so');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing was found for “nobody-is-called-so”.').waitFor();
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.getByRole('link', { name: 'Harbour Lights Bakery' }).waitFor();
    await page.context().close();
  });

  test('a record shows its page with a box for each value, and a field points at its box', async () => {
    const id = await enterRecord(stage, {
      company: 'brackwell & toomley hardware',
      total: '95.10',
      status: 'rejected',
      verdict: verdictOn005('rejected', '95.10'),
    });
    const page = await stage.open();
    await page.goto(`/records/${id}`);
    const picture = page.locator('.sheet > img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    const sheet = await page.locator('.sheet').boundingBox();
    const drawn = await picture.boundingBox();
    assert.ok(sheet !== null && drawn !== null && Math.abs(sheet.width - drawn.width) < 1.5);
    assert.ok(Math.abs(sheet.height - drawn.height) < 3, 'the picture fills the frame that the boxes are placed in');
    const box = page.getByRole('button', { name: /^Total: “USD 85.10”. Mismatch/ });
    const place = await box.boundingBox();
    assert.ok(place !== null && Math.abs((place.y - sheet.y) / sheet.height - 0.784) < 0.01);
    const finding = page.locator('.finding', { hasText: 'Total' });
    assert.match(await finding.innerText(), /Mismatch[\s\S]*95\.10[\s\S]*85\.10[\s\S]*Another value stands there\./);
    await finding.hover();
    assert.equal(await box.getAttribute('data-active'), 'true');
    await page.getByRole('button', { name: 'Show Total on the page' }).click();
    assert.equal(await box.evaluate((element) => element === document.activeElement), true);
    await page.getByText('Total: the document says something else.').first().waitFor();
    await page.getByText('It is not taken now').waitFor();
    await page.context().close();
  });

  test('a reviewer steps through the queue and rules by keyboard', async () => {
    await stage.sql.query(`delete from public.records where verification_status = 'needs_review'`);
    const older = await enterRecord(stage, {
      company: 'Older Ltd',
      status: 'needs_review',
      verdict: verdictOn005('needs_review'),
      minutesOld: 60,
    });
    const newer = await enterRecord(stage, {
      company: 'Newer Ltd',
      status: 'needs_review',
      verdict: verdictOn005('needs_review'),
      minutesOld: 5,
    });
    const page = await stage.open();
    await page.goto('/records?status=needs_review');
    await page.getByRole('link', { name: 'Start reviewing' }).click();
    await page.waitForURL(`**/records/${newer}?queue=needs_review`);
    await page.getByText('1 of 2').waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(`**/records/${older}**`);
    await page.getByText('2 of 2').waitFor();
    await page.keyboard.press('k');
    await page.waitForURL(`**/records/${newer}**`);
    await page.getByText('1 of 2').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.keyboard.type('reviewed: rv');
    await page.keyboard.press('Escape');
    await page.keyboard.press('v');
    await page.getByRole('button', { name: 'Rule verified' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/records/${older}**`);
    const { rows } = await stage.sql.query<{ status: string; note: string; decision: string }>(
      `select r.verification_status as status, u.note, u.decision
       from public.records r join tidegate_console.rulings u on u.record_id = r.id where r.id = $1`,
      [newer],
    );
    assert.deepEqual(rows, [{ status: 'verified', note: 'reviewed: rv', decision: 'verified' }]);
    await page.getByText('1 of 1').waitFor();
    await page.keyboard.press('r');
    await page.getByRole('button', { name: 'Rule rejected' }).click();
    await page.getByText('Nothing to review').waitFor();
    await page.goto(`/records/${newer}`);
    await page.getByRole('region', { name: 'Rulings' }).getByText('reviewed: rv').waitFor();
    await page.context().close();
  });

  test('a ruling on a record that changed meanwhile is refused with a way on', async () => {
    const id = await enterRecord(stage, {
      company: 'Shifting Sands',
      status: 'needs_review',
      verdict: verdictOn005('needs_review'),
    });
    const page = await stage.open();
    await page.goto(`/records/${id}`);
    await page.getByRole('radio', { name: 'Rejected' }).check({ force: true });
    await stage.sql.query(
      `update public.records set claims = claims || '{"total": "1.00"}', verification_status = 'needs_review' where id = $1`,
      [id],
    );
    await page.getByRole('button', { name: 'Rule rejected' }).click();
    await page.getByText('The record has changed since you opened it.').waitFor();
    await page.getByRole('button', { name: 'Load the record again' }).click();
    await page.getByText('1.00').first().waitFor();
    await page.context().close();
  });

  test('parked records are released, one and several', async () => {
    const [first, second] = await Promise.all([
      enterRecord(stage, { company: 'Missing One' }),
      enterRecord(stage, { company: 'Missing Two' }),
    ]);
    for (const id of [first, second]) {
      stage.script.set(id, {
        status: 422,
        body: { error: { code: 'attachment_missing', message: 'The file is not there.' } },
      });
    }
    const page = await stage.open();
    for (const id of [first, second]) {
      await page.goto(`/records/${id}`);
      await page.getByRole('button', { name: 'Verify now' }).click();
      await page.getByText('This record is parked').waitFor();
    }
    await page.goto('/parked');
    await page.getByText('The file is not there.').first().waitFor();
    await page.getByRole('button', { name: `Release ${first}` }).click();
    await page.getByText('1 released. The next run takes it up.').waitFor();
    await page.getByRole('link', { name: first }).waitFor({ state: 'detached' });
    await page.getByLabel('Select all on this page').check();
    await page.getByRole('button', { name: /^Release \d+ selected$/ }).click();
    await page.getByText('Nothing is parked').waitFor();
    await page.context().close();
  });

  test('a record is taken in with its document and opened', async () => {
    const page = await stage.open();
    await page.goto('/intake');
    await page.getByText('Up to 20 files, 20 MiB each, 40 MiB together.').waitFor();
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('Claim at least one field.').waitFor();
    await page.getByLabel('Company', { exact: true }).fill('KEDAI BUKU TEKURAI');
    await page.getByLabel('Total').fill('68.90');
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('Attach at least one document.').waitFor();
    await page.getByLabel('Documents').setInputFiles(join(samples, 'not-an-image.jpg'));
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('One of the files is not a JPEG, PNG, WebP or PDF by its content.').waitFor();
    assert.equal(await page.getByLabel('Total').inputValue(), '68.90', 'what was typed is kept');
    await page.getByRole('button', { name: 'Remove not-an-image.jpg' }).click();
    await page.getByLabel('Documents').setInputFiles(join(samples, '002.jpg'));
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByRole('link', { name: 'Open the record' }).click();
    await page.waitForURL(/\/records\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { name: 'KEDAI BUKU TEKURAI' }).waitFor();
    await page.locator('.sheet > img').evaluate((image: HTMLImageElement) => image.decode());
    await page.context().close();
  });

  test('nothing of all this made the browser complain', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
