/**
 * The verifier itself: read, match, decide, and look a second time where the first look leaves doubt. The only file
 * that knows all three.
 */

import { askSecondReader, isWorthAsking } from './cascade.ts';
import { createJudge, type Judge } from './judge/judge.ts';
import type { ModelSettings } from './judge/settings.ts';
import { shippedKinds } from './kinds.ts';
import { matchClaims } from './match/match.ts';
import { readLimits } from './read/limits.ts';
import type { Look, ModelFiles, Script } from './read/protocol.ts';
import { openReader, type Reader, type Sight } from './read/reader.ts';
import { heightOf, rowsInDoubt, withRows } from './second-look.ts';
import type { Attachment, Claim, Finding, Kind, Page, PagePicture, Turn, Verdict, VerifyRequest } from './types.ts';
import { parseClaims } from './verdict/claims.ts';
import { decide, defaultPolicy, type Policy } from './verdict/policy.ts';

/** Options of a verifier; all may be left out. */
export interface VerifierOptions {
  /** Reading processes; by default as many as cores and memory bear. */
  readonly processes?: number;
  /** Longest time for one verification, waiting for a reading process not counted. Default 60,000. */
  readonly attemptTimeoutMs?: number;
  readonly policy?: Partial<Policy>;
  /** Kinds beside the shipped ones; one of the same name replaces it. */
  readonly kinds?: readonly Kind[];
  /** Network files of one's own in place of the shipped ones, such as a Korean PP-OCR model. */
  readonly models?: ModelFiles;
  /** A language model that is asked about fields the device leaves in doubt; none is asked otherwise. */
  readonly languageModel?: ModelSettings;
  /** Called with a sentence that whoever runs this should read, such as a model without a known price. */
  readonly warn?: (sentence: string) => void;
}

/** Verifies claims against attachments. */
export interface Verifier {
  /**
   * Verifies one set of claims.
   * @throws VerifierError for failures of the machinery only: `ocr_unavailable`, `ocr_busy`, `aborted`, `closed`, and with
   * a language model `provider_…` and `model_…`.
   */
  verify(request: VerifyRequest, at?: { signal?: AbortSignal }): Promise<Verdict>;
  /**
   * An upright picture of one page for a person, re-encoded in a reading process, EXIF applied and stripped.
   * @throws VerifierError `unreadable_page` when there is none.
   */
  page(attachment: Attachment, page: number, at?: { turned?: Turn; signal?: AbortSignal }): Promise<PagePicture>;
  /** Ends the reading processes unless another verifier of this process uses them. */
  close(): Promise<void>;
}

/** Makes a verifier. Nothing is read or started before the first request. */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const kinds = new Map([...shippedKinds, ...(options.kinds ?? [])].map((kind) => [kind.name, kind]));
  const policy: Policy = { ...defaultPolicy, ...options.policy };
  const attemptTimeoutMs = options.attemptTimeoutMs ?? 60_000;
  const warn = options.warn ?? (() => {});
  const second = options.languageModel === undefined ? null : createJudge(options.languageModel, { warn });
  let opened: Reader | null = null;
  const reader = (): Reader => {
    const { processes, models } = options;
    opened ??= openReader(processes === undefined ? undefined : Math.max(1, Math.floor(processes)), models);
    return opened;
  };
  return {
    async verify(request, { signal } = {}) {
      const kind = kinds.get(request.kind);
      if (kind === undefined) return withoutPages(policy, ['unknown_kind']);
      const { claims, faults } = parseClaims(kind, request.claims, request.locale ?? null);
      if (faults.length > 0) return withoutPages(policy, faults);
      const { attachments } = request;
      if (attachments.length === 0) return withoutPages(policy, ['no_attachment']);
      if (attachments.length > readLimits.attachmentsMax) return withoutPages(policy, ['too_many_attachments']);
      return await verifyClaims(
        { kind, claims, policy, attachments, locale: request.locale ?? null },
        { reader: reader(), second, signal, watch: stopwatch(attemptTimeoutMs) },
      );
    },
    async page(attachment, page, { turned = 0, signal } = {}) {
      return await reader().picture(attachment, { page, turned, signal });
    },
    async close() {
      await opened?.close();
      opened = null;
    },
  };
}

interface Question {
  readonly kind: Kind;
  readonly claims: readonly Claim[];
  readonly policy: Policy;
  readonly attachments: readonly Attachment[];
  readonly locale: string | null;
}

interface Means {
  readonly reader: Reader;
  readonly second: Judge | null;
  readonly signal: AbortSignal | undefined;
  readonly watch: Stopwatch;
}

/** Time spent reading, waiting for a reading process not counted, readings side by side counted once. */
interface Stopwatch {
  /** A reading begins; answers the milliseconds left. */
  start(): number;
  stop(): void;
}

function stopwatch(attemptTimeoutMs: number): Stopwatch {
  let [used, since, running] = [0, 0, 0];
  return {
    start() {
      const now = performance.now();
      if (running === 0) since = now;
      running += 1;
      return attemptTimeoutMs - used - (now - since);
    },
    stop() {
      running -= 1;
      if (running === 0) used += performance.now() - since;
    },
  };
}

async function verifyClaims(question: Question, means: Means): Promise<Verdict> {
  const first = await lookAtAll(question, { ...means, look: 'first', before: [] });
  const once = judge(question, [first]);
  if (once.verdict === 'verified' || !first.some((sight) => sight.pages.length > 0) || isForPeople(first)) return once;
  const second = await lookAgain(question, means, { first, once });
  return await askFurther(question, means, { looks: [first, second], verdict: judge(question, [first, second]) });
}

/** Whatever a second look brings, a file that cannot be read and a page with a flag keep the case with a person. */
function isForPeople(first: readonly Sight[]): boolean {
  return first.some(({ refused, pages }) => refused !== null || pages.some(({ flags = [] }) => flags.length > 0));
}

/** The rows in doubt at another scale; the whole page where no row is known to be the one, or another reader read it. */
async function lookAgain(
  question: Question,
  means: Means,
  { first, once }: { first: readonly Sight[]; once: Verdict },
): Promise<Sight[]> {
  const doubts = first.map(({ pages }) => rowsInDoubt(once.findings, pages));
  const whole = scriptOf(question) === 'hangul' || doubts.some((rows) => rows === null);
  if (whole) return await lookAtAll(question, { ...means, look: 'second', before: first });
  return await Promise.all(
    first.map(async (sight, index) => {
      const attachment = question.attachments[index] as Attachment;
      let cpuMs = 0;
      const pages: Page[] = [];
      for (const page of sight.pages) {
        const wanted = doubts[index]?.find((rows) => rows.page === page.page)?.rows ?? [];
        if (wanted.length === 0) {
          pages.push(page);
          continue;
        }
        const rows = wanted.flatMap((row) => {
          const line = page.lines[row];
          return line === undefined ? [] : [{ row, box: line.box, height: heightOf(line) }];
        });
        const again = await timed(means, (timeoutMs) =>
          means.reader.reread(attachment, { page, rows, signal: means.signal, timeoutMs }),
        );
        cpuMs += again.cpuMs;
        pages.push(withRows(page, again.rows));
      }
      return { ...sight, pages, cpuMs };
    }),
  );
}

/** What two looks of the device leave in doubt goes to a language model, where there is one and time for it. */
async function askFurther(
  question: Question,
  means: Means,
  { looks: [first, again], verdict }: { looks: readonly [Sight[], Sight[]]; verdict: Verdict },
): Promise<Verdict> {
  const pagesOf = (sights: readonly Sight[]): Page[] => sights.flatMap((sight) => sight.pages);
  const doubt = { ...question, verdict, pages: pagesOf(first), again: pagesOf(again) };
  const { second, signal, watch, reader } = means;
  if (second === null || first.some((sight) => sight.refused !== null) || !isWorthAsking(doubt)) return verdict;
  const timeoutMs = watch.start();
  try {
    if (timeoutMs <= 0) return { ...verdict, reasons: [...verdict.reasons, 'out_of_time'] };
    return await askSecondReader(doubt, { judge: second, picture: reader.picture, signal, timeoutMs });
  } finally {
    watch.stop();
  }
}

/** Only who reads is settled by the claims' script, never what is read. */
function scriptOf({ kind, locale, claims }: Question): Script {
  const korean = /^ko\b/i.test(locale ?? '') || claims.some(({ value }) => /[가-힣]/.test(value));
  return korean && kind.script === 'any' ? 'hangul' : kind.script;
}

async function lookAtAll(
  question: Question,
  means: Means & { look: Look; before: readonly Sight[] },
): Promise<Sight[]> {
  return await Promise.all(
    question.attachments.map(async (attachment, index) => {
      const turned = means.before[index]?.pages.map((page) => page.turned);
      const { look, signal } = means;
      return await timed(means, (timeoutMs) =>
        means.reader.look(attachment, { index, look, script: scriptOf(question), turned, signal, timeoutMs }),
      );
    }),
  );
}

/** Runs a reading with the watch going from when a process takes it up. */
async function timed<T>({ watch }: Means, read: (timeoutMs: () => number) => Promise<T>): Promise<T> {
  let started = false;
  try {
    return await read(() => {
      started = true;
      return watch.start();
    });
  } finally {
    if (started) watch.stop();
  }
}

function judge(question: Question, looks: readonly (readonly Sight[])[]): Verdict {
  const before = process.cpuUsage();
  const sights = looks[0] ?? [];
  const pages = sights.flatMap((sight) => sight.pages);
  const again = (looks[1] ?? []).flatMap((sight) => sight.pages);
  const refused = sights.flatMap((sight) => (sight.refused === null ? [] : [sight.refused]));
  const pageFaults: string[] = [...new Set([...refused, ...pages.flatMap((page) => page.flags ?? [])])];
  const findings: Finding[] = matchClaims(question.claims, {
    pages,
    again,
    locale: question.locale,
    fields: question.kind.fields,
    today: new Date().toISOString().slice(0, 10),
  });
  const decision = decide(
    { kind: question.kind, findings, claimFaults: [], pageFaults, legible: pages.some((page) => page.legible) },
    question.policy,
  );
  const used = process.cpuUsage(before);
  const reading = looks.flat().reduce((sum, sight) => sum + sight.cpuMs, 0);
  return {
    ...decision,
    findings,
    policy: question.policy.version,
    seen: sights.map(({ sha256 }, attachment) => ({ attachment, sha256 })),
    pages: pages.map(shapeOf),
    costMicros: 0,
    cpuMs: Math.round(reading + (used.user + used.system) / 1000),
  };
}

function shapeOf({ attachment, page, width, height, turned }: Page): Verdict['pages'][number] {
  return { attachment, page, width, height, turned };
}

function withoutPages(policy: Policy, reasons: readonly string[]): Verdict {
  return {
    verdict: 'needs_review',
    findings: [],
    reasons: [...new Set(reasons)],
    policy: policy.version,
    seen: [],
    pages: [],
    costMicros: 0,
    cpuMs: 0,
  };
}
