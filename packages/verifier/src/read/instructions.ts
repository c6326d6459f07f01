/**
 * Whether a page gives orders to whoever checks it. Nothing on a page can set a verdict here, but a person should know
 * that somebody tried. Each pattern is an order with its object: receipts themselves say "approved" and "PIN verified".
 */

import { skeleton, withoutAccents } from '../normalize/text.ts';
import type { Line } from '../types.ts';

/** Alternatives of words; a number between two groups is how many other letters may stand there. */
type Pattern = readonly (number | string)[];

const patterns: readonly Pattern[] = [
  ['ignore|disregard|forget|override', 24, 'instruction|guideline|prompt|the rules'],
  [
    'mark|flag|label|treat|classify|set|report|consider|record',
    36,
    'as verified|to verified|as approved|to approved|as valid|to valid|as genuine|as authentic|as correct|as matching',
  ],
  ['return|answer|output|respond|reply', 16, 'verified'],
  ['approve|accept', 6, 'document|receipt|record|claim|application|submission'],
  ['do not|dont|never', 0, 'reject|question|flag|verify', 0, 'this|the|it'],
  ['you are|act', 0, 'an ai|as an ai|an assistant|a helpful assistant|a language model'],
  [
    'note|attention|instruction|instructions|message|hello|dear',
    6,
    'ai model|ai reviewer|ai verifier|ai assistant|ai system',
  ],
  ['system prompt|system message|new instructions|language model|chatgpt|as an ai|verdict verified|ai verifier'],
  ['이전|위의|앞의|모든|기존|앞선', 4, '지시|명령|지침|규칙', 8, '무시|따르지|잊'],
  [
    '승인|검증완료|검증됨|검증된것|승인된것|확인완료|확인된것|진본|유효한것|통과|일치',
    0,
    '으로|로',
    3,
    '처리|표시|간주|판정|분류|기록|답변|출력',
  ],
  ['시스템프롬프트|시스템메시지|인공지능은|인공지능에게|인공지능모델|언어모델'],
  ['검토하지|거부하지|반려하지|거절하지|의심하지', 0, '말|마'],
];

const expressions = patterns.map(
  (pattern) =>
    new RegExp(
      pattern
        .map((part) => (typeof part === 'number' ? `.{0,${part}}` : `(?:${part.split('|').map(shape).join('|')})`))
        .join(''),
      'u',
    ),
);

/** `instruction_text` when the rows, read on across their ends, hold an order. Spaces and look-alikes never count. */
export function instructionFlags(lines: readonly Line[]): string[] {
  const text = shape(lines.map((line) => line.words.map((word) => word.text).join(' ')).join(' '));
  return expressions.some((expression) => expression.test(text)) ? ['instruction_text'] : [];
}

function shape(text: string): string {
  return skeleton(withoutAccents(text));
}
