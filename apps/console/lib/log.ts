/**
 * What the console writes to its log: one JSON line an event on standard error. Messages and codes only, never claims,
 * documents, tokens or cookies.
 */

/** Writes what went wrong: the code, the message and its causes, with the place in the program. */
export function logError(code: string, thrown: unknown): void {
  const messages: string[] = [];
  for (let cause = thrown; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    messages.push(cause.message);
  }
  const stack = thrown instanceof Error ? thrown.stack?.split('\n').slice(1, 6).join('\n') : undefined;
  write('error', code, { messages: messages.length > 0 ? messages : [String(thrown)], stack });
}

/** Writes that something happened. */
export function logEvent(code: string, fields: Readonly<Record<string, unknown>> = {}): void {
  write('info', code, fields);
}

function write(level: string, code: string, fields: Readonly<Record<string, unknown>>): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, code, ...fields })}\n`);
}
