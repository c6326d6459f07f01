/** Korean for the verifier's stable codes. What is not known here may be a sentence of the gate's, or of somebody else. */
import type * as en from '../en/codes.ts';
import { reasonsOf, sentenceCase } from '../reasons.ts';
import { fields } from './intake.ts';
import { said } from './phrases.ts';

/** What becomes of a field, said after its name. */
export const tails: typeof en.tails = {
  mismatch: '문서의 내용이 다릅니다',
  not_found: '문서에서 찾지 못했습니다',
  in_doubt: '확실하게 가릴 수 없습니다',
  not_claimed: '반드시 청구해야 하지만 비어 있습니다',
  unreadable_claim: '청구된 값을 해석할 수 없습니다',
  hidden_characters: '청구된 값에 보이지 않는 문자가 있습니다',
  mixed_scripts: '청구된 값에 비슷하게 생긴 다른 문자 체계의 글자가 섞여 있습니다',
};

/** Codes that are said whole. */
export const sentences: typeof en.sentences = {
  exact: '청구된 그대로 적혀 있습니다.',
  confusable_only: '판독할 때 혼동하기 쉬운 글자만 다릅니다.',
  format_differs: '같은 값이 다른 형식으로 적혀 있습니다.',
  rounded_to_coin: '동전 단위로 반올림한 합계입니다.',
  legal_form_differs: '법인 형태만 다른 같은 회사입니다.',
  read_once: '두 번 읽었으나 한 번만 읽혔습니다.',
  looks_disagree: '페이지를 두 번 읽은 값이 서로 다릅니다.',
  digit_in_doubt: '숫자 하나가 다른 숫자일 수 있습니다.',
  value_differs: '그 자리에 다른 값이 있습니다.',
  word_differs: '단어 하나가 다릅니다.',
  other_company: '그 자리에 다른 회사가 있습니다.',
  name_in_doubt: '다른 이름일 수 있습니다.',
  other_name: '그 자리에 다른 이름이 있습니다.',
  letter_differs: '글자 하나가 다릅니다.',
  name_is_part: '이름의 일부만 있습니다.',
  romanization_variant: '같은 이름을 다르게 표기했습니다.',
  ambiguous_day_month: '일과 월이 바뀌었을 수 있습니다.',
  date_ambiguous: '가리키는 날짜가 여럿일 수 있습니다.',
  total_ambiguous: '합계일 수 있는 금액이 여럿입니다.',
  address_differs: '그 자리에 다른 주소가 있습니다.',
  other_role_possible: '다른 항목의 값일 수 있습니다.',
  value_in_other_role: '페이지에 있지만 다른 항목의 값입니다.',
  value_without_role: '페이지에 있지만 무슨 값인지 알 수 없습니다.',
  country_not_shown: '그 번호가 어느 나라의 것인지 알 수 없습니다.',
  extension_not_shown: '그 번호는 있지만 청구된 내선 번호가 없습니다.',
  claim_unreadable: '청구된 값을 해석할 수 없습니다.',
  checksum_failed: '검증 번호가 맞지 않습니다.',
  not_found: '찾지 못했습니다.',
  no_total_read: '합계를 읽지 못했습니다.',
  no_amount_read: '금액을 읽지 못했습니다.',
  no_date_read: '날짜를 읽지 못했습니다.',
  no_name_read: '이름을 읽지 못했습니다.',
  no_number_read: '번호를 읽지 못했습니다.',
  no_address_read: '주소를 읽지 못했습니다.',
  no_text_read: '글자를 읽지 못했습니다.',
  number_not_legible: '그 자리의 번호가 또렷하지 않습니다.',
  date_not_legible: '그 자리의 날짜가 또렷하지 않습니다.',
  nothing_read: '아무것도 읽지 못했습니다.',
  page_not_legible: '페이지가 또렷하지 않습니다. 더 좋은 사진을 요청하십시오.',
  hangul_not_read_yet: '페이지의 한글은 아직 읽지 않습니다.',
  script_not_read_yet: '페이지의 문자는 아직 읽지 않습니다.',
  script_not_read: '읽지 않는 문자로 청구되었습니다.',
  document_expired: '유효 기간이 지난 문서입니다.',
  issued_in_future: '발급일이 오늘보다 뒤입니다.',
  dates_out_of_order: '날짜의 순서가 맞지 않습니다.',
  in_words: '문서에 글자로도 적혀 있습니다.',
  words_and_digits_differ: '문서에 글자로 적힌 금액과 숫자로 적힌 금액이 다릅니다.',
  adds_up: '페이지의 금액을 더한 값과 맞습니다.',
  suggested_reject: '거절할 만하지만, 정책에 따라 사람에게 맡깁니다.',
  unknown_kind: '알 수 없는 문서 종류입니다.',
  unknown_field: '이 종류에 없는 필드가 청구되었습니다.',
  claims_empty: '청구된 것이 없습니다.',
  claims_not_an_object: '청구 내용이 필드와 값으로 되어 있지 않습니다.',
  no_attachment: '읽을 문서가 없습니다.',
  too_many_attachments: '문서가 너무 많습니다.',
  attachment_missing: '파일이 저장소에 없습니다.',
  store_unavailable: '파일 저장소가 응답하지 않았습니다.',
  attachment_outside: '허용된 폴더 밖에 있는 파일입니다.',
  attachment_too_large: '문서가 너무 커서 읽을 수 없습니다.',
  attachment_empty: '빈 문서가 있습니다.',
  attachments_differ: '문서들의 내용이 서로 다릅니다.',
  reader_died: '문서를 읽던 프로세스가 멈췄습니다. 문서가 손상되었거나 악의적일 수 있습니다.',
  attachment_unreadable: '문서가 손상되었거나 열 수 없습니다.',
  attachment_refused: '읽지 않는 형식의 문서입니다.',
  pdf_needs_password: 'PDF가 암호로 잠겨 있습니다. 암호가 없는 파일을 요청하십시오.',
  too_many_pages: 'PDF의 페이지가 읽을 수 있는 수보다 많습니다.',
  page_unreadable: 'PDF에 깨진 페이지가 있습니다.',
  page_missing: '요청한 페이지가 문서에 없습니다.',
  hangul_unread: '보거나 읽을 수 없는 한글이 페이지에 있습니다.',
  hidden_text: '눈에 보이지 않는 글자가 문서에 있습니다.',
  instruction_text: '읽는 쪽에 지시하는 글이 문서에 있습니다.',
  duplicate: '다른 레코드에도 같은 문서가 있습니다.',
  ocr_busy: '읽는 프로세스가 모두 사용 중이었습니다.',
  ocr_unavailable: '이 컴퓨터에서 읽기를 시작하지 못했습니다.',
  out_of_time: '제때 다 읽지 못했습니다.',
  two_readers: '언어 모델도 그 자리를 똑같이 읽었습니다.',
  model_in_doubt: '언어 모델이 값을 둘 이상 꼽았습니다.',
  model_disagrees: '언어 모델은 다른 값을 읽었습니다.',
  ungrounded: '언어 모델이 페이지에서 읽히지 않은 글을 인용했습니다.',
  role_by_model: '이 값이라고 말하는 것은 언어 모델뿐입니다. 페이지를 확인하십시오.',
  model_refused: '언어 모델이 이 문서에 대해 응답하지 않으려 했습니다.',
  model_answer_unusable: '언어 모델의 응답을 쓸 수 없습니다.',
  model_unknown: '공급자에게 그런 언어 모델이 없습니다.',
  model_unfit: '언어 모델이 이미지를 받지 않거나 쓸 만한 응답을 하지 않습니다.',
  provider_unavailable: '언어 모델 공급자가 응답하지 않았습니다.',
  provider_busy: '언어 모델 공급자가 기다리라고 합니다.',
  provider_denied: '언어 모델 공급자가 키나 계정, 주소를 거부합니다.',
  left_in_source: '응답을 반영했지만 행이 아직 소스에 있습니다.',
  apply_wrote_nothing: '응답으로 행이 바뀌지 않았습니다. 보호 조건이나 행 수준 보안이 막고 있을 수 있습니다.',
  apply_failed: '데이터베이스가 응답을 거부했습니다. 응답은 보관하며, 해제하면 다시 호출하지 않고 반영합니다.',
  superseded: '검증하는 동안 레코드가 바뀌어 그 응답을 버렸습니다.',
  answer_too_large: '응답이 너무 커서 보관할 수 없었습니다.',
};

/** A code as a person would say it. */
export const explainReason: (code: string) => string = reasonsOf({ sentences, tails, fields }, (text) => {
  const known = said(text);
  return known === text ? sentenceCase(text) : known;
});

/** Codes that only our own machinery gives with an error; any other may be a far end's, and its message with it. */
const ours =
  /^(apply_|attachment_|model_|ocr_|provider_|left_in_source$|answer_too_large$|store_unavailable$|superseded$)/;

/** Those of them whose messages hold what only the database or a provider can say. */
const detailed = /^(apply_failed|provider_|model_)/;

/** An error's sentence: ours by its code, with somebody else's own words after it where they matter. */
export function saidOf(code: string | null, message: string): string {
  const known = said(message);
  if (known !== message || code === null || !ours.test(code)) return known;
  const sentence = (sentences as Readonly<Record<string, string>>)[code];
  if (sentence === undefined) return message;
  return detailed.test(code) && message !== '' ? `${sentence} ${message}` : sentence;
}
