/**
 * English for the verifier's and the gate's stable codes. A code may carry a field's name (`date:mismatch`, `date.mismatch`);
 * one that is not known here is shown as words rather than hidden.
 */
import { fields } from './intake.ts';

const sentences: Readonly<Record<string, string>> = {
  all_match: 'Every claim was found in the documents as claimed.',
  match: 'found as claimed',
  mismatch: 'the document says something else',
  not_found: 'not found in the documents',
  exact: 'written exactly as claimed',
  confusable_only: 'differs only by characters that reading confuses',
  format_differs: 'the same value, written differently',
  token_missing: 'a word of it is missing on the page',
  digit_differs: 'a digit differs',
  ambiguous_day_month: 'day and month could be swapped',
  ambiguous: 'more than one value could be meant',
  value_present_other_role: 'it stands on the page, but as something else',
  other_role: 'it stands on the page, but as something else',
  checksum_failed: 'its check digit is wrong',
  arithmetic_disagrees: 'the amounts on the page do not add up to it',
  romanization_variant: 'the same name in another spelling',
  expired: 'the document has expired',
  ungrounded: 'the quote is not on the page',
  unreadable: 'The documents cannot be read well enough. Ask for a better picture.',
  unreadable_page: 'A page cannot be read well enough. Ask for a better picture.',
  unreadable_claim: 'the claimed value cannot be read',
  unreadable_value: 'the claimed value cannot be read',
  illegible: 'The documents cannot be read well enough. Ask for a better picture.',
  missing_claim: 'it has to be claimed, but is not',
  required_not_claimed: 'it has to be claimed, but is not',
  unknown_field: 'this kind of document has no such field',
  unknown_kind: 'This kind of document is not known.',
  empty_claims: 'Nothing was claimed.',
  misshapen_claims: 'The claims are not an object of fields and values.',
  hidden_text: 'The document holds text that the eye cannot see.',
  instruction_text: 'The document gives instructions to whoever reads it.',
  duplicate: 'The same document was submitted with another record.',
  attachment_missing: 'A file is missing from the store.',
  attachment_outside: 'A file lies outside the allowed folder.',
  unprocessable: 'A file is damaged or of a kind that is not read.',
  ocr_unavailable: 'Reading could not start on this machine.',
  apply_failed: 'The database refused the answer; it is kept and applied on release, without a new call.',
  left_in_source: 'The answer was applied, but the row still stands in the source.',
  apply_wrote_nothing: 'The answer changed nothing in the row; a guard or row security may stand against it.',
  superseded: 'The record changed while it was being verified, so that answer was dropped.',
  lost: 'The process that worked on it died, three times over.',
  provider_only_here: 'The provider fails on this record only.',
  too_many_failures: 'It failed as often as a record may.',
  answer_too_large: 'The answer was too large to keep.',
};

/** A code as a person would say it. */
export function explainReason(code: string): string {
  const whole = sentences[code];
  if (whole !== undefined) return sentenceCase(whole);
  const parts = /^([a-z_]+)[.:/ ]+([a-z_]+)$/.exec(code);
  const [left, right] = [parts?.[1] ?? '', parts?.[2] ?? ''];
  for (const [field, tail] of [
    [left, right],
    [right, left],
  ] as const) {
    const name = fields[field];
    if (name !== undefined) return `${name}: ${sentences[tail] ?? plain(tail)}`;
  }
  if (right !== '') return sentenceCase(sentences[right] ?? plain(right));
  return sentenceCase(plain(code));
}

function plain(code: string): string {
  return code.replaceAll('_', ' ');
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
