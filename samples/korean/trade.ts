// The Korean papers of trade: tax invoices with two parties side by side, and receipts.
import type { Draw } from '../random.ts';
import type { Paper } from './documents.ts';
import { frame, newSheet, print, rule, type Sheet, seal, spread } from './paper.ts';
import {
  addressOf,
  businessNumberOf,
  companyOf,
  dayOf,
  goodOf,
  personOf,
  printedDay,
  shopOf,
  won,
  writtenWon,
} from './words.ts';

interface Item {
  readonly name: string;
  readonly quantity: number;
  readonly price: number;
}

/** Where a paper's two edges are, and how far down it is printed already. */
interface Place {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

export function taxInvoice(draw: Draw, font: string): Paper {
  const sheet = newSheet(1480, 1050, { font, size: draw.int(19, 23) });
  const [supplier, buyer] = [0, 1].map(
    (): Party => ({
      number: businessNumberOf(draw),
      company: companyOf(draw),
      person: personOf(draw),
      address: addressOf(draw),
    }),
  ) as [Party, Party];
  const date = dayOf(draw, 2018, 2025);
  const items = itemsOf(draw, draw.int(1, 3), { quantity: [1, 60], price: [3, 900] });
  const supply = sumOf(items);
  const tax = Math.floor(supply / 10);
  const total = supply + tax;
  const way = draw.pick([0, 3, 4, 5]);
  print(sheet, 740, 90, draw.pick(['전자세금계산서', spread('세금계산서', 2)]), {
    size: 40,
    anchor: 'middle',
    bold: true,
  });
  print(sheet, 980, 84, `승인번호 ${date.replace(/-/g, '')}-${draw.digits(8)}-${draw.digits(8)}`, {
    size: sheet.size - 4,
  });
  const [left, middle, right, top] = [50, 740, 1430, 120];
  const rowHeight = draw.int(52, 60);
  const spreading = draw.next() < 0.6 ? draw.int(2, 5) : 0;
  for (const [side, party] of [supplier, buyer].entries()) {
    drawParty(sheet, draw, { party, side, x: side === 0 ? left : middle, top, rowHeight, spreading });
  }
  let y = top + rowHeight * 5 + 30;
  drawSums(sheet, [printedDay(date, way), won(supply), won(tax)], { left, right, y });
  y = drawItems(sheet, items, { date, at: { left, right, y: y + 150 } });
  drawTotal(sheet, [won(total), draw.pick(['청구', '영수'])], { left, right, y: y + 60 });
  return {
    kind: 'tax_invoice',
    sheet,
    truth: {
      business_number: supplier.number,
      company: supplier.company.printed,
      representative: supplier.person,
      date,
      total: String(total),
      supply_amount: String(supply),
      tax_amount: String(tax),
    },
    others: {
      date: [],
      money: [supply, tax],
      number: [buyer.number],
      person: [buyer.person],
      company: [buyer.company.printed],
    },
  };
}

/** Goods with whole hundreds for a price. */
function itemsOf(draw: Draw, count: number, range: { quantity: [number, number]; price: [number, number] }): Item[] {
  return Array.from({ length: count }, () => ({
    name: goodOf(draw),
    quantity: draw.int(...range.quantity),
    price: draw.int(...range.price) * 100,
  }));
}

function sumOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.quantity * item.price, 0);
}

/** The row that says date, supply and tax under their heads. */
function drawSums(sheet: Sheet, values: readonly string[], { left, right, y }: Place): void {
  const columns = [left, left + 300, left + 700, left + 1000, right];
  frame(sheet, left, y, right - left, 104);
  rule(sheet, left, y + 52, right, y + 52);
  for (const at of columns.slice(1, -1)) rule(sheet, at, y, at, y + 104);
  const centres = columns.slice(1).map((end, i) => (end + (columns[i] ?? 0)) / 2);
  across(sheet, ['작성일자', '공급가액', spread('세액', 3), '수정사유'], { y: y + 35, at: centres });
  across(sheet, values, { y: y + 87, at: centres });
}

/** The goods under their heads; answers how far down they reach. */
function drawItems(sheet: Sheet, items: readonly Item[], { date, at }: { date: string; at: Place }): number {
  let y = at.y;
  const columns = [80, 130, 260, 480, 600, 760, 980, 1200];
  across(sheet, ['월', '일', '품목', '규격', '수량', '단가', '공급가액', '세액'], { y, at: columns });
  rule(sheet, at.left, y + 14, at.right, y + 14);
  for (const item of items) {
    y += 46;
    const price = item.quantity * item.price;
    const cells = [
      date.slice(5, 7),
      date.slice(8),
      item.name,
      '',
      String(item.quantity),
      won(item.price),
      won(price),
      won(Math.floor(price / 10)),
    ];
    across(sheet, cells, { y, at: columns });
  }
  return y;
}

function drawTotal(sheet: Sheet, [total = '', asked = '']: readonly string[], { left, right, y }: Place): void {
  frame(sheet, left, y, right - left, 104);
  rule(sheet, left, y + 52, 1080, y + 52);
  across(sheet, ['합계금액', '현금', '수표', '어음', '외상미수금'], { y: y + 35, at: [160, 370, 580, 790, 1000] });
  print(sheet, 160, y + 87, total, { anchor: 'middle' });
  print(sheet, 1250, y + 60, `이 금액을 (${asked}) 함`, { anchor: 'middle' });
}

interface Party {
  readonly number: string;
  readonly company: { printed: string; bare: string };
  readonly person: string;
  readonly address: string;
}

function drawParty(
  sheet: Sheet,
  draw: Draw,
  at: { party: Party; side: number; x: number; top: number; rowHeight: number; spreading: number },
): void {
  const { party, side, x, top, rowHeight, spreading } = at;
  const word = side === 0 ? '공급자' : draw.pick(['공급받는자', '공급받는자']);
  [...word].forEach((sign, i) => {
    print(sheet, x + 24, top + 50 + i * (200 / word.length), sign, { anchor: 'middle' });
  });
  frame(sheet, x, top, 690, rowHeight * 5);
  rule(sheet, x + 48, top, x + 48, top + rowHeight * 5);
  rule(sheet, x + 200, top, x + 200, top + rowHeight * 5);
  for (let i = 1; i < 5; i += 1) rule(sheet, x + 48, top + i * rowHeight, x + 690, top + i * rowHeight);
  const line = (i: number): number => top + i * rowHeight + rowHeight * 0.64;
  const label = (i: number, text: string): void => print(sheet, x + 124, line(i), text, { anchor: 'middle' });
  label(0, '등록번호');
  print(sheet, x + 224, line(0), party.number, { size: sheet.size + 2 });
  label(1, spreading > 0 ? spread('상호', spreading) : '상호(법인명)');
  print(sheet, x + 214, line(1), party.company.printed);
  print(sheet, x + 480, line(1), spreading > 2 ? '성 명' : '성명');
  print(sheet, x + 560, line(1), party.person);
  if (side === 0 && draw.next() < 0.6) {
    seal(sheet, x + 565 + sheet.size * 2.6, line(1) - 6, {
      radius: 24,
      text: party.person,
      square: draw.next() < 0.3,
    });
  }
  label(2, draw.pick(['사업장', '주소', '사업장 주소']));
  print(sheet, x + 214, line(2), party.address, { size: sheet.size - 2 });
  label(3, spread('업태', 2));
  print(sheet, x + 214, line(3), '도소매');
  print(sheet, x + 480, line(3), '종목');
  print(sheet, x + 560, line(3), goodOf(draw));
  label(4, '이메일');
  print(sheet, x + 214, line(4), `${draw.pick(['sales', 'office', 'tax'])}${draw.int(1, 99)}@example.kr`);
}

/** Prints each text centred on its own column. */
function across(sheet: Sheet, texts: readonly string[], place: { y: number; at: readonly number[] }): void {
  for (const [i, text] of texts.entries()) print(sheet, place.at[i] ?? 0, place.y, text, { anchor: 'middle' });
}

/** Prints a slip line by line, from its top. */
interface Slip {
  readonly sheet: Sheet;
  readonly step: number;
  y: number;
}

const [slipLeft, slipRight] = [40, 580];

export function receipt(draw: Draw, font: string): Paper {
  const sheet = newSheet(620, 1100, { font, size: draw.int(20, 24) });
  const [shop, person, number] = [shopOf(draw), personOf(draw), businessNumberOf(draw)];
  const date = dayOf(draw, 2018, 2025);
  const items = itemsOf(draw, draw.int(2, 6), { quantity: [1, 4], price: [8, 380] });
  const total = sumOf(items);
  const tax = Math.round(total / 11);
  const supply = total - tax;
  const slip: Slip = { sheet, step: sheet.size * 1.65, y: 80 };
  drawHead(slip, draw, { shop: shop.printed, person, number, date });
  line(slip);
  for (const item of items) {
    print(sheet, slipLeft, slip.y, item.name);
    print(sheet, 360, slip.y, String(item.quantity), { anchor: 'end' });
    print(sheet, slipRight, slip.y, won(item.quantity * item.price), { anchor: 'end' });
    slip.y += slip.step;
  }
  line(slip);
  drawPaid(slip, draw, { supply, tax, total });
  slip.y += slip.step;
  print(sheet, 310, slip.y, draw.pick(['감사합니다', '또 오세요', '교환은 7일 이내']), { anchor: 'middle' });
  sheet.height = Math.round(slip.y + 60);
  return {
    kind: 'receipt',
    sheet,
    truth: { company: shop.printed, date, total: String(total), business_number: number, representative: person },
    others: {
      date: [],
      money: [supply, tax, (items[0]?.quantity ?? 0) * (items[0]?.price ?? 0)],
      number: [],
      person: [],
      company: [],
    },
  };
}

/** Who sold, and when. */
function drawHead(
  slip: Slip,
  draw: Draw,
  { shop, person, number, date }: { shop: string; person: string; number: string; date: string },
): void {
  const { sheet, step } = slip;
  const titled = draw.next() < 0.5;
  print(sheet, 310, slip.y, titled ? spread('영수증', 2) : shop, {
    size: sheet.size + 14,
    anchor: 'middle',
    bold: true,
  });
  slip.y += step * 1.5;
  if (titled) say(slip, `${draw.pick(['상호', '매장명', '가맹점명'])} : ${shop}`);
  say(slip, `${draw.pick(['사업자번호', '사업자등록번호'])} : ${number}`);
  say(slip, `${draw.pick(['대표자', '대표'])} : ${person}`);
  say(slip, addressOf(draw));
  say(slip, `전화 : 02-${draw.digits(4)}-${draw.digits(4)}`);
  const at = `${String(draw.int(9, 21)).padStart(2, '0')}:${draw.int(10, 59)}:${draw.int(10, 59)}`;
  say(slip, `${draw.pick(['거래일시', '판매일시', '일시'])} : ${printedDay(date, draw.pick([3, 4, 5, 6]))} ${at}`);
}

/** What it came to, and how that was paid. */
function drawPaid(slip: Slip, draw: Draw, { supply, tax, total }: Record<'supply' | 'tax' | 'total', number>): void {
  pair(slip, draw.pick(['공급가액', '과세물품가액']), won(supply));
  pair(slip, draw.pick(['부가세', '부가가치세']), won(tax));
  pair(
    slip,
    draw.pick(['합계', '합 계', '총액', '결제금액', '합계금액']),
    draw.pick([won(total), `${won(total)}원`, `₩${won(total)}`]),
    slip.sheet.size + 4,
  );
  if (draw.next() < 0.5) {
    const handed = Math.ceil((total + 1) / 10_000) * 10_000;
    pair(slip, '받은금액', won(handed));
    pair(slip, '거스름돈', won(handed - total));
  } else {
    pair(slip, '카드번호', `${draw.digits(4)}-${draw.digits(2)}**-****-${draw.digits(4)}`);
    pair(slip, '승인번호', draw.digits(8));
  }
  if (draw.next() < 0.2) say(slip, writtenWon(total));
}

function say(slip: Slip, text: string): void {
  print(slip.sheet, slipLeft, slip.y, text);
  slip.y += slip.step;
}

function pair(slip: Slip, label: string, value: string, size = slip.sheet.size): void {
  print(slip.sheet, slipLeft, slip.y, label, { size });
  print(slip.sheet, slipRight, slip.y, value, { size, anchor: 'end' });
  slip.y += slip.step;
}

function line({ sheet, step, y }: Slip): void {
  rule(sheet, slipLeft, y - step * 0.6, slipRight, y - step * 0.6);
}
