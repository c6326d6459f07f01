/**
 * The kinds of documents, as data. A field's labels are the words that stand beside its value on a page; they are not
 * templates, and no issuer's layout is described here.
 */

import { VerifierError } from './errors.ts';
import type { Field, Kind } from './types.ts';

type Given = Omit<Field, 'name' | 'required' | 'labels'> & { required?: boolean; labels?: readonly string[] };

/**
 * Makes a kind from a name and its fields.
 * @throws VerifierError `invalid_kind` for an empty name, no fields, or no required field.
 */
export function defineKind(name: string, definition: { script?: Kind['script']; fields: Record<string, Given> }): Kind {
  const fields = Object.entries(definition.fields).map(([field, given]): Field => {
    return { ...given, name: field, required: given.required ?? false, labels: given.labels ?? [] };
  });
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new VerifierError('invalid_kind', `Kind names are a-z, 0-9 and _, got "${name}".`);
  }
  if (!fields.some((field) => field.required)) {
    throw new VerifierError('invalid_kind', `Kind "${name}" needs at least one required field.`);
  }
  return { name, fields, script: definition.script ?? 'any' };
}

const companyLabels = ['상호', '상호명', '법인명', '단체명', '회사명', '업체명'];
const supplier = { party: 'supplier' } as const;
const buyer = { party: 'buyer' } as const;
const registrationLabels = [
  '사업자등록번호',
  '등록번호',
  '사업자번호',
  'business no',
  'registration no',
  'business number',
];
const representativeLabels = ['대표자', '대표', '성명', '대표이사', '대표자명', 'representative', 'ceo', 'owner'];

const receiptDates = (
  '일시 거래일시 판매일시 결제일시 승인일시 주문일시 매출일시 거래일 거래일자 판매일 판매일자 결제일 결제일자 승인일자 매출일 매출일자 ' +
  '구매일 구매일자 영수일 영수일자 발행일 발행일자 날짜 일자'
).split(' ');

const receipt = defineKind('receipt', {
  script: 'any',
  fields: {
    company: {
      type: 'company',
      required: true,
      alone: true,
      labels: [...companyLabels, '가맹점', '가맹점명', '매장명', '점포명', 'merchant', 'store'],
    },
    date: {
      type: 'date',
      required: true,
      alone: true,
      labels: ['date', 'tarikh', 'datum', 'fecha', ...receiptDates],
    },
    total: {
      type: 'money',
      required: true,
      labels: [
        'total',
        'grand total',
        'net total',
        'amount due',
        'jumlah',
        '합계',
        '합계금액',
        '총합계',
        '총액',
        '결제금액',
        '받을금액',
      ],
    },
    business_number: { type: 'krBusinessNumber', labels: registrationLabels },
    representative: { type: 'person', labels: representativeLabels },
    phone: {
      type: 'phone',
      labels: ['tel', 'telephone', 'phone', 'mobile', 'hp', '전화', '전화번호', '대표전화', '연락처'],
    },
    receipt_number: {
      type: 'identifier',
      labels: [
        'receipt',
        'receipt no',
        'invoice no',
        'bill no',
        'inv no',
        'slip no',
        'doc no',
        'document no',
        'no resit',
        '영수증번호',
        '승인번호',
        '전표번호',
      ],
    },
  },
});

const taxInvoice = defineKind('tax_invoice', {
  script: 'hangul',
  fields: {
    business_number: {
      type: 'krBusinessNumber',
      required: true,
      labels: ['등록번호', '사업자등록번호', 'registration no'],
      ...supplier,
    },
    company: { type: 'company', labels: companyLabels, ...supplier },
    representative: { type: 'person', labels: ['성명', '대표자', '대표자명'], ...supplier },
    date: { type: 'date', required: true, labels: ['작성일자', '작성일', '작성', '작성년월일', '작성연월일'] },
    total: { type: 'money', required: true, labels: ['합계금액', '총금액', '합계', '총액', '총합계', '공급대가'] },
    supply_amount: { type: 'money', labels: ['공급가액'] },
    tax_amount: { type: 'money', labels: ['세액'] },
    buyer_business_number: { type: 'krBusinessNumber', labels: ['등록번호', '사업자등록번호'], ...buyer },
    buyer_company: { type: 'company', labels: companyLabels, ...buyer },
  },
});

const businessRegistration = defineKind('business_registration', {
  script: 'hangul',
  fields: {
    business_number: { type: 'krBusinessNumber', required: true, labels: ['등록번호', '사업자등록번호'] },
    company: { type: 'company', required: true, labels: companyLabels },
    representative: { type: 'person', labels: ['성명', '대표자', '대표이사', '대표자명'] },
    date: { type: 'date', labels: ['개업연월일', '개업년월일', '개업일'], otherLabels: ['발급', '생년월일'] },
    address: { type: 'address', labels: ['사업장소재지', '사업장', '사업장주소', '소재지'] },
  },
});

const certificate = defineKind('certificate', {
  script: 'hangul',
  fields: {
    name: { type: 'person', required: true, labels: ['성명', '이름', 'name'] },
    company: { type: 'company', alone: true, labels: [...companyLabels, '기관명', '근무처', 'company'] },
    business_number: { type: 'krBusinessNumber', labels: ['사업자등록번호', '사업자번호', '등록번호'] },
    date: {
      type: 'date',
      labels: ['입사일', '입사일자', '입사연월일', '입사년월일', '재직기간', '근무기간', 'date of joining'],
    },
    issue_date: {
      type: 'date',
      alone: true,
      labels: ['발급일', '발급일자', '발급연월일', '발행일', '작성일', 'date of issue'],
    },
  },
});

const idCard = defineKind('id_card', {
  script: 'hangul',
  fields: {
    name: { type: 'person', required: true, labels: ['성명', '이름', 'name'] },
    document_number: {
      type: 'documentNumber',
      labels: [
        '면허번호',
        '자격번호',
        '등록번호',
        '주민등록번호',
        '외국인등록번호',
        '문서번호',
        'document no',
        'id no',
        'card no',
      ],
    },
    birth_date: { type: 'date', labels: ['생년월일', 'date of birth'] },
    issue_date: { type: 'date', labels: ['발급일', '발급일자', '발급연월일', '발행일', 'date of issue'] },
    expiry_date: {
      type: 'date',
      labels: ['만료일', '만료일자', '유효기간만료일', '유효기간', '갱신기간', 'date of expiry'],
    },
  },
});

/** The kinds every verifier knows without being told. */
export const shippedKinds: readonly Kind[] = [receipt, taxInvoice, businessRegistration, certificate, idCard];
