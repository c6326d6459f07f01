/**
 * What the parent and a reading process say to each other. Structured clones over the fork's channel ('advanced'
 * serialization), so bytes travel as bytes.
 */

import type { Box, Kind, Line, PagePicture, Turn } from '../types.ts';

/** How a page is scaled and prepared for a reading: the usual one, or a second look. */
export type Look = 'first' | 'second';

/** The script a page is expected in: decides which reader is asked first. */
export type Script = Kind['script'];

/** Network files of the user's own in place of the shipped ones, as paths. */
export interface ModelFiles {
  /**
   * A reader of Hangul lines: of PaddleOCR's form where a list of its letters is named, else of the shipped form; or
   * Tesseract with the data that npm ships.
   */
  readonly hangul?: { readonly model: string; readonly alphabet?: string } | 'tesseract';
}

/** One page without the attachment's index, which only the parent knows. */
export interface ReadPage {
  readonly page: number;
  readonly width: number;
  readonly height: number;
  readonly turned: Turn;
  readonly lines: readonly Line[];
  readonly legible: boolean;
  /** What speaks against deciding about this page without a person, as reason codes. */
  readonly flags: readonly string[];
}

/** Why a file could not be read; becomes a reason of the verdict. */
export type RefusalCode =
  | 'attachment_empty'
  | 'attachment_refused'
  | 'attachment_too_large'
  | 'attachment_unreadable'
  | 'pdf_needs_password'
  | 'too_many_pages'
  | 'page_missing'
  | 'reader_died'
  | 'out_of_time';

export type Ask =
  | {
      readonly id: number;
      readonly op: 'read';
      readonly bytes: Uint8Array;
      readonly look: Look;
      readonly script?: Script;
      /** Page by page, what an earlier look found. */
      readonly turned?: readonly Turn[];
    }
  | {
      readonly id: number;
      readonly op: 'reread';
      readonly bytes: Uint8Array;
      readonly page: number;
      readonly turned: Turn;
      /** Places of the rows, and the height of their print, as fractions of the upright page. */
      readonly rows: readonly { readonly box: Box; readonly height: number }[];
    }
  | {
      readonly id: number;
      readonly op: 'picture';
      readonly bytes: Uint8Array;
      readonly page: number;
      readonly turned: Turn;
    };

export type ReadAnswer = { readonly pages: readonly ReadPage[]; readonly cpuMs: number };
/** What each row says now, in the order asked. */
export type RowsAnswer = { readonly rows: readonly (readonly Line[])[]; readonly cpuMs: number };
export type PictureAnswer = PagePicture;
export type Refused = { readonly refused: RefusalCode; readonly detail: string; readonly cpuMs: number };

export type Tell =
  | { readonly tell: 'ready' }
  | { readonly tell: 'unavailable'; readonly detail: string }
  | {
      readonly tell: 'answer';
      readonly id: number;
      /** The most memory this process has had so far. */
      readonly peakBytes: number;
      readonly answer: ReadAnswer | RowsAnswer | PictureAnswer | Refused;
    };

/** Whether an answer is a refusal. */
export function isRefused(answer: object): answer is Refused {
  return 'refused' in answer;
}

/** A box that covers both. */
export function union(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
