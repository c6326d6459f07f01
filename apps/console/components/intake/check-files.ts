/** What can be told about files before they are sent: number, size, kind by name. The server judges by content. */
import type { Format } from '../../lib/words/format.ts';
import type { Words } from '../../lib/words/index.ts';
import { visibleText } from '../../lib/words/visible.ts';

export interface Limits {
  readonly filesMax: number;
  readonly fileBytesMax: number;
  readonly bytesMax: number;
}

const known = /^(image\/(jpeg|png|webp)|application\/pdf)$/;

/** The first thing that is wrong with the files as a sentence, or null. */
export function wrongWith(
  files: readonly File[],
  limits: Limits,
  { w, f }: { readonly w: Words; readonly f: Format },
): string | null {
  if (files.length === 0) return w.intake.noFile;
  if (files.length > limits.filesMax) return w.intake.tooMany(f.number(limits.filesMax));
  for (const file of files) {
    const name = visibleText(file.name);
    if (file.size === 0) return w.intake.empty(name);
    if (file.size > limits.fileBytesMax) return w.intake.tooLarge(name, f.bytes(limits.fileBytesMax));
    if (file.type !== '' && !known.test(file.type)) return w.intake.wrongType(name);
  }
  const together = files.reduce((sum, { size }) => sum + size, 0);
  return together > limits.bytesMax ? w.intake.tooLargeTogether(f.bytes(limits.bytesMax)) : null;
}
