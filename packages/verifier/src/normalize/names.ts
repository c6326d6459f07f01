/**
 * Names of companies as tokens: what distinguishes one from another, with legal forms taken off by country. The list
 * is data; a word that may be part of a name (trading, enterprise) is no legal form.
 */

import { clean, withoutAccents } from './text.ts';

/** A word of a claimed name. */
export interface NameToken {
  /** Compact upper case. */
  readonly text: string;
}

/** Legal forms, compact and upper case, the longer first; taken off the end or the beginning of a name. */
const legalForms = [
  ['SENDIRIAN', 'BERHAD'],
  ['SDN', 'BHD'],
  ['SDNBHD'],
  ['S', 'B'],
  ['SB'],
  ['BERHAD'],
  ['BHD'],
  ['SDN'],
  ['PLT'],
  ['PTE', 'LTD'],
  ['PTELTD'],
  ['PVT', 'LTD'],
  ['PTY', 'LTD'],
  ['CO', 'LTD'],
  ['COLTD'],
  ['PTE'],
  ['LTD'],
  ['LIMITED'],
  ['PLC'],
  ['LLP'],
  ['INC'],
  ['INCORPORATED'],
  ['LLC'],
  ['CORP'],
  ['CORPORATION'],
  ['GMBH'],
  ['AG'],
  ['KG'],
  ['UG'],
  ['SARL'],
  ['SAS'],
  ['BV'],
  ['NV'],
  ['SRL'],
  ['SPA'],
  ['KK'],
  ['주식회사'],
  ['유한회사'],
  ['유한책임회사'],
  ['합자회사'],
  ['합명회사'],
  ['주'],
  ['유'],
  ['株式会社'],
  ['有限公司'],
] as const;

/** How a legal form looks in compact text, for taking it off what is printed. */
export const legalFormPattern =
  /[S5][DOI0]N\.?BH[DI0O]?|SENDIRIANBERHAD|BERHAD|BHD$|PTELTD|PVTLTD|PTYLTD|COLTD|LIMITED|LTD$|INCORPORATED|\bINC$|LLC$|GMBH|주식회사|유한회사|株式会社|有限公司/g;

/** Words that say that a row names a business, with or without a legal form. */
export const businessWords = [
  'SDNBHD',
  'BERHAD',
  'PTELTD',
  'LIMITED',
  'ENTERPRISE',
  'TRADING',
  'COMPANY',
  'RESTAURANT',
  'RESTORAN',
  'HARDWARE',
  'MARKET',
  'MART',
  'MINI',
  'STORE',
  'SHOP',
  'SUPPLIES',
  'SUPPLY',
  'KEDAI',
  'PASAR',
  'SYARIKAT',
  'PERNIAGAAN',
  'CAFE',
  'BAKERY',
  'BAKERIES',
  'STATIONERY',
  'MARKETING',
  'INDUSTRIES',
  'HOLDINGS',
  'FOOD',
  'PHARMACY',
  'FARMASI',
  'BISTRO',
  'KITCHEN',
  'HOTEL',
  'SERVICES',
  'CENTRE',
  'CENTER',
  'ELECTRICAL',
  'BOOK',
  'COFFEE',
  'GROCER',
  'FASHION',
  'MOTOR',
  'AUTO',
  'CLINIC',
  'KLINIK',
  'DENTAL',
] as const;

/** The distinguishing words of a claimed company name, in order; empty when nothing but a legal form was claimed. */
export function nameTokens(claim: string): string[] {
  const words = withoutAccents(clean(claim.replace(/㈜|\(주\)|\(유\)/g, ' ')))
    .toUpperCase()
    .replace(/\bS\s*\/\s*B\b\.?/g, ' ')
    .replace(/\b((?:\p{L}\.\s?){2,})/gu, (initials) => `${initials.replace(/[.\s]/g, '')} `)
    .replace(/['’`´]/g, '')
    .replace(/&/g, ' AND ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return withoutLegalForms(words);
}

function withoutLegalForms(words: string[]): string[] {
  let left = words;
  for (let again = true; again && left.length > 1; ) {
    again = false;
    for (const form of legalForms) {
      if (left.length <= form.length) continue;
      if (form.every((word, i) => left[left.length - form.length + i] === word)) left = left.slice(0, -form.length);
      else if (form.every((word, i) => /\P{ASCII}/u.test(word) && left[i] === word)) left = left.slice(form.length);
      else continue;
      again = true;
      break;
    }
  }
  return left;
}
