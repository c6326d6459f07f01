// Makes the samples: renders every receipt in a headless browser, degrades it, and writes the pictures, `claims.jsonl` and
// `records.jsonl`. A script for developers; `--claims` writes the two lists alone, numbers name the receipts to render.
//   npm exec -c 'node samples/make.ts'
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { claimsAbout } from './claims.ts';
import { pageOf } from './paper.ts';
import { claimsAboutPdfs, pdfOf, pdfSamples } from './pdfs.ts';
import { photograph } from './photograph.ts';
import { printed, type Receipt, receipts } from './receipts.ts';
import { notAnImage, sampleRecords } from './records.ts';

const folder = import.meta.dirname;

mkdirSync(join(folder, 'receipts'), { recursive: true });
const wanted = process.argv.slice(2);
if (!wanted.includes('--claims')) {
  const browser = await openBrowser();
  // One page for all: this build of the browser runs in one process and ends with its first page.
  const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 900, height: 1200 } });
  for (const receipt of receipts) {
    if (wanted.length === 0 || wanted.includes(receipt.id)) await render(receipt, page);
  }
  for (const sample of pdfSamples) {
    const receipt = receipts.find(({ id }) => id === sample.id) as Receipt;
    if (wanted.length === 0 || wanted.includes(sample.id)) {
      writeFileSync(join(folder, sample.file), await pdfOf(sample, receipt, { page, folder }));
    }
  }
  await browser.close();
}
writeLists();

async function openBrowser(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, ...sandbox],
    headless: true,
  });
}

/** Renders one receipt and stores its picture; stops when the sheet does not print what the claims will say. */
async function render(receipt: Receipt, page: Page): Promise<void> {
  await page.setContent(pageOf(receipt));
  await page.evaluate(() => document.fonts.ready);
  const scene = page.locator('#scene');
  assertPrinted(receipt, await scene.innerText());
  const sheet = await scene.screenshot({ omitBackground: true });
  const picture = await photograph(sheet, receipt.plan.look, receipt.draw);
  writeFileSync(join(folder, receipt.file), picture);
  process.stdout.write(`${receipt.file}  ${Math.round(picture.length / 1024)} KiB\n`);
}

function assertPrinted(receipt: Receipt, seen: string): void {
  const squeezed = seen.replace(/\s+/g, ' ');
  const expected = [
    receipt.company,
    receipt.datePrinted,
    printed(receipt, receipt.bill.total),
    ...receipt.others.map(({ amount }) => printed(receipt, amount)),
  ];
  for (const words of expected) {
    if (!squeezed.includes(words)) throw new Error(`Receipt ${receipt.id} does not print "${words}":\n${seen}`);
  }
}

function writeLists(): void {
  const readable = receipts.filter((receipt) => receipt.plan.unreadable !== true);
  writeLines('claims.jsonl', [
    ...readable.flatMap((receipt) => claimsAbout(receipt, readable)),
    ...claimsAboutPdfs(readable),
  ]);
  writeLines('records.jsonl', sampleRecords(receipts));
  writeFileSync(join(folder, notAnImage), 'This file is named like a picture and is a line of text.\n');
}

function writeLines(name: string, lines: readonly object[]): void {
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
