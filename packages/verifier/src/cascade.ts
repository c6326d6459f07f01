/**
 * The second reader's turn: which fields of which pages it is shown once the device has left a doubt, and the verdict
 * after it. Pages that cannot be read, and verdicts that stand, are never sent.
 */

import type { Judge } from './judge/judge.ts';
import { isDoubtful, type Shown, weigh } from './judge/weigh.ts';
import type { Attachment, Claim, Finding, Kind, Page, PagePicture, Turn, Verdict } from './types.ts';
import { decide, type Policy } from './verdict/policy.ts';

/** Pages that one question shows at most: what a record may cost has an end. */
export const pagesShownMax = 4;

/** What the device has found, and what it takes to ask further. */
export interface Doubt {
  readonly kind: Kind;
  readonly claims: readonly Claim[];
  readonly policy: Policy;
  readonly attachments: readonly Attachment[];
  readonly locale: string | null;
  readonly verdict: Verdict;
  readonly pages: readonly Page[];
  readonly again: readonly Page[];
}

/** Who draws pages, who is asked, and how long it may take. */
export interface Asking {
  readonly judge: Judge;
  readonly picture: (
    attachment: Attachment,
    at: { page: number; turned: Turn; signal?: AbortSignal | undefined },
  ) => Promise<PagePicture>;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Whether asking could change anything: doubtful fields, on pages that were read and say nothing against themselves. */
export function isWorthAsking({ verdict, pages, policy }: Pick<Doubt, 'verdict' | 'pages' | 'policy'>): boolean {
  return (
    verdict.verdict === 'needs_review' &&
    pages.some((page) => page.legible) &&
    pages.every((page) => (page.flags ?? []).length === 0) &&
    verdict.findings.some((finding) => isDoubtful(finding, policy.doubts))
  );
}

/**
 * Asks about the doubtful fields and decides again.
 * @throws VerifierError when the provider fails: that is no verdict.
 */
export async function askSecondReader(doubt: Doubt, asking: Asking): Promise<Verdict> {
  const { kind, claims, verdict, policy } = doubt;
  const doubtful = new Set(
    verdict.findings.filter((finding) => isDoubtful(finding, policy.doubts)).map(({ field }) => field),
  );
  const shown = shownPages(doubt);
  const pictures = await Promise.all(shown.map(async ({ page }) => await drawn(doubt, page, asking)));
  const fields = kind.fields.filter(({ name }) => doubtful.has(name));
  const proposed = await asking.judge.propose(
    { kind: kind.name, fields, pictures },
    { signal: asking.signal, timeoutMs: asking.timeoutMs },
  );
  const { proposals, trouble, costMicros, tokens } = proposed;
  const findings: Finding[] = weigh({
    claims,
    findings: verdict.findings,
    proposals,
    shown,
    locale: doubt.locale,
    doubts: policy.doubts,
  });
  const pageFaults = trouble === null ? [] : [trouble];
  const decision = decide({ kind, findings, claimFaults: [], pageFaults, legible: true }, policy);
  return { ...verdict, ...decision, findings, costMicros, tokens, model: asking.judge.name };
}

function shownPages({ pages, again }: Doubt): Shown[] {
  return pages
    .filter((page) => page.legible)
    .slice(0, pagesShownMax)
    .map((page) => {
      const second = again.find((one) => one.attachment === page.attachment && one.page === page.page);
      return { page, again: second ?? null };
    });
}

async function drawn({ attachments }: Doubt, page: Page, asking: Asking): Promise<PagePicture> {
  const attachment = attachments[page.attachment];
  if (attachment === undefined) throw new Error('a page belongs to an attachment');
  return await asking.picture(attachment, { page: page.page, turned: page.turned, signal: asking.signal });
}
