/**
 * A page of Hangul: how it stands, what its boxes say, and which of two readers is believed for each box. Hangul is
 * our own reader's; boxes of digits and Latin letters are PP-OCR's, and where both read digits, both are kept.
 */

import { hanjaNumerals, saysInWords } from '../normalize/written-won.ts';
import type { Turn } from '../types.ts';
import { detect, type TextBox } from './detect.ts';
import { valueShapes } from './legibility.ts';
import { readLimits } from './limits.ts';
import type { LineReader } from './line-reader.ts';
import type { Models } from './models.ts';
import type { Look, ReadPage } from './protocol.ts';
import { type Raster, turnRaster } from './raster.ts';
import type { Reading as BoxReading } from './recognize.ts';
import { recognize } from './recognize.ts';
import { rowsOf } from './rows.ts';
import { withoutSeals } from './seals.ts';

/** Longest boxes that are read both ways to see how the page stands. */
const triedBoxes = 14;
/** Share of boxes taller than wide above which a page lies on its side; upright ones have at most a tenth. */
const sidewaysShare = 0.5;
const hangul = /[가-힣]/gu;

/** Words of forms and receipts; each that stands on a page says that the page was read. */
const everyday =
  '등록번호 사업자 상호 법인명 성명 대표 생년월일 개업 사업장 소재지 업태 종목 발급 공급가액 세액 합계 작성일 공급자 공급받는자 품목 수량 단가 영수 청구 승인번호 계산서 카드 거래일 판매 부가세 총액 결제 금액 거스름 증명 주소 소속 직위 입사 재직 용도 회사 전화 세무서 이름 자격 국적 면허 만료 유효기간 일시 감사합니다 주민'.split(
    ' ',
  );

interface Read {
  readonly turned: Turn;
  readonly lines: ReadPage['lines'];
  readonly score: number;
  readonly raster: Raster;
}

/** Reads a page of Hangul; `turned` says that an earlier look already found how it stands. */
export async function readHangul(
  means: { models: Models; look: Look },
  raster: Raster,
  turned?: Turn | undefined,
): Promise<Read> {
  const { models, look } = means;
  const reader = await models.hangul();
  const stood = await standUp({ models, reader, look }, raster, turned);
  const boxes = levelled(stood.boxes);
  const spelled = await withoutSeals(await reader.read(stood.raster, boxes, look), {
    reader,
    raster: stood.raster,
    look,
  });
  const numeric = spelled
    .filter((reading) => !isHangul(reading) || digitsIn(reading) >= 3 || mayBeInHanja(reading))
    .map(({ box }) => box);
  const written = new Map(
    (await recognize(models, stood.raster, { boxes: numeric, look })).map((reading) => [placeOf(reading), reading]),
  );
  const readings = spelled.flatMap((reading) => believed(reading, written.get(placeOf(reading))));
  const lines = rowsOf(readings, stood.raster);
  return { turned: stood.turned, lines, score: hangulScore(lines), raster: stood.raster };
}

/** Whether PP-OCR took Hangul for Chinese look-alikes: on a Latin page hardly a box has any. */
export function looksHangul(lines: ReadPage['lines']): boolean {
  const words = lines.flatMap((line) => line.words).map(({ text }) => text);
  const han = words.filter((text) => /\p{Script=Han}/u.test(text)).length;
  return han >= 4 && han > words.length / 10;
}

/** How much of a page reads as a Korean document: label words one each, well-formed values half, at most six of them. */
export function hangulScore(lines: ReadPage['lines']): number {
  const rows = lines.map((line) => line.words.map(({ text }) => text).join(''));
  const words = everyday.filter((word) => rows.some((row) => row.includes(word))).length;
  const shapes = [...valueShapes, /\d{2}년\d{1,2}월\d{1,2}일/, /\d{3}-\d{2}-\d{5}/, /\d{1,3}(?:,\d{3})+/];
  const values = lines.flatMap((line) => line.words).filter(({ text }) => shapes.some((shape) => shape.test(text)));
  return words + Math.min(6, values.length) / 2;
}

/** A box belongs to the reader whose script it is in; the other's digits stay beside it as a second witness. */
function believed(spelled: BoxReading, written: BoxReading | undefined): BoxReading[] {
  if (spelled.letters.length === 0) return written === undefined || hasHan(written) ? [] : [written];
  if (written === undefined) return [spelled];
  if (isHangul(spelled)) {
    // Of Hangul the other reader makes Chinese look-alikes: they are numerals only where an amount is written in them.
    if (digitsIn(spelled) < 3 && hanjaNumerals(textOf(written)) === null) return [spelled];
    return [{ ...spelled, also: textOf(written) }];
  }
  return hasHan(written) ? [spelled] : [{ ...written, also: textOf(spelled) }];
}

function isHangul(reading: BoxReading): boolean {
  return (textOf(reading).match(hangul)?.length ?? 0) > 0;
}

/** An amount that is announced or ended in Hangul, with something between that is none: 일금 壹拾萬원정. */
function mayBeInHanja(reading: BoxReading): boolean {
  return saysInWords(textOf(reading)) && digitsIn(reading) < 3;
}

function hasHan(reading: BoxReading): boolean {
  return /\p{Script=Han}/u.test(textOf(reading));
}

function digitsIn(reading: BoxReading): number {
  return textOf(reading).match(/\d/g)?.length ?? 0;
}

function textOf({ letters }: BoxReading): string {
  return letters.map(({ char }) => char).join('');
}

function placeOf({ box }: BoxReading): string {
  return `${box.cx.toFixed(1)}/${box.cy.toFixed(1)}`;
}

/** Turns the page upright: on its side by the boxes' shapes, upside down by reading the longest lines both ways. */
async function standUp(
  means: { models: Models; reader: LineReader; look: Look },
  raster: Raster,
  turned: Turn | undefined,
): Promise<{ raster: Raster; boxes: readonly TextBox[]; turned: Turn }> {
  const { models, reader, look } = means;
  if (turned !== undefined) {
    const upright = turnRaster(raster, turned);
    return { raster: upright, boxes: await detect(models, upright, readLimits.boxesMax), turned };
  }
  let boxes = await detect(models, raster, readLimits.boxesMax);
  const sideways = boxes.filter((box) => box.across > box.along * 1.2).length > boxes.length * sidewaysShare;
  const upright = sideways ? turnRaster(raster, 90) : raster;
  if (sideways) boxes = await detect(models, upright, readLimits.boxesMax);
  const longest = [...boxes].sort((a, b) => b.along - a.along).slice(0, triedBoxes);
  const [ahead, back] = [
    await reader.read(upright, longest, look),
    await reader.read(
      upright,
      longest.map((box) => ({ ...box, slope: box.slope + Math.PI })),
      look,
    ),
  ];
  if (sense(ahead) >= sense(back)) return { raster: upright, boxes, turned: sideways ? 90 : 0 };
  // Print upside down is cut otherwise than upright: a turned page must be the same page, box for box.
  const turnedBack = turnRaster(upright, 180);
  return {
    raster: turnedBack,
    boxes: await detect(models, turnedBack, readLimits.boxesMax),
    turned: sideways ? 270 : 180,
  };
}

/** How much sense lines make: the reader's own certainty over letters, label words counting a line more. */
function sense(readings: readonly BoxReading[]): number {
  const letters = readings.reduce((sum, reading) => sum + reading.letters.length, 0);
  const sure = readings.reduce((sum, reading) => sum + reading.letters.length * reading.confidence, 0);
  const words = readings.filter((reading) => everyday.some((word) => textOf(reading).includes(word))).length;
  return sure / Math.max(1, letters) + words / Math.max(1, readings.length);
}

/** Short boxes lean by chance: they take the slope of the long ones, and their sides as far as they reach along it. */
function levelled(boxes: readonly TextBox[]): TextBox[] {
  const long = boxes.filter(({ along, across }) => along > 4 * across).sort((a, b) => a.slope - b.slope);
  const slope = long[Math.floor(long.length / 2)]?.slope ?? 0;
  return boxes.map((box) => {
    const off = box.slope - slope;
    if (box.along > 4 * box.across || Math.abs(off) < 0.01) return box;
    const [cos, sin] = [Math.abs(Math.cos(off)), Math.abs(Math.sin(off))];
    if (sin > 0.35)
      return { ...box, slope, along: box.along * cos + box.across * sin, across: box.across * cos + box.along * sin };
    return { ...box, slope };
  });
}
