/**
 * The vocabulary of the verifier: what is asked, what is read, what is answered. Data only; every other file of the
 * package may import this one, and it imports nothing.
 */

/** One file as it was submitted. Its index in the request's array is what `attachment` means in an answer. */
export interface Attachment {
  readonly bytes: Uint8Array;
}

/** What a file is by its content. */
export type MediaType = 'image/jpeg' | 'image/png' | 'image/webp' | 'application/pdf';

/** `[x0, y0, x1, y1]`: left, top, right, bottom as fractions (0 to 1) of the upright page. */
export type Box = readonly [number, number, number, number];

/** Degrees clockwise by which the page, EXIF applied, had to be turned to stand upright. */
export type Turn = 0 | 90 | 180 | 270;

/** How a claimed value is compared: each type has one comparator. */
export type FieldType =
  | 'company'
  | 'person'
  | 'date'
  | 'money'
  | 'krBusinessNumber'
  | 'identifier'
  | 'documentNumber'
  | 'address'
  | 'phone';

/** One claimable field of a kind. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** Words that stand beside the value on a page, English and Korean, lower case. */
  readonly labels: readonly string[];
  /** Words beside values of the same type that are something else: the buyer's number, a due date. */
  readonly otherLabels?: readonly string[];
  /** Whose value it is where a form shows two parties with the same labels. */
  readonly party?: 'supplier' | 'buyer';
  /** Whether it may stand on a page without any label: a shop's name, the day a paper was signed. */
  readonly alone?: boolean;
}

/** A kind of document as data: which fields may be claimed, and how each is found and compared. */
export interface Kind {
  readonly name: string;
  readonly fields: readonly Field[];
  /** The script its pages are written in where that is certain: decides which reader is needed. */
  readonly script: 'latin' | 'hangul' | 'any';
}

/** One claimed field with its value as text. */
export interface Claim {
  readonly field: Field;
  readonly value: string;
}

/** Text between two gaps of a row, with its place. */
export interface Word {
  readonly text: string;
  readonly box: Box;
  /** The reader's own confidence, 0 to 1. It orders, it does not discriminate. */
  readonly confidence: number;
  /** Probability of the likeliest other letter in its box, 0 to 1, where the reader tells: this one does discriminate. */
  readonly rival?: number;
  /** What a second reader reads in the same box. */
  readonly also?: string;
  /** Whether a seal lies over it, whose signs may stand behind the text. */
  readonly sealed?: boolean;
}

/** One row of a page: its words from left to right. */
export interface Line {
  readonly words: readonly Word[];
  readonly box: Box;
}

/** One upright page as it was read. */
export interface Page {
  readonly attachment: number;
  readonly page: number;
  /** Pixels of the upright page before it was scaled for reading. */
  readonly width: number;
  readonly height: number;
  readonly turned: Turn;
  readonly lines: readonly Line[];
  /** Whether enough everyday words or well-formed values were read to trust what the page says. */
  readonly legible: boolean;
  /** What speaks against deciding about this page without a person: hidden text, instructions, a broken page. */
  readonly flags?: readonly string[];
}

/** Where on which page something was read. */
export interface Evidence {
  readonly attachment: number;
  readonly page: number;
  readonly quote: string;
  readonly box: Box;
}

/** One claimed field against the pages. */
export interface Finding {
  readonly field: string;
  readonly finding: 'match' | 'mismatch' | 'not_found';
  readonly claimed: string;
  /** The value the page shows in that role, as read; null when nothing was found there. */
  readonly found: string | null;
  /** Stable codes: how it matched, or why it did not. */
  readonly reasons: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** The answer about one set of claims. */
export interface Verdict {
  readonly verdict: 'verified' | 'rejected' | 'needs_review';
  readonly findings: readonly Finding[];
  /** Stable codes, the deciding one first. */
  readonly reasons: readonly string[];
  /** Version of the policy that decided. */
  readonly policy: string;
  readonly seen: readonly { readonly attachment: number; readonly sha256: string }[];
  readonly pages: readonly {
    readonly attachment: number;
    readonly page: number;
    readonly width: number;
    readonly height: number;
    readonly turned: Turn;
  }[];
  /** Micro-dollars spent at a provider; reading on the device costs none. */
  readonly costMicros: number;
  /** Tokens sent to a provider and received from it. */
  readonly tokens?: number;
  /** The language model that had a part in it, with its provider and the version of the prompt. */
  readonly model?: string;
  /** CPU milliseconds spent for this answer; a page already read in this process costs nothing again. */
  readonly cpuMs: number;
}

/** What is asked: claims about attachments of a kind. */
export interface VerifyRequest {
  readonly kind: string;
  /** BCP 47; settles the order of day and month, and of separators. */
  readonly locale?: string | null;
  /** Expected: an object of field to string (amounts: string or number). Anything else is answered, not thrown. */
  readonly claims: unknown;
  readonly attachments: readonly Attachment[];
}

/** A page's picture for a person: upright, re-encoded, metadata stripped. */
export interface PagePicture {
  readonly bytes: Uint8Array;
  readonly mediaType: 'image/jpeg' | 'image/png';
  readonly width: number;
  readonly height: number;
}
