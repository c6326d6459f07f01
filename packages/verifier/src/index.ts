/**
 * @tidegate/verifier: checks claimed fields against attached documents on this machine, with evidence. This file is
 * the whole public surface; importing it reads and starts nothing.
 */

export { isVerifierError, VerifierError, type VerifierErrorCode } from './errors.ts';
export type { ModelSettings, Price, Provider } from './judge/settings.ts';
export { defineKind, shippedKinds } from './kinds.ts';
export { inspect } from './read/media-type.ts';
export type { ModelFiles } from './read/protocol.ts';
export type {
  Attachment,
  Box,
  Evidence,
  Field,
  FieldType,
  Finding,
  Kind,
  MediaType,
  PagePicture,
  Turn,
  Verdict,
  VerifyRequest,
} from './types.ts';
export { defaultPolicy, type Policy } from './verdict/policy.ts';
export { createVerifier, type Verifier, type VerifierOptions } from './verifier.ts';
