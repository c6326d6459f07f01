/**
 * Attachment paths of a line to bytes, without leaving the folder of the file: no absolute path, no `..`, no link
 * anywhere on the way, regular files only. What cannot be used becomes a reason of the verdict.
 */

import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { readLimits } from '../read/limits.ts';
import type { Attachment } from '../types.ts';

/** All attachments of a line, or the reason why they cannot be used. */
export type Loaded = { readonly attachments: readonly Attachment[] } | { readonly reason: string };

/** Loads attachments named relative to a folder. */
export async function loadAttachments(paths: unknown, folder: string): Promise<Loaded> {
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
    return { reason: paths === undefined ? 'no_attachment' : 'attachments_misshapen' };
  }
  if (paths.length === 0) return { reason: 'no_attachment' };
  if (paths.length > readLimits.attachmentsMax) return { reason: 'too_many_attachments' };
  const attachments: Attachment[] = [];
  for (const path of paths as string[]) {
    const loaded = await load(path, folder);
    if (typeof loaded === 'string') return { reason: loaded };
    attachments.push({ bytes: loaded });
  }
  return { attachments };
}

async function load(path: string, folder: string): Promise<Uint8Array | string> {
  const parts = path.split(/[\\/]/);
  if (path === '' || path.includes('\0') || isAbsolute(path) || /^[A-Za-z]:/.test(path) || parts.includes('..'))
    return 'attachment_outside';
  try {
    let at = folder;
    for (const part of path.split('/')) {
      at = join(at, part);
      if ((await lstat(at)).isSymbolicLink()) return 'attachment_outside';
    }
    const file = await open(at, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) return 'attachment_refused';
      if (!stat.isFile()) return 'attachment_outside';
      if (stat.size > readLimits.bytesMax) return 'attachment_too_large';
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (code === 'ELOOP' || code === 'ENXIO') return 'attachment_outside';
  return ['ENOENT', 'ENOTDIR'].includes(code) ? 'attachment_missing' : 'attachment_unreadable';
}
