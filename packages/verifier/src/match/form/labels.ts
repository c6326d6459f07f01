/**
 * Labels of Korean forms in a row of cells: as one box, with their letters set apart over several, with a bracketed
 * second name behind, or with a letter misread where the label stands alone.
 */

import { jamoDistance } from '../../normalize/hangul.ts';
import type { Cell, Label } from './sheet.ts';

/** Words that label something on Korean forms and receipts: a value ends where one of them begins. */
const formWords = [
  ...'등록번호 사업자등록번호 사업자번호 법인등록번호 주민등록번호 승인번호 카드번호 전화번호 전화 팩스번호 계좌번호 문서번호 관리번호'.split(
    ' ',
  ),
  ...'면허번호 자격번호 영수증번호 전표번호 거래번호 종사업장번호 상호 상호명 법인명 단체명 회사명 업체명 매장명 가맹점명 가맹점 성명 이름'.split(
    ' ',
  ),
  ...'대표자 대표자명 대표이사 대표 생년월일 개업연월일 개업년월일 개업일 사업장소재지 사업장주소 사업장 본점소재지 소재지 주소 사업의종류'.split(
    ' ',
  ),
  ...'업태 종목 발급사유 공동사업자 공급가액 과세물품가액 과세금액 면세금액 부가세 부가가치세 세액 합계금액 합계 총액 총금액 결제금액 받을금액'.split(
    ' ',
  ),
  ...'받은금액 거스름돈 판매금액 소계 봉사료 작성일자 작성일 작성 수정사유 비고 품목 품명 규격 수량 단가 금액 현금 수표 어음 외상미수금'.split(
    ' ',
  ),
  ...'이메일 담당자 은행 예금주 거래일시 판매일시 일시 거래일자 발급일 발급일자 발행일 만료일 만료일자 유효기간만료일 유효기간 갱신기간 적성검사'.split(
    ' ',
  ),
  ...'전송일자 법인구분 대표전화 홈페이지 입사일 입사일자 재직기간 근무기간 소속 부서 직위 직급 직책 용도 제출처 담당업무 국적 성별 공급자 공급받는자'.split(
    ' ',
  ),
];

const ignored = /[\s_、|:;·.,()[\]{}<>「」\-~]/;

interface Sign {
  readonly sign: string;
  readonly cell: number;
  readonly at: number;
}

/** All labels of a row, from left to right. */
export function findLabels(row: readonly Cell[], words: readonly string[]): Label[] {
  const known = [...new Set([...formWords, ...words])]
    .filter((word) => word !== '')
    .sort((a, b) => b.length - a.length);
  const signs = row.flatMap(({ text }, cell) =>
    [...text].flatMap((sign, at): Sign[] => (ignored.test(sign) ? [] : [{ sign, cell, at }])),
  );
  const labels: Label[] = [];
  for (let i = 0; i < signs.length; ) {
    const word = known.find((candidate) => standsAt(candidate, { signs, i, row }));
    const near = nearLabel(row, signs, i, known);
    // 합계 with two letters behind it is rather 합계금액 with one of them misread.
    const isLonger = near !== null && near.words.join('').length > (word?.length ?? 0) + 1;
    if (word === undefined || isLonger) {
      if (near !== null) labels.push(near);
      i = nextCell(signs, i);
      continue;
    }
    let words = [word];
    let end = i + word.length;
    for (let second = known.find((next) => bracketed(next, { signs, end, row })); second !== undefined; ) {
      words = [...words, second];
      end += second.length;
      second = known.find((next) => bracketed(next, { signs, end, row }));
    }
    const last = signs[end - 1] as Sign;
    const cells = row.slice((signs[i] as Sign).cell, last.cell + 1);
    labels.push({ words, cells, to: closed(row[last.cell] as Cell, last.at + 1), near: false });
    i = signs[end]?.cell === last.cell ? nextCell(signs, end) : end;
  }
  return labels;
}

/** A word at a cell's start; over several cells each must be used up, or a value's letters would be taken for it. */
function standsAt(word: string, at: { signs: readonly Sign[]; i: number; row: readonly Cell[] }): boolean {
  const { signs, i, row } = at;
  const taken = signs.slice(i, i + word.length);
  if (taken.map(({ sign }) => sign).join('') !== word) return false;
  const [first, last] = [taken[0] as Sign, taken[taken.length - 1] as Sign];
  if (first.cell === last.cell) {
    // A short word is also how longer ones begin: it must end where its cell or its letters do.
    const rest = (row[last.cell] as Cell).text.slice(last.at + 1);
    return word.length >= 3 || !/^[가-힣]/.test(rest) || /^[가-힣]{2,4}(?:\(?인\)?)?$/.test(rest) || word === '상호';
  }
  const behind = signs[i + word.length];
  if (behind !== undefined && behind.cell === last.cell)
    return /[:(]/.test((row[last.cell] as Cell).text[last.at + 1] ?? '');
  return row
    .slice(first.cell, last.cell)
    .every((cell, k) => row[first.cell + k + 1] !== undefined && gapIsSmall(cell, row[first.cell + k + 1] as Cell));
}

/** Letters of one label stand at most some five heights apart. */
function gapIsSmall(left: Cell, right: Cell): boolean {
  return right.x0 - left.x1 < 5 * Math.max(left.height, right.height);
}

/** A second name of the same thing in brackets, in the same cell: 상호(법인명). */
function bracketed(word: string, at: { signs: readonly Sign[]; end: number; row: readonly Cell[] }): boolean {
  const { signs, end, row } = at;
  const taken = signs.slice(end, end + word.length);
  const before = signs[end - 1];
  if (taken.length < word.length || taken[0]?.cell !== before?.cell) return false;
  if (taken.map(({ sign }) => sign).join('') !== word || taken[taken.length - 1]?.cell !== before?.cell) return false;
  const { text } = row[(before as Sign).cell] as Cell;
  return /[(/·]/.test(text.slice((before as Sign).at + 1, (taken[0] as Sign).at));
}

/** The bracket and the colon that close a label belong to it. */
function closed(cell: Cell, to: number): number {
  return to + (/^[)\]:;.\s]*/.exec(cell.text.slice(to))?.[0].length ?? 0);
}

/** Labels with a second name in brackets, as they are read when the brackets are lost. */
const doubled: readonly (readonly string[])[] = [
  ['상호', '법인명'],
  ['법인명', '단체명'],
  ['성명', '대표자'],
  ['상호', '성명'],
];

/** A cell that says a label but for a letter (of long ones two), alone or before a colon. */
function nearLabel(row: readonly Cell[], signs: readonly Sign[], i: number, known: readonly string[]): Label | null {
  const { cell: index = 0, at = 0 } = signs[i] ?? {};
  if (at > 1) return null;
  const cell = row[index] as Cell;
  const said = /^[([]?([가-힣()]{2,10})(?:(:)|$)/.exec(cell.text);
  if (said === null) return null;
  const [all = '', spoken = ''] = said;
  const text = spoken.replace(/[()]/g, '');
  const isNear = (candidate: string): boolean => {
    if (candidate.length !== text.length || candidate.length < 2) return false;
    const wrong = [...candidate].filter((sign, k) => sign !== text[k]).length;
    const [letters, jamo] = candidate.length < 3 ? [1, 1] : candidate.length < 5 ? [1, 2] : [2, 4];
    return wrong <= letters && jamoDistance(candidate, text) <= jamo;
  };
  const pair = doubled.find((words) => isNear(words.join('')));
  const word = known.find(isNear);
  const words = pair ?? (word === undefined ? null : [word]);
  return words === null ? null : { words, cells: [cell], to: all.length, near: true };
}

function nextCell(signs: readonly Sign[], i: number): number {
  let next = i + 1;
  while (next < signs.length && signs[next]?.cell === signs[i]?.cell) next += 1;
  return next;
}
