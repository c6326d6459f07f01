// The invented words of the Korean papers: names, trades, places. None of them stands in the words that the line reader is trained
// on (packages/verifier/hangul/train/words.py), so that the papers judge it on words it has not met.
import type { Draw } from '../random.ts';

const surnames = [
  ...'김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현',
];
const given = [...'서민지준하윤도현우진예은수빈채원시아유건호재승태영주연성훈경석혜정미란희동규상철기범나래솔새봄별찬'];
const brands = [
  ...'한빛 누리 가온 다온 새롬 미르 해솔 라온 아람 초록 도담 온새 이든 바른 큰솔 별하 윤슬 찬솔 두레 솔빛 달보드레 늘봄'.split(
    ' ',
  ),
  ...'모아 정담 동원골 청람 백호 삼율 대륜 신우림 금강솔 태평 한울림 예그리나 마루 토리 꽃무릇 느티 햇귀 여울목'.split(
    ' ',
  ),
  ...'쿡앤뷰 웰켐 뉴텀 펫찐 헬쓰웍 콩깡 팜첸 뷰쌤'.split(' '),
];
const trades =
  '물산 유통 식품 산업 테크 시스템 상사 엔지니어링 디자인 푸드 바이오 커머스 솔루션 무역 건설 전자 화학 목재 섬유 문구 정밀 기공 환경 교역'.split(
    ' ',
  );
const shops = '상회 마트 베이커리 정육점 서점 꽃집 약국 편의점 문구점 분식 반찬가게 카페 세탁소 철물점 과일가게'.split(
  ' ',
);
const cities = [
  '서울특별시 마포구',
  '부산광역시 수영구',
  '대전광역시 유성구',
  '경기도 수원시 팔달구',
  '전라북도 전주시 완산구',
  '강원도 춘천시',
];
const streets = '느티나무로 햇살길 물레방앗간길 도담로 솔밭로 은하수길 가람로 한마음로'.split(' ');
const goods =
  '사과 포장지 드라이버 볼펜 원두 김밥 우유 복사용지 장갑 전선 접착제 페인트 식용유 밀가루 현미 수건 비누 화분'.split(
    ' ',
  );
const departments = '영업부 총무과 연구소 생산팀 기획실 품질관리팀 디자인실 고객지원팀'.split(' ');
const posts = '사원 대리 과장 차장 부장 연구원 선임연구원 팀장'.split(' ');
const latin = ['KD', 'SH&B', 'ENT', 'JW', 'Bloom', 'NEO', 'TK', 'Sora'];

export function personOf(draw: Draw): string {
  return draw.pick(surnames) + draw.pick(given) + (draw.next() < 0.06 ? '' : draw.pick(given));
}

/** A company, with its legal form before or behind in one of its spellings, or without one. */
export function companyOf(draw: Draw): { printed: string; bare: string } {
  const name = draw.next() < 0.16 ? draw.pick(latin) : draw.pick(brands);
  const bare = name + draw.pick(trades);
  const spellings = [
    `주식회사 ${bare}`,
    `(주)${bare}`,
    `㈜${bare}`,
    `${bare}(주)`,
    `${bare} 주식회사`,
    bare,
    `유한회사 ${bare}`,
  ];
  return { printed: draw.pick(spellings), bare };
}

export function shopOf(draw: Draw): { printed: string; bare: string } {
  if (draw.next() < 0.4) return companyOf(draw);
  const bare = draw.pick(brands) + draw.pick(shops);
  return { printed: bare, bare };
}

export function addressOf(draw: Draw): string {
  return `${draw.pick(cities)} ${draw.pick(streets)} ${draw.int(2, 280)}${draw.next() < 0.5 ? `, ${draw.int(1, 9)}층` : ''}`;
}

export function goodOf(draw: Draw): string {
  return draw.pick(goods);
}

export function departmentOf(draw: Draw): string {
  return draw.pick(departments);
}

export function postOf(draw: Draw): string {
  return draw.pick(posts);
}

/** Ten digits that pass the check of business numbers. */
export function businessNumberOf(draw: Draw): string {
  const nine = `${draw.int(101, 699)}${String(draw.int(1, 88)).padStart(2, '0')}${String(draw.int(1000, 9999))}`;
  return hyphened(nine + checkDigit(nine));
}

export function checkDigit(nine: string): string {
  const weights = [1, 3, 7, 1, 3, 7, 1, 3, 5];
  const sum = weights.reduce(
    (total, weight, i) => total + weight * Number(nine[i]),
    Math.floor((5 * Number(nine[8])) / 10),
  );
  return String((10 - (sum % 10)) % 10);
}

export function hyphened(ten: string): string {
  return `${ten.slice(0, 3)}-${ten.slice(3, 5)}-${ten.slice(5)}`;
}

/** ISO day between two years. */
export function dayOf(draw: Draw, from: number, to: number): string {
  return `${draw.int(from, to)}-${String(draw.int(1, 12)).padStart(2, '0')}-${String(draw.int(1, 28)).padStart(2, '0')}`;
}

/** A day as Korean papers print it. */
export function printedDay(day: string, way: number): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const ways = [
    `${year}년 ${month}월 ${date}일`,
    `${year}년 ${Number(month)}월 ${Number(date)}일`,
    `${year}. ${month}. ${date}.`,
    `${year}-${month}-${date}`,
    `${year}.${month}.${date}`,
    `${year}/${month}/${date}`,
    `${year.slice(2)}/${month}/${date}`,
    `${year.slice(2)}.${month}.${date}`,
  ];
  return ways[way % ways.length] ?? '';
}

export function won(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** An amount in Hangul digits, as formal papers repeat it: 일금 일백삼십칠만오천원정. */
export function writtenWon(amount: number): string {
  const names = ['', '일', '이', '삼', '사', '오', '육', '칠', '팔', '구'];
  const groups = ['', '만', '억'];
  let text = '';
  for (let group = 0, rest = amount; rest > 0; group += 1, rest = Math.floor(rest / 10_000)) {
    const four = String(rest % 10_000).padStart(4, '0');
    const said = [...four]
      .map((digit, i) => (digit === '0' ? '' : `${names[Number(digit)]}${['천', '백', '십', ''][i]}`))
      .join('');
    if (said !== '') text = `${said}${groups[group]}${text}`;
  }
  return `일금 ${text}원정`;
}
