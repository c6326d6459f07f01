/**
 * English for the verifier's stable codes. `date_mismatch` is a field with what became of it; a code that is not known
 * here is shown as words rather than hidden, and a sentence of the database's or the gate's is shown as it is.
 */
import { fields } from './intake.ts';

/** What becomes of a field, said after its name. */
const tails: Readonly<Record<string, string>> = {
  mismatch: 'the document says something else',
  not_found: 'not found in the documents',
  in_doubt: 'cannot be decided for certain',
  not_claimed: 'has to be claimed, but is not',
  unreadable_claim: 'the claimed value cannot be read',
  hidden_characters: 'the claim holds characters that nobody sees',
  mixed_scripts: 'the claim mixes letters of scripts that look alike',
};

const sentences: Readonly<Record<string, string>> = {
  exact: 'Written exactly as claimed.',
  confusable_only: 'Differs only by characters that reading confuses.',
  format_differs: 'The same value, written differently.',
  rounded_to_coin: 'The total, rounded to the coin.',
  legal_form_differs: 'The same company with another legal form.',
  read_once: 'Only one of two looks read it.',
  looks_disagree: 'Two looks at the page read different values.',
  digit_in_doubt: 'One digit could be another.',
  value_differs: 'Another value stands there.',
  word_differs: 'A word of it differs.',
  other_company: 'Another company stands there.',
  name_in_doubt: 'The name could be another.',
  name_is_part: 'Only a part of the name stands there.',
  romanization_variant: 'The same name in another spelling.',
  ambiguous_day_month: 'Day and month could be swapped.',
  date_ambiguous: 'More than one date could be meant.',
  total_ambiguous: 'More than one amount could be the total.',
  other_role_possible: 'It may stand there as something else.',
  value_in_other_role: 'It stands on the page, but as something else.',
  value_without_role: 'It stands on the page, but nothing says what it is.',
  claim_unreadable: 'The claimed value cannot be read.',
  checksum_failed: 'Its check digit is wrong.',
  not_found: 'It was not found.',
  no_total_read: 'No total could be read.',
  no_amount_read: 'No amount could be read.',
  no_date_read: 'No date could be read.',
  no_name_read: 'No name could be read.',
  no_number_read: 'No number could be read.',
  no_address_read: 'No address could be read.',
  no_text_read: 'No text could be read.',
  nothing_read: 'Nothing could be read.',
  page_not_legible: 'The page cannot be read well enough. Ask for a better picture.',
  hangul_not_read_yet: 'Korean text on the page is not read yet.',
  script_not_read_yet: 'The script on the page is not read yet.',
  suggested_reject: 'It would be rejected, but the policy leaves that to a person.',
  unknown_kind: 'This kind of document is not known.',
  unknown_field: 'A claimed field is not known for this kind.',
  claims_empty: 'Nothing was claimed.',
  claims_not_an_object: 'The claims are not fields with values.',
  no_attachment: 'There is no document to read.',
  too_many_attachments: 'There are too many documents.',
  attachment_missing: 'A file is missing from the store.',
  attachment_outside: 'A file lies outside the allowed folder.',
  attachment_too_large: 'A document is too large to read.',
  attachment_empty: 'A document is empty.',
  attachments_differ: 'The documents do not all say the same.',
  reader_died: 'A document stopped its reader. It may be damaged or hostile.',
  attachment_unreadable: 'A document is damaged or cannot be opened.',
  attachment_refused: 'A document is of a kind that is not read.',
  pdf_needs_password: 'A PDF is locked with a password. Ask for one without.',
  too_many_pages: 'A PDF has more pages than are read.',
  page_unreadable: 'A page of a PDF is broken.',
  hangul_unread: 'A page holds Korean text that could not be seen or read.',
  hidden_text: 'A document holds text that the eye cannot see.',
  instruction_text: 'A document gives instructions to whoever reads it.',
  duplicate: 'The same document came with another record.',
  ocr_busy: 'Every reader was busy.',
  ocr_unavailable: 'Reading could not start on this machine.',
  out_of_time: 'Reading did not end in time.',
  two_readers: 'The language model reads the same there.',
  model_in_doubt: 'The language model names more than one value.',
  model_disagrees: 'The language model reads another value.',
  ungrounded: 'The language model quotes words that were not read on the page.',
  role_by_model: 'Only the language model says that this is the value. Look at the page.',
  model_refused: 'The language model would not answer about this document.',
  model_answer_unusable: 'The language model answered nothing that can be used.',
  model_unknown: 'The provider knows no such language model.',
  model_unfit: 'The language model takes no images or gives no usable answers.',
  provider_unavailable: 'The provider of the language model did not answer.',
  provider_busy: 'The provider of the language model asks to wait.',
  provider_denied: 'The provider of the language model refuses the key, the account or the address.',
  left_in_source: 'The answer was applied, but the row still stands in the source.',
  apply_wrote_nothing: 'The answer changed nothing in the row; a guard or row security may stand against it.',
  apply_failed: 'The database refused the answer. It is kept, and applied on release without a new call.',
  superseded: 'The record changed while it was being verified, so that answer was dropped.',
  answer_too_large: 'The answer was too large to keep.',
};

/** A code as a person would say it. */
export function explainReason(code: string): string {
  const whole = sentences[code];
  if (whole !== undefined) return whole;
  for (const [tail, said] of Object.entries(tails)) {
    const field = code.endsWith(`_${tail}`) ? code.slice(0, -tail.length - 1) : null;
    if (field !== null) return `${fields[field] ?? sentenceCase(field)}: ${said}.`;
  }
  return sentenceCase(code);
}

function sentenceCase(text: string): string {
  const plain = /^[a-z0-9]+(_[a-z0-9]+)*$/.test(text) ? text.replaceAll('_', ' ') : text;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
