// How a receipt is worn, lit and caught by a camera: the settings only. `paper.ts` takes what is done to the sheet,
// `photograph.ts` what is done to the picture.

/** The state of a sheet and of its picture. Strengths go from 0 to 1, angles are degrees. */
export interface Look {
  /** Long side of the finished picture in pixels. */
  readonly side: number;
  readonly format: 'jpg' | 'png' | 'webp';
  readonly quality: number;
  /** What lies behind the sheet; `none` means that the sheet is the picture. */
  readonly backdrop: 'none' | 'bed' | 'wood' | 'slate' | 'cloth';
  readonly tilt: number;
  /** How far the camera stood from straight above. */
  readonly lean: number;
  readonly crumple: number;
  readonly folds: number;
  /** Weak thermal print. */
  readonly fade: number;
  /** Radius of the blur in pixels of the finished picture. */
  readonly blur: number;
  /** Standard deviation of the sensor's noise, of 255. */
  readonly noise: number;
  /** Uneven light. */
  readonly light: number;
  readonly grey: boolean;
  /** Quarter turns by which the pixels are turned, in degrees clockwise. */
  readonly turn: 0 | 90 | 180 | 270;
  /** The turn is undone by the orientation in the file, as telephones write it. */
  readonly turnNoted: boolean;
}

const plain: Look = {
  side: 1200,
  format: 'jpg',
  quality: 74,
  backdrop: 'none',
  tilt: 0,
  lean: 0,
  crumple: 0,
  folds: 0,
  fade: 0,
  blur: 0,
  noise: 0,
  light: 0,
  grey: false,
  turn: 0,
  turnNoted: false,
};

/** A file as a shop's system mails it: no paper at all. */
export function digital(change: Partial<Look> = {}): Look {
  return { ...plain, ...change };
}

/** A sheet on a flatbed scanner. */
export function scan(change: Partial<Look> = {}): Look {
  return {
    ...plain,
    backdrop: 'bed',
    tilt: 0.8,
    crumple: 0.25,
    noise: 2.5,
    blur: 0.5,
    quality: 66,
    grey: true,
    ...change,
  };
}

/** A sheet photographed on a table. */
export function photo(change: Partial<Look> = {}): Look {
  return {
    ...plain,
    backdrop: 'wood',
    tilt: -1.4,
    lean: 4,
    crumple: 0.5,
    folds: 1,
    noise: 3,
    blur: 0.6,
    light: 0.45,
    quality: 60,
    side: 1300,
    ...change,
  };
}

/** A photograph so blurred that nobody can read it. */
export function illegible(change: Partial<Look> = {}): Look {
  return { ...photo(), blur: 9, quality: 55, side: 1100, ...change };
}
