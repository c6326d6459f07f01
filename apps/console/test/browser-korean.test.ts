/** The console in Korean in a real browser: every page at both sizes, the switch between the languages, the API beside it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { en } from '../lib/words/en.ts';
import {
  adminToken,
  type BrowserStage,
  cronSecret,
  enterRecord,
  openBrowserStage,
  sidewaysOf,
  verdictOn005,
} from './browser-stage.ts';

describe('the console in Korean', () => {
  let stage: BrowserStage;
  let run: string;
  const records: Record<'review' | 'rejected' | 'parked' | 'deferred' | 'waiting', string> = {
    review: '',
    rejected: '',
    parked: '',
    deferred: '',
    waiting: '',
  };
  const pages = (): readonly (readonly [path: string, heading: RegExp])[] => [
    ['/', /^현황$/],
    ['/?days=30', /^현황$/],
    ['/records', /^레코드$/],
    ['/records?status=needs_review', /^검토$/],
    ['/records?q=nobody', /^레코드$/],
    [`/records/${records.review}?queue=needs_review`, /검토 필요/],
    [`/records/${records.rejected}`, /거절됨/],
    [`/records/${records.parked}`, /대기 중/],
    [`/records/${records.deferred}`, /대기 중/],
    [`/records/${records.waiting}`, /대기 중/],
    ['/runs', /^실행$/],
    [`/runs/${run}`, /^실행 [0-9a-f]{8}$/],
    ['/parked', /^보류$/],
    ['/intake', /^접수$/],
    ['/records/00000000-0000-4000-8000-000000000000', /^해당 레코드가 없습니다$/],
    ['/runs/00000000-0000-4000-8000-000000000000', /^해당 실행이 없습니다$/],
    ['/nowhere', /^여기에는 아무것도 없습니다$/],
  ];

  before(async () => {
    stage = await openBrowserStage();
    records.review = await enterRecord(stage, {
      company: '주식회사 한강물산',
      status: 'needs_review',
      verdict: verdictOn005('needs_review'),
    });
    records.rejected = await enterRecord(stage, {
      company: '한빛문구',
      total: '95.10',
      status: 'rejected',
      verdict: verdictOn005('rejected', '95.10'),
    });
    records.parked = await enterRecord(stage, { company: '나루상회' });
    records.deferred = await enterRecord(stage, { company: '해오름제과' });
    const superseded = await enterRecord(stage, { company: '다온식당' });
    stage.script.set(records.parked, {
      status: 422,
      body: { error: { code: 'attachment_missing', message: 'There is no file by that path.' } },
    });
    stage.script.set(records.deferred, { status: 503, body: { error: { code: 'ocr_busy', message: '…' } } });
    stage.script.set(superseded, { body: verdictOn005('needs_review') });
    run = ((await tick()) as { runId: string }).runId;
    records.waiting = await enterRecord(stage, { company: '새봄약국', minutesOld: 0 });
    await stage.sql.query(`delete from public.attachments where record_id = $1`, [records.waiting]);
    await tick();
  });
  after(async () => await stage.close());

  async function tick(): Promise<unknown> {
    const answer = await fetch(`${stage.address}/api/cron/verify-records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cronSecret}`, 'accept-language': 'ko' },
    });
    return await answer.json();
  }

  async function open(options: { phone?: boolean; signedIn?: boolean } = {}): Promise<Page> {
    const page = await stage.open(options);
    await page.context().setExtraHTTPHeaders({ 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.5' });
    return page;
  }

  for (const phone of [false, true]) {
    test(`every page speaks it ${phone ? 'on a phone' : 'on a wide screen'}, and nothing else, and fits`, async () => {
      const page = await open({ phone });
      for (const [path, heading] of pages()) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await page.waitForLoadState('load');
        await page.waitForFunction(() => document.querySelector('.skeleton') === null);
        await page.evaluate(unfold);
        assert.equal(await page.evaluate(() => document.documentElement.lang), 'ko', path);
        assert.match(await page.title(), /\p{Script=Hangul}.* · Tidegate$|^Tidegate$/u, path);
        assert.deepEqual(await leftoversOn(page), [], path);
        assert.equal(await sidewaysOf(page), 0, path);
        assert.deepEqual(await page.evaluate(crampedOnPage), [], path);
      }
      await page.context().close();
    });
  }

  test('the narrowest phones have room for it, and for the way to the other language', async () => {
    const page = await open({ phone: true });
    await page.setViewportSize({ width: 320, height: 640 });
    for (const language of ['English', '한국어']) {
      await page.goto('/records');
      await page.waitForLoadState('load');
      assert.equal(await sidewaysOf(page), 0);
      assert.deepEqual(await page.evaluate(crampedOnPage), []);
      await page.getByRole('link', { name: language }).tap();
      await page.getByRole('heading', { name: language === 'English' ? 'Records' : '레코드', level: 1 }).waitFor();
    }
    await page.context().close();
  });

  test('signing in speaks it too, before anybody is known', async () => {
    const page = await open({ signedIn: false, phone: true });
    await page.goto('/records');
    await page.getByRole('button', { name: '로그인' }).click();
    await page.getByText('토큰을 먼저 입력하십시오.').waitFor();
    assert.deepEqual(await leftoversOn(page), []);
    await page.getByLabel('토큰').fill(adminToken);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '레코드', level: 1 }).waitFor();
    await page.context().close();
  });

  test('a run, a pause and a refusal are told in it while they happen', async () => {
    const page = await open();
    await page.goto('/');
    await page.getByRole('button', { name: '지금 실행' }).click();
    await page.getByRole('heading', { name: '실행이 끝났습니다' }).waitFor();
    assert.deepEqual(await leftoversOn(page), []);
    await page.getByRole('button', { name: '일시 중지' }).click();
    await page.getByRole('dialog', { name: '게이트 일시 중지' }).waitFor();
    assert.deepEqual(await leftoversOn(page), []);
    await page.keyboard.press('Enter');
    await page.getByText('admin 님이 일시 중지').waitFor();
    await page.getByRole('button', { name: '재개' }).click();
    await page.getByText('틱마다 레코드를 들여보냅니다.').waitFor();
    await page.goto('/intake');
    await page.getByRole('button', { name: '제출' }).click();
    await page.getByText('필드를 하나 이상 적으십시오.').waitFor();
    await page.context().close();
  });

  test('the switch changes the page in place, there and back, and is remembered', async () => {
    const page = await stage.open();
    await page.goto('/records?status=rejected&q=한빛');
    await page.getByRole('heading', { name: 'Records', level: 1 }).waitFor();
    await page.getByRole('link', { name: '한국어' }).click();
    await page.getByRole('heading', { name: '레코드', level: 1 }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/records');
    assert.equal(new URL(page.url()).searchParams.get('q'), '한빛');
    await page.getByRole('link', { name: '한빛문구' }).click();
    await page.getByText('합계: 문서의 내용이 다릅니다.').waitFor();
    await page.getByRole('navigation', { name: '언어' }).getByRole('link', { name: 'English' }).click();
    await page.getByText('Total: the document says something else.').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await page.goto('/runs');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.context().close();
  });

  test('it works without scripts, and leads nobody out of the console', async () => {
    const page = await stage.open();
    const context = await page
      .context()
      .browser()
      ?.newContext({
        baseURL: stage.address,
        javaScriptEnabled: false,
        storageState: await page.context().storageState(),
      });
    assert.ok(context !== undefined);
    const bare = await context.newPage();
    await bare.goto('/runs');
    await bare.getByRole('link', { name: '한국어' }).click();
    await bare.getByRole('heading', { name: '실행', level: 1 }).waitFor();
    assert.equal(new URL(bare.url()).pathname, '/runs');
    await context.close();
    await page.context().close();
    for (const from of ['//evil.example', 'https://evil.example/', '/.//evil.example']) {
      const answer = await fetch(`${stage.address}/language/ko?from=${encodeURIComponent(from)}`, {
        redirect: 'manual',
      });
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get('location'), '/');
    }
    assert.equal((await fetch(`${stage.address}/language/tlh`)).status, 404);
  });

  test('programs are answered in English, whatever language comes with the request', async () => {
    const headers = { authorization: `Bearer ${adminToken}`, 'accept-language': 'ko', cookie: 'tidegate-language=ko' };
    const missing = await fetch(`${stage.address}/api/records/nothing`, { headers });
    assert.deepEqual(await missing.json(), {
      error: { code: 'not_found', message: 'There is nothing here by that name.' },
    });
    const one = await fetch(`${stage.address}/api/records/${records.waiting}`, { headers });
    assert.doesNotMatch(JSON.stringify(((await one.json()) as { why: unknown }).why), /\p{Script=Hangul}/u);
    assert.doesNotMatch(JSON.stringify(await tick()), /\p{Script=Hangul}/u);
  });

  test('nothing of all this made the browser complain', () => {
    assert.deepEqual(stage.complaints, []);
  });
});

/** Opens whatever is folded, so that it is looked at too. */
function unfold(): void {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
}

/** Words of English prose that a Korean page still shows or says: two in a row, or a label of the English catalogue. */
async function leftoversOn(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate(textsOnPage);
  const labels = new Set(labelsOf(en));
  return texts.filter(
    (text) => labels.has(text) || /\b[A-Za-z]?[a-z]{2,} [a-z]{2,}\b/.test(text.replace(commands, '')),
  );
}

/** Commands are the same in every language; so is what the sample receipt says. */
const commands = /npx tidegate (migrate|run)|npm start|brackwell & toomley hardware/g;

/** What the English catalogue says, but for what is the same in Korean. */
function labelsOf(words: object): string[] {
  return Object.values(words).flatMap((value: unknown) =>
    typeof value === 'string'
      ? /[a-z]{3}/i.test(value) && !/^(Tidegate|Cron|cron|Enter|Esc|npx .*)$/.test(value)
        ? [value]
        : []
      : typeof value === 'object' && value !== null
        ? labelsOf(value)
        : [],
  );
}

/** Every text on the page, and every text for those who hear it. */
function textsOnPage(): string[] {
  const texts: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent === null || parent.closest('script, style, .key, [lang="en"]') !== null) continue;
    texts.push((node.textContent ?? '').trim());
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(element.getAttribute(name) ?? '');
  }
  return texts.filter((text) => text !== '');
}

/** Things of one line whose words run over two lines, or out of their frame. */
function crampedOnPage(): string[] {
  const cramped: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>(
    '.brand, .button, .pill, .nav a, .segments a, .languages a, th',
  )) {
    const head = element.closest('thead');
    if (element.offsetParent === null || element.querySelector('.visually-hidden') !== null) continue;
    // Where rows are cards, the head is there for the ear alone.
    if (head !== null && getComputedStyle(head).position === 'absolute') continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const tops = [...range.getClientRects()]
      .filter(({ height }) => height > 8)
      .map(({ top, height }) => top + height / 2);
    const lines = element.matches('.nav a') ? 0 : Math.max(...tops) - Math.min(...tops);
    if (lines > 12) cramped.push(`two lines: ${element.innerText}`);
    if (element.scrollWidth > element.clientWidth + 1) cramped.push(`out of frame: ${element.innerText}`);
  }
  return cramped;
}
