"""What is printed: invented names, companies, dates, amounts, numbers, labels. No word of samples/korean-words.ts may
stand here: the sample documents judge the reader on words it has not met."""

import random

from alphabet import LATIN

pick = random.choice

# The 2,350 syllables of KS X 1001, which is what common fonts can draw.
SYLLABLES = [bytes([row, cell]).decode("euc-kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)]
SURNAMES = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모"
GIVEN = "강건결경광귀규균근금기나노다단담대덕도동라란람랑래려례록롬루름리림마만말명모무문미민배백범벼별병보복봄봉분비빈빛사삼상새샘샛서석선섭성세소솔송수숙순슬승시식신심아안애야양언여연열엽영예오옥온완왕요용우욱운웅원월유윤율은의이익인일임자장재전정제조종주준중지진찬창채천철초춘충치칠태택팔평표필하학한해행향헌혁현형혜호홍화환회효후훈휘희"
LABELS = """등록번호 사업자등록번호 사업자등록증 상호 법인명 단체명 성명 대표자 개업연월일 생년월일 사업장 소재지 사업의종류 업태
종목 발급사유 공급가액 세액 합계금액 작성일자 공급자 공급받는자 수정사유 비고 품목 규격 수량 단가 현금 수표 어음 외상미수금 영수
청구 승인번호 전자세금계산서 세금계산서 영수증 신용카드 매출전표 카드번호 거래일시 판매금액 부가세 봉사료 합계 총액 결제금액
받은금액 거스름돈 면세 과세 재직증명서 경력증명서 주민등록번호 주민등록증 운전면허증 면허번호 적성검사 갱신기간 주소 소속 직위 직급
입사일 재직기간 용도 제출처 발급일 발급일자 만료일 위와같이 증명합니다 세무서장 일반과세자 간이과세자 법인사업자 본점 지점 대표이사
사내이사 전화번호 팩스 이메일 담당자 계좌번호 은행 예금주 영수증번호 주식회사 유한회사 합자회사 사단법인 재단법인 학교법인 의료법인
협동조합 감사합니다 교환 환불 일주일 이내""".split()
TRADES = """농산 수산 제과 제약 조선 철강 금속 기계 전기 통신 방송 출판 인쇄 포장 물류 운송 여행 관광 호텔 리조트 부동산 법무
회계 세무 보험 증권 캐피탈 렌탈 클린 가구 인테리어 조명 건축 토목 설비 냉동 공조 소방 보안 에너지 솔라 그룹 홀딩스 스튜디오 웨어
마켓 플랫폼 서비스 닷컴 메디칼 뷰티 패션 스포츠 레저 팜 켐 텀 쿡 쌤 찐 땡 깡 숯불 씽크 첸 학원 병원 의원 한의원 치과 미용실
사진관 떡집 횟집 국밥 족발 피자 버거 호프 노래방 헬스 요가""".split()
PLACES = """서울특별시 부산광역시 대구광역시 인천광역시 광주광역시 대전광역시 울산광역시 세종특별자치시 경기도 강원도 충청북도
충청남도 전라북도 전라남도 경상북도 경상남도 제주특별자치도 강남구 서초구 마포구 송파구 해운대구 수성구 분당구 중앙로 대로 번길 층 호
동""".split()
GOODS = """제조업 도매 소매 서비스업 음식점업 운수업 정보통신업 부동산업 농업 임대 용역 컨설팅 수수료 유지보수 원 개 박스 할인 포인트
적립 고객 매장 점원 계산원""".split()
WORDS = LABELS + TRADES + PLACES + GOODS
WRITTEN = "일이삼사오육칠팔구"


def name():
    return pick(SURNAMES) + pick(GIVEN) + (pick(GIVEN) if random.random() < 0.93 else "")


def date():
    year, month, day = random.randint(1950, 2035), random.randint(1, 12), random.randint(1, 28)
    return pick([
        f"{year}년 {month}월 {day}일", f"{year}년{month:02}월{day:02}일", f"{year}.{month:02}.{day:02}",
        f"{year}-{month:02}-{day:02}", f"{year}/{month:02}/{day:02}", f"{year}. {month}. {day}.",
        f"{year % 100:02}/{month:02}/{day:02}", f"{year % 100:02}.{month:02}.{day:02}",
    ])


def amount():
    value = random.randint(1, 10 ** random.randint(3, 8))
    return pick([f"{value:,}", f"{value:,}원", f"₩{value:,}", str(value), written()])


def written():
    thousands = pick(WRITTEN) + pick(["백", "십", "천", ""]) + pick(["", pick(WRITTEN) + "십"])
    return f"일금 {thousands}{pick(['만', '천', ''])}{pick(['', pick(WRITTEN) + '천'])}원정"


def digits(count):
    return "".join(pick("0123456789") for _ in range(count))


def number():
    return pick([
        f"{digits(3)}-{digits(2)}-{digits(5)}", f"0{digits(1)}-{digits(4)}-{digits(4)}",
        f"010-{digits(4)}-{digits(4)}", f"{digits(6)}-{digits(7)}", digits(random.randint(4, 12)),
        f"{digits(2)}:{digits(2)}:{digits(2)}", f"제 {digits(4)}-{digits(3)}호",
        f"{digits(2)}-{digits(2)}-{digits(6)}-{digits(2)}",
    ])


def latin():
    word = "".join(pick(LATIN) for _ in range(random.randint(2, 9)))
    return pick([word, word.upper(), word.lower(), word.capitalize(), word.upper()[:2] + "&" + word.upper()[2:4]])


def company():
    brand = pick([
        pick(WORDS) + pick(TRADES), "".join(pick(SYLLABLES) for _ in range(random.randint(2, 3))) + pick(TRADES),
        latin() + pick(TRADES), pick(TRADES) + " " + pick(TRADES),
        "".join(pick(GIVEN) for _ in range(2)) + pick(TRADES), "".join(pick(SYLLABLES) for _ in range(random.randint(2, 6))),
    ])
    if random.random() < 0.7:
        return pick(["㈜", "(주)", "주식회사 ", "", "(유)", "유한회사 "]) + brand
    return brand + pick(["㈜", "(주)", " 주식회사", ""])


def address():
    return f"{pick(PLACES)} {pick(PLACES)} {''.join(pick(SYLLABLES) for _ in range(2))}{pick(['로', '길', '동'])} {random.randint(1, 400)}"


def text():
    """One line; one in ten begins with the colon that forms set between a label and its value."""
    return pick([": ", ":", ":  "]) + said() if random.random() < 0.1 else said()


def said():
    """The mixture the reader is for: half of it syllables without any word to lean on, and names."""
    chance = random.random()
    if chance < 0.30:
        return "".join(pick(SYLLABLES) for _ in range(random.randint(2, 8)))
    if chance < 0.47:
        return pick(["", "", "성명 ", "대표자 : ", "(인) "]) + name() + pick(["", "", "", " (인)"])
    if chance < 0.63:
        return company()
    if chance < 0.74:
        return " ".join(pick(WORDS) for _ in range(random.randint(1, 3)))
    if chance < 0.80:
        return date()
    if chance < 0.86:
        return amount()
    if chance < 0.91:
        return number()
    if chance < 0.94:
        return latin()
    if chance < 0.96:
        return address()
    return pick([
        f"{pick(LABELS)} : {number()}", f"{pick(LABELS)} {date()}", f"{pick(LABELS)} {amount()}",
        f"{pick(WORDS)}{random.randint(1, 999)}{pick(['', '호', '층', '-1'])}",
    ])
