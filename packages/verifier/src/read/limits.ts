/**
 * Every limit on reading an untrusted file, in one object. A file beyond them is refused or its reader is killed; the
 * figures leave a scan of A4 at 600 dpi inside.
 */

import { availableParallelism } from 'node:os';

/** Limits on one attachment and on the process that reads it. */
export const readLimits = {
  bytesMax: 20 * 1024 * 1024,
  pixelsMax: 50_000_000,
  sideMax: 20_000,
  pagesMax: 10,
  /** The longer side of a drawn PDF page, and the pixels of one that is drawn to look closely at doubtful places. */
  pdfSideMax: 4_000,
  closeLookArea: 5_000_000,
  /** Letters of a page's text layer that are held against what can be seen. */
  layerLettersMax: 40_000,
  attachmentsMax: 20,
  /** Resident memory at which a reading process ends itself. */
  memoryMaxBytes: 1_300 * 1024 * 1024,
  /** Longest time for one attachment, and for a process to load its models. */
  readMaxMs: 45_000,
  pictureMaxMs: 20_000,
  startMaxMs: 30_000,
  /** Text boxes read from one page; a page with more is no document. */
  boxesMax: 1_500,
  /** A process is replaced after so many files, so that no leak of a native library adds up. */
  readsPerProcessMax: 400,
} as const;

const reservedBytes = 600 * 1024 * 1024;
const processBytes = 900 * 1024 * 1024;

/** How many reading processes this machine bears: min(cores, (available memory − 600 MB) / 900 MB), at least 1. */
export function readingProcesses(
  machine: { cores: number; availableBytes: number } = {
    cores: availableParallelism(),
    availableBytes: process.availableMemory(),
  },
): number {
  return Math.max(1, Math.min(machine.cores, Math.floor((machine.availableBytes - reservedBytes) / processBytes)));
}
