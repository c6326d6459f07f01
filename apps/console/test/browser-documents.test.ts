/** Documents from the intake to the reviewer's eye, read on the device: PDFs, and pictures that lie on their side. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { adminToken, type BrowserStage, cronSecret, openBrowserStage, samples } from './browser-stage.ts';

const claims = { company: 'BRACKWELL & TOOMLEY HARDWARE', date: '2022-12-25', total: '85.10' };

describe('documents in a browser', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await openBrowserStage({ EXECUTOR_URL: '' });
  });
  after(async () => await stage.close());

  /** Sends a record in as a program does, and lets the clock tick once. */
  async function verified(files: readonly Uint8Array[]): Promise<string> {
    const form = new FormData();
    form.append('kind', 'receipt');
    form.append('locale', 'en-US');
    form.append('claims', JSON.stringify(claims));
    for (const bytes of files) form.append('files', new Blob([Uint8Array.from(bytes)]), 'document');
    const sent = await fetch(`${stage.address}/api/records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}` },
      body: form,
    });
    assert.equal(sent.status, 201);
    const { recordId } = (await sent.json()) as { recordId: string };
    const tick = await fetch(`${stage.address}/api/cron/verify-records`, {
      headers: { authorization: `Bearer ${cronSecret}` },
    });
    const { results } = (await tick.json()) as { results: readonly { recordId: string; body: unknown }[] };
    assert.deepEqual(results, [{ recordId, ok: true, status: 200, body: { verdict: 'verified', reasons: [] } }]);
    return recordId;
  }

  /** The shown page and the total's box stand where they belong on an upright sheet. */
  async function standsUpright(page: Page, shape: number): Promise<void> {
    const picture = page.locator('.sheet > img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    const [sheet, drawn] = [await page.locator('.sheet').boundingBox(), await picture.boundingBox()];
    assert.ok(sheet !== null && drawn !== null);
    assert.ok(Math.abs(sheet.width / sheet.height - shape) < 0.02, 'the sheet has the shape of the upright page');
    assert.ok(Math.abs(sheet.width - drawn.width) < 2 && Math.abs(sheet.height - drawn.height) < 4, 'and is filled');
    const box = await page
      .getByRole('button', { name: /^Total: “.*85\.10”/ })
      .first()
      .boundingBox();
    assert.ok(box !== null);
    assert.ok((box.y - sheet.y) / sheet.height > 0.5, 'the total stands in the lower half');
    assert.ok((box.x + box.width - sheet.x) / sheet.width > 0.6, 'at the right');
  }

  test('a PDF is verified by a tick and its page is shown with the evidence on it', async () => {
    const id = await verified([readFileSync(join(samples, '005.pdf'))]);
    const answer = await fetch(`${stage.address}/api/records/${id}/attachments/0/pages/1`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png']);
    const { width, height } = await sharp(await answer.arrayBuffer()).metadata();
    assert.ok(Math.max(width, height) <= 2_000);
    for (const nowhere of ['attachments/0/pages/2', 'attachments/0/pages/0', 'attachments/1/pages/1']) {
      const missing = await fetch(`${stage.address}/api/records/${id}/${nowhere}`, {
        headers: { authorization: `Bearer ${adminToken}` },
      });
      assert.equal(missing.status, 404, nowhere);
    }
    const page = await stage.open();
    await page.goto(`/records/${id}`);
    await standsUpright(page, width / height);
    await page.context().close();
  });

  test('pages that lie on their side are shown upright, from a picture and from a PDF', async () => {
    const upright = await sharp(join(samples, '005.jpg')).metadata();
    const lying = new Uint8Array(await sharp(join(samples, '005.jpg')).rotate(90).jpeg({ quality: 92 }).toBuffer());
    const page = await stage.open();
    await page.goto(`/records/${await verified([lying])}`);
    await standsUpright(page, upright.width / upright.height);
    const pdf = readFileSync(join(samples, '005.pdf')).toString('latin1');
    const turned = Buffer.from(pdf.replace('/Type /Page\n', '/Type /Page\n/Rotate 90\n'), 'latin1');
    assert.notEqual(turned.length, pdf.length);
    const id = await verified([turned]);
    await page.goto(`/records/${id}`);
    await standsUpright(page, upright.width / upright.height);
    await page.context().close();
  });

  test('nothing of all this made the browser complain', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
