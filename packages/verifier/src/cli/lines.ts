/**
 * A JSON Lines file as a stream of lines with their numbers. Only a line feed ends a line: JSON strings may hold the
 * other separators that text readers split at.
 */

import { createReadStream } from 'node:fs';

/** A line that is not blank, its number counted from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** Lines of a file without byte order mark, carriage returns and blank ones. */
export async function* linesOf(file: string): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  for await (const chunk of createReadStream(file)) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      number += 1;
      if (text.trim() !== '') yield { number, text: text.trim() };
    }
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield { number: number + 1, text: rest.trim() };
}
