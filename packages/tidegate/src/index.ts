/** The library: a gate over rows you already have. `tidegate/http` has the routes and the executor's token. */

export type { TidegateErrorCode } from './errors.ts';
export { AnswerError, Defer, isTidegateError, Park, TidegateError } from './errors.ts';
export type * from './types.ts';
