/** The library: a gate over rows you already have. `tidegate/http` has the routes and the executor's protocol. */

export { BATCH_CEILING, DEFAULT_LIMITS, readLimits, readLimitsFrom } from './config.ts';
export { closePool, openPool, openPoolFor } from './database.ts';
export type { TidegateErrorCode } from './errors.ts';
export { AnswerError, Defer, isTidegateError, Park, TidegateError } from './errors.ts';
export { createGate } from './gate.ts';
export { createLedger } from './ledger.ts';
export { log } from './log.ts';
export { migrate, migrationsFolder, schemaState } from './migrate.ts';
export { ensureGate } from './opening.ts';
export { endPreviousLife } from './operator.ts';
export type * from './types.ts';
