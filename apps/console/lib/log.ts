/**
 * What the console writes to its log, in the engine's form. Messages and codes only, never claims, documents, tokens or
 * cookies.
 */
import { log } from 'tidegate';

/** Writes what went wrong: the code, the message and its causes, with the place in the program. */
export function logError(code: string, thrown: unknown): void {
  const messages: string[] = [];
  for (let cause = thrown; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    messages.push(cause.message);
  }
  const place = thrown instanceof Error ? thrown.stack?.split('\n').slice(1, 6).join('\n') : undefined;
  log.error(messages[0] ?? String(thrown), { code, causes: messages.slice(1), place });
}

/** Writes a sentence that whoever runs this should read. */
export function logWarning(sentence: string): void {
  log.warn(sentence);
}
