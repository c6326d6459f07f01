/**
 * The one error of the console: something about a request that its sender can mend. It becomes an answer in one place,
 * `answers.ts`; failures of the gate are TidegateErrors, and everything else is nobody's business but the log's.
 */

const marker = Symbol.for('tidegate.console.error');

/** A request that cannot be granted: the status, a stable code, a sentence, and the field that is to blame. */
export class InputError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly [marker] = true;

  constructor(
    status: number,
    code: string,
    message: string,
    { field, headers = {} }: { field?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = 'InputError';
    this.status = status;
    this.code = code;
    this.field = field;
    this.headers = headers;
  }
}

/** Whether `thrown` is an InputError of this or another copy of the module: the bundler makes several. */
export function isInputError(thrown: unknown): thrown is InputError {
  return typeof thrown === 'object' && thrown !== null && marker in thrown;
}

/** What unknown, malformed and forbidden ids get alike. */
export function notFound(): InputError {
  return new InputError(404, 'not_found', 'There is nothing here by that name.');
}
