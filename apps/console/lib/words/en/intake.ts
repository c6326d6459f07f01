/** English for intake: kinds, their fields, limits, and what can be wrong with an upload. */

export const kinds = {
  receipt: 'Receipt',
  tax_invoice: 'Tax invoice',
  business_registration: 'Business registration',
  certificate: 'Certificate of employment',
  id_card: 'ID card',
};

export const fields = {
  company: 'Company',
  date: 'Date',
  total: 'Total',
  business_number: 'Business number',
  representative: 'Representative',
  receipt_number: 'Receipt number',
  supply_amount: 'Supply amount',
  tax_amount: 'Tax amount',
  buyer_business_number: 'Buyer’s business number',
  buyer_company: 'Buyer',
  address: 'Address',
  phone: 'Telephone',
  name: 'Name',
  issue_date: 'Date of issue',
  document_number: 'Document number',
  birth_date: 'Date of birth',
  expiry_date: 'Valid until',
};

/** How values of a type may be written, shown as an example beside the field. */
export const examples = {
  date: '2018-12-25, 25/12/2018 or 2018년 12월 25일',
  money: '9.00, RM 9.00 or 1,375,000원',
  krBusinessNumber: '123-45-67890',
};

export const intake = {
  title: 'Intake',
  lead: 'Submit claims with the documents they come from. The next tick reads them.',
  what: 'What is it?',
  kind: 'Kind of document',
  locale: 'Written in',
  localeHint: 'Settles whether 03/04 is March or April.',
  localeNone: 'Not known',
  claims: 'What is claimed',
  claimsHint: 'Every field you fill in is checked. Leave out what is not claimed.',
  files: 'Documents',
  choose: 'Choose files',
  drop: 'or drop them here',
  accepted: 'JPEG, PNG, WebP or PDF.',
  limits: (files: string, each: string, together: string) =>
    `Up to ${files} files, ${each} each, ${together} together.`,
  remove: (name: string) => `Remove ${name}`,
  noFile: 'Attach at least one document.',
  tooMany: (max: string) => `Attach ${max} files at most.`,
  tooLarge: (name: string, max: string) => `${name} is larger than ${max}.`,
  tooLargeTogether: (max: string) => `Together the files are larger than ${max}.`,
  empty: (name: string) => `${name} is empty.`,
  wrongType: (name: string) => `${name} is not a JPEG, PNG, WebP or PDF.`,
  claimMissing: 'A required claim is missing. It can be submitted, but a person will have to review it.',
  noClaims: 'Claim at least one field.',
  submit: 'Submit',
  sending: 'Sending…',
  sent: (share: string) => `${share} sent`,
  storing: 'Sent. Checking the files…',
  done: 'Submitted',
  doneText: 'It waits for the next tick. You can verify it at once from its page.',
  openRecord: 'Open the record',
  another: 'Submit another',
  failed: 'It was not accepted. Nothing was kept.',
};

export const locales = {
  'en-US': 'English (US)',
  'en-GB': 'English (UK)',
  'en-MY': 'English (Malaysia)',
  'ms-MY': 'Malay',
  'ko-KR': 'Korean',
};
