// The Korean papers: what stands on each and where, drawn from a seed. The layouts are common forms, none an issuer's own.
import type { Draw } from '../random.ts';
import { frame, newSheet, print, rule, type Sheet, seal, spread } from './paper.ts';
import { receipt, taxInvoice } from './trade.ts';
import {
  addressOf,
  businessNumberOf,
  companyOf,
  dayOf,
  departmentOf,
  goodOf,
  hyphened,
  personOf,
  postOf,
  printedDay,
} from './words.ts';

/** What a paper truly says by field, and what else it prints that is of the same type. */
export interface Paper {
  readonly kind: 'business_registration' | 'tax_invoice' | 'receipt' | 'certificate' | 'id_card';
  readonly sheet: Sheet;
  readonly truth: Readonly<Record<string, string>>;
  /** Values of other roles by type, for forgeries. */
  readonly others: {
    readonly date: string[];
    readonly money: number[];
    readonly number: string[];
    readonly person: string[];
    readonly company: string[];
  };
}

export const paperKinds = ['business_registration', 'tax_invoice', 'receipt', 'certificate', 'id_card'] as const;

/** Draws one paper of a kind. */
export function paperOf(kind: Paper['kind'], draw: Draw, font: string): Paper {
  switch (kind) {
    case 'business_registration':
      return registration(draw, font);
    case 'tax_invoice':
      return taxInvoice(draw, font);
    case 'receipt':
      return receipt(draw, font);
    case 'certificate':
      return certificate(draw, font);
    case 'id_card':
      return idCard(draw, font);
  }
}

function registration(draw: Draw, font: string): Paper {
  const sheet = newSheet(1240, 1500, { font, size: draw.int(22, 27) });
  const number = businessNumberOf(draw);
  const [company, person] = [companyOf(draw), personOf(draw)];
  const [opened, issued, born] = [dayOf(draw, 1996, 2019), dayOf(draw, 2020, 2025), dayOf(draw, 1950, 1992)];
  const address = addressOf(draw);
  const head = personOf(draw);
  const [way, gap] = [draw.int(0, 2), draw.int(0, 3)];
  if (draw.next() < 0.5) frame(sheet, 60, 60, 1120, 1380);
  print(sheet, 620, 190, spread('사업자등록증', 2), { size: 50, anchor: 'middle', bold: true });
  print(sheet, 620, 245, draw.pick(['( 일반과세자 )', '( 법인사업자 )', '( 간이과세자 )']), { anchor: 'middle' });
  print(sheet, 620, 310, `등록번호 : ${number}`, { size: sheet.size + 4, anchor: 'middle' });
  const twoLines = draw.next() < 0.4;
  let y = 420;
  const [x, vx] = [110, draw.pick([350, 390])];
  const row = (label: string, value: string, step = 76): void => {
    print(sheet, x, y, label);
    print(sheet, vx, y, `: ${value}`);
    y += step;
  };
  if (twoLines) {
    print(sheet, x, y - 14, spread('상호', 4));
    print(sheet, x, y + sheet.size - 10, '(법인명)');
    print(sheet, vx, y, `: ${company.printed}`);
    y += 76;
  } else row(draw.pick([spread('상호', 5), '법인명(단체명)', '상호(법인명)']), company.printed);
  const personY = y;
  print(sheet, x, y, draw.pick([spread('성명', 5), spread('대표자', 2), '성명(대표자)']));
  print(sheet, vx, y, `: ${person}`);
  if (draw.next() < 0.6) print(sheet, 740, y, `생년월일 : ${printedDay(born, way)}`);
  y += 76;
  row(spread('개업연월일', gap), printedDay(opened, way));
  row(draw.pick(['사업장 소재지', '사업장소재지']), address);
  print(sheet, x, y, '사업의 종류');
  print(sheet, vx, y, `: [업태] 도매 및 소매업    [종목] ${goodOf(draw)}`);
  y += 76;
  row('발 급 사 유', draw.pick(['신규', '정정', '재발급']));
  row('공동사업자', '');
  print(sheet, 620, 1230, printedDay(issued, way), { anchor: 'middle', size: sheet.size + 2 });
  print(sheet, 620, 1330, `${draw.pick(['마포', '수영', '유성', '팔달'])}세무서장`, { anchor: 'middle', size: 38 });
  seal(sheet, 820, 1318, { radius: 52, text: '세무서장', square: true });
  if (draw.next() < 0.35) seal(sheet, vx + sheet.size * 4.4, personY - 8, { radius: 26, text: person, square: false });
  return {
    kind: 'business_registration',
    sheet,
    truth: { business_number: number, company: company.printed, representative: person, date: opened },
    others: { date: [issued, born], money: [], number: [], person: [head], company: [] },
  };
}

function certificate(draw: Draw, font: string): Paper {
  const sheet = newSheet(1240, 1600, { font, size: draw.int(22, 28) });
  const [name, company, head, number] = [personOf(draw), companyOf(draw), personOf(draw), businessNumberOf(draw)];
  const [born, joined, issued] = [dayOf(draw, 1965, 1998), dayOf(draw, 2005, 2019), dayOf(draw, 2020, 2025)];
  const way = draw.int(0, 2);
  print(sheet, 620, 190, spread(draw.pick(['재직증명서', '경력증명서']), 2), {
    size: 48,
    anchor: 'middle',
    bold: true,
  });
  print(sheet, 110, 280, `제 ${issued.slice(0, 4)}-${draw.digits(3)} 호`);
  const boxed = draw.next() < 0.6;
  let y = 360;
  const height = 74;
  const cell = (x: number, width: number, label: string, value: string): void => {
    if (boxed) {
      frame(sheet, x, y, width, height);
      rule(sheet, x + 190, y, x + 190, y + height);
    }
    print(sheet, x + 95, y + 46, label, { anchor: 'middle' });
    print(sheet, x + 210, y + 46, boxed ? value : `: ${value}`);
  };
  cell(100, 520, spread('성명', draw.int(1, 5)), name);
  cell(620, 520, '생년월일', printedDay(born, way));
  y += height;
  cell(100, 1040, spread('주소', 4), addressOf(draw));
  y += height;
  cell(100, 520, spread('소속', 3), departmentOf(draw));
  cell(620, 520, spread('직위', 3), postOf(draw));
  y += height;
  const period = draw.next() < 0.35;
  if (period) cell(100, 1040, '재직기간', `${printedDay(joined, way)} ~ 현재`);
  else {
    cell(100, 520, draw.pick(['입사일', '입사일자', '입 사 일']), printedDay(joined, way));
    cell(620, 520, '용도', '제출용');
  }
  y += height + 150;
  print(sheet, 620, y, '위와 같이 재직하고 있음을 증명합니다.', { anchor: 'middle' });
  y += 130;
  const labelled = draw.next() < 0.5;
  print(sheet, 620, y, labelled ? `발급일 : ${printedDay(issued, way)}` : printedDay(issued, way), {
    anchor: 'middle',
  });
  y += 130;
  print(sheet, 330, y, `${draw.pick(['회사명', '상호', '회 사 명'])} : ${company.printed}`);
  y += 66;
  print(sheet, 330, y, `사업자등록번호 : ${number}`);
  y += 66;
  print(sheet, 330, y, `${draw.pick(['대표이사', '대표자', '대 표 자'])} : ${head}`);
  print(sheet, 330 + sheet.size * 9.5, y, '(인)');
  seal(sheet, 330 + sheet.size * 9.8, y - 8, { radius: 38, text: head, square: draw.next() < 0.5 });
  return {
    kind: 'certificate',
    sheet,
    truth: { name, company: company.printed, business_number: number, date: joined, issue_date: issued },
    others: { date: [born], money: [], number: [], person: [head], company: [] },
  };
}

function idCard(draw: Draw, font: string): Paper {
  const sheet = newSheet(1000, 640, { font, size: draw.int(24, 28) });
  const name = personOf(draw);
  const [born, issued] = [dayOf(draw, 1960, 2003), dayOf(draw, 2019, 2025)];
  const expires = `${Number(issued.slice(0, 4)) + 10}${issued.slice(4)}`;
  const number = `${draw.int(11, 28)}-${draw.digits(2)}-${draw.digits(6)}-${draw.digits(2)}`;
  const way = draw.int(0, 4);
  frame(sheet, 20, 20, 960, 600);
  print(sheet, 400, 90, draw.pick(['자동차운전면허증', '기술자격증', '사원증']), { size: 40, bold: true });
  frame(sheet, 60, 130, 260, 330);
  let y = 180;
  const row = (label: string, value: string): void => {
    print(sheet, 370, y, label);
    print(sheet, 560, y, value);
    y += 72;
  };
  row(draw.pick(['성명', '성 명', '이름']), name);
  row(draw.pick(['면허번호', '등록번호', '자격번호']), number);
  row('생년월일', printedDay(born, way));
  row(draw.pick(['발급일', '발급일자', '발 급 일']), printedDay(issued, way));
  row(draw.pick(['만료일', '유효기간 만료일', '만료일자']), printedDay(expires, way));
  print(sheet, 620, 590, `${draw.pick(['가람', '솔밭', '도담'])}지방청장`, { anchor: 'middle', size: 32 });
  seal(sheet, 790, 575, { radius: 34, text: '지방청인', square: true });
  return {
    kind: 'id_card',
    sheet,
    truth: { name, document_number: number, birth_date: born, issue_date: issued, expiry_date: expires },
    others: { date: [], money: [], number: [hyphened(draw.digits(10))], person: [], company: [] },
  };
}
