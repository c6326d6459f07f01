import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Verifier } from '../src/index.ts';
import { pdfOf, rowsOfText, writing } from './pdf-files.ts';

const ROOT = join(import.meta.dirname, '../../..');

const ticket = pdfOf([
  {
    content: writing(
      rowsOfText([
        'BOREALIS CONCERT HALL LTD',
        'Organizer: Borealis Concert Hall Ltd',
        '',
        'String quartets by candle light',
        'Date: 14 March 2026',
        'Doors open: 19:30',
        'Row 12     Seat 31',
        'Booking no: BCH-20419',
        '',
        'Please keep this ticket until the end.',
      ]),
    ),
  },
]);

test("the README's kind of one's own is read, matched and decided like the shipped ones", async (t) => {
  const [, code = ''] =
    /^```ts\n(\/\/ lib\/tickets\.ts.*?)^```$/ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  assert.notEqual(code, '', 'the README shows a kind of one’s own');
  // Inside the repository, so that its imports resolve as a workspace's do.
  const app = mkdtempSync(join(ROOT, 'test/readme-'));
  t.after(() => rmSync(app, { recursive: true, force: true }));
  mkdirSync(join(app, 'lib'));
  writeFileSync(join(app, 'lib/tickets.ts'), code);
  const { verifier, checkTicket } = (await import(join(app, 'lib/tickets.ts'))) as {
    verifier: Verifier;
    checkTicket(bytes: Uint8Array, claims: Record<string, string>): Promise<{ verdict: string; findings: unknown[] }>;
  };
  t.after(() => verifier.close());
  const claims = { organizer: 'Borealis Concert Hall', date: '2026-03-14', booking: 'BCH-20419' };
  const verified = await checkTicket(ticket, claims);
  assert.equal(verified.verdict, 'verified', JSON.stringify(verified.findings));
  const forged = await checkTicket(ticket, { ...claims, booking: 'BCH-20416' });
  assert.notEqual(forged.verdict, 'verified', JSON.stringify(forged.findings));
});
