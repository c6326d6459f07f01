/**
 * Which pictures a record has to show and what is marked on them: pages as the verdict saw them, else one per file, with
 * the evidence that lies on each. Pure.
 */
import type { AttachmentView, RecordView, StoredVerdict } from '../../lib/views.ts';

export type FindingView = NonNullable<StoredVerdict['findings']>[number];

/** `[x0, y0, x1, y1]` as fractions of the upright page. */
export type BoxView = readonly [number, number, number, number];

/** One mark on a page: a field's evidence. */
export interface Mark {
  readonly field: string;
  readonly finding: FindingView['finding'];
  readonly quote: string;
  readonly box: BoxView;
}

/** One page's picture. Width, height and turn are null before the first verdict. */
export interface PageView {
  readonly key: string;
  readonly src: string;
  readonly original: string;
  readonly attachment: number;
  readonly page: number;
  readonly size: { readonly width: number; readonly height: number } | null;
  /** Degrees clockwise by which the picture is still to be turned. */
  readonly turn: 0 | 90 | 180 | 270;
  readonly marks: readonly Mark[];
}

/** Files that a browser shows by itself; pages of others are drawn by the server, upright. */
const pictures: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp']);

/** More pages than anyone pages through; the verifier reads fewer. */
const pagesMax = 40;

export function pagesOf(record: RecordView): readonly PageView[] {
  const seen = record.verdict?.pages ?? [];
  return record.attachments.flatMap((file) => pagesOfFile(record, file, seen)).slice(0, pagesMax);
}

function pagesOfFile(
  record: RecordView,
  file: AttachmentView,
  seen: NonNullable<StoredVerdict['pages']>,
): readonly PageView[] {
  const original = `/api/records/${record.id}/attachments/${file.n}`;
  const paged = !pictures.has(file.mediaType ?? '');
  const own = seen.filter(({ attachment }) => attachment === file.n);
  const pages = own.length > 0 ? own : [{ page: 1, width: 0, height: 0, turned: 0 as const }];
  return pages.map(({ page, width, height, turned }) => ({
    key: `${file.n}-${page}`,
    src: paged ? `${original}/pages/${page}` : original,
    original,
    attachment: file.n,
    page,
    size: width > 0 && height > 0 ? { width, height } : null,
    turn: paged ? 0 : turned,
    marks: marksOn(record.verdict?.findings ?? [], file.n, page),
  }));
}

function marksOn(findings: readonly FindingView[], attachment: number, page: number): readonly Mark[] {
  return findings.flatMap(({ field, finding, evidence }) =>
    evidence
      .filter((at) => at.attachment === attachment && at.page === page && isBox(at.box))
      .map(({ quote, box }) => ({ field, finding, quote, box })),
  );
}

/** A verdict may come from elsewhere: a box that is none is not drawn. */
function isBox(box: unknown): box is BoxView {
  return (
    Array.isArray(box) &&
    box.length === 4 &&
    box.every((at) => typeof at === 'number' && at >= 0 && at <= 1) &&
    box[0] < box[2] &&
    box[1] < box[3]
  );
}
