/** Korean for intake: kinds, their fields, limits, and what can be wrong with an upload. */
import type * as en from '../en/intake.ts';

export const kinds: typeof en.kinds = {
  receipt: '영수증',
  tax_invoice: '세금계산서',
  business_registration: '사업자등록증',
  certificate: '재직증명서',
  id_card: '신분증',
};

export const fields: typeof en.fields = {
  company: '상호',
  date: '날짜',
  total: '합계',
  business_number: '사업자등록번호',
  representative: '대표자',
  receipt_number: '영수증 번호',
  supply_amount: '공급가액',
  tax_amount: '세액',
  buyer_business_number: '공급받는 자 등록번호',
  buyer_company: '공급받는 자',
  address: '주소',
  phone: '전화번호',
  name: '성명',
  issue_date: '발급일',
  document_number: '문서 번호',
  birth_date: '생년월일',
  expiry_date: '유효 기간',
};

/** How values of a type may be written, shown as an example beside the field. */
export const examples: typeof en.examples = {
  date: '2018-12-25, 25/12/2018 또는 2018년 12월 25일',
  money: '9.00, RM 9.00 또는 1,375,000원',
  krBusinessNumber: '123-45-67890',
};

export const intake: typeof en.intake = {
  title: '접수',
  lead: '청구 내용을 근거가 되는 문서와 함께 제출하십시오. 다음 틱에서 읽습니다.',
  what: '무엇입니까?',
  kind: '문서 종류',
  locale: '문서 언어',
  localeHint: '03/04가 3월인지 4월인지를 가립니다.',
  localeNone: '모름',
  claims: '청구 내용',
  claimsHint: '적은 필드는 모두 확인합니다. 청구하지 않는 것은 비워 두십시오.',
  files: '문서',
  choose: '파일 선택',
  drop: '또는 여기에 놓기',
  accepted: 'JPEG, PNG, WebP, PDF를 받습니다.',
  limits: (files, each, together) => `최대 ${files}개, 하나에 ${each}, 모두 합쳐 ${together}까지입니다.`,
  remove: (name) => `${name} 빼기`,
  noFile: '문서를 하나 이상 첨부하십시오.',
  tooMany: (max) => `파일은 ${max}개까지 첨부할 수 있습니다.`,
  tooLarge: (name, max) => `${name}: ${max}보다 큽니다.`,
  tooLargeTogether: (max) => `파일을 모두 합치면 ${max}보다 큽니다.`,
  empty: (name) => `${name}: 빈 파일입니다.`,
  wrongType: (name) => `${name}: JPEG, PNG, WebP, PDF가 아닙니다.`,
  claimMissing: '필수 항목이 비어 있습니다. 제출할 수는 있지만 사람이 검토해야 합니다.',
  noClaims: '필드를 하나 이상 적으십시오.',
  submit: '제출',
  sending: '보내는 중…',
  sent: (share) => `${share} 보냄`,
  storing: '보냈습니다. 파일을 확인하는 중…',
  done: '제출했습니다',
  doneText: '다음 틱을 기다립니다. 레코드 페이지에서 바로 검증할 수도 있습니다.',
  openRecord: '레코드 열기',
  another: '하나 더 제출',
  failed: '접수되지 않았습니다. 보관한 것은 없습니다.',
};

export const locales: typeof en.locales = {
  'en-US': '영어(미국)',
  'en-GB': '영어(영국)',
  'en-MY': '영어(말레이시아)',
  'ms-MY': '말레이어',
  'ko-KR': '한국어',
};
