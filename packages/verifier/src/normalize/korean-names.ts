/**
 * Korean names as they are compared: companies without their legal form, people without what is set around a name on
 * paper. The forms are data.
 */

import { jamoDistance } from './hangul.ts';
import { clean } from './text.ts';

/** Legal forms, the longer first; they stand before or behind a name. */
const legalForms = [
  '농업회사법인',
  '어업회사법인',
  '유한책임회사',
  '사회적협동조합',
  '협동조합',
  '주식회사',
  '유한회사',
  '합자회사',
  '합명회사',
  '사단법인',
  '재단법인',
  '학교법인',
  '의료법인',
  '(주)',
  '(유)',
  '(합)',
  '(사)',
  '(재)',
];
/** A bracket is often read as another sign or not at all, a seal as a syllable; only these are a form for certain. */
const brokenForms = /^[([{]?주[)\]}]|[([{]주[)\]}]?$|^[([{]유[)\]}]|[([{]유[)\]}]$/;
const latinForms = /(?:CO\.?,?LTD|INC|LTD|LLC|CORP)\.?$/i;

/** A company's name without legal forms, spaces and signs, upper case: what distinguishes it. */
export function bareCompany(name: string): string {
  let text = clean(name).replace(/\s/g, '').replace(/㈜/g, '(주)').toUpperCase();
  text = text.replace(/^[^\p{L}\p{N}(]+/u, '').replace(/^\((?!.\))/, '');
  for (let before = ''; before !== text; ) {
    before = text;
    for (const form of legalForms) {
      if (text.length > form.length && text.startsWith(form)) text = text.slice(form.length);
      if (text.length > form.length && text.endsWith(form)) text = text.slice(0, -form.length);
    }
    text = withoutMisreadForm(text.replace(brokenForms, ''));
  }
  return text.replace(latinForms, '').replace(/[^\p{L}\p{N}&]/gu, '');
}

/** A legal form of four syllables with a stroke or two mistaken is still no part of the name: 주석회사. */
function withoutMisreadForm(text: string): string {
  const isForm = (part: string): boolean =>
    ['주식회사', '유한회사'].some((form) => part.length === form.length && jamoDistance(part, form) <= 2);
  if (text.length < 6) return text;
  if (isForm(text.slice(0, 4))) return text.slice(4);
  return isForm(text.slice(-4)) ? text.slice(0, -4) : text;
}

/** A person's name without titles, seals' words and signs. */
export function barePerson(name: string): string {
  return clean(name)
    .replace(/\s/g, '')
    .replace(/^[^\p{L}]+/u, '')
    .replace(/\((?:인|서명|직인)?\)?.*$|\[인\].*$/u, '')
    .replace(/(?<=[가-힣]{2,4})(?:님|씨|귀하|대표이사|대표|인)$/u, (title) =>
      title === '인' || title === '씨' ? title : '',
    )
    .replace(/[^\p{L}]/gu, '')
    .toUpperCase();
}
