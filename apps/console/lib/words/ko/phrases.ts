/**
 * Korean for the gate's own phrases, known by pattern: it keeps them as texts, in the database and in its answers. The
 * sentences of a person, a provider or the database are no phrases of the gate's and stand as they are.
 */

type Phrase = readonly [RegExp, (...parts: string[]) => string];

/** The gate's own phrases. Where one quotes somebody else, the quotation is looked up in turn. */
const phrases: readonly Phrase[] = [
  [/^already submitted$/, () => '이미 제출됨'],
  [/^no attachment$/, () => '첨부 파일 없음'],
  [/^no answer within ([\d.]+) s$/, (s) => `${s}초 안에 응답이 없었습니다`],
  [/^no answer$/, () => '응답 없음'],
  [/^status (\d+)$/, (status) => `상태 코드 ${status}`],
  [/^answered (\d+)$/, (status) => `상태 코드 ${status}(으)로 응답`],
  [/^the run had to answer before this attempt did$/, () => '이 시도가 끝나기 전에 실행이 응답해야 했습니다'],
  [/^the lease is no longer ours$/, () => '임대가 더 이상 유효하지 않습니다'],
  [
    /^given back unspent(: the process is stopping)?$/,
    (stop) => (stop === undefined ? '소모하지 않고 되돌렸습니다' : '프로세스가 종료하여 소모하지 않고 되돌렸습니다'),
  ],
  [/^the process is stopping$/, () => '프로세스가 종료하는 중입니다'],
  [/^an attempt begun now might not end in time$/, () => '지금 시작하면 제때 끝나지 않을 수 있습니다'],
  [
    /^the process that held it (ended|died, was frozen or lost the database)$/,
    (how) =>
      how === 'ended'
        ? '맡았던 프로세스가 끝났습니다'
        : '맡았던 프로세스가 죽었거나 멈췄거나 데이터베이스를 잃었습니다',
  ],
  [
    /^the record changed, was decided or left the source while it was being verified$/,
    () => '검증하는 동안 레코드가 바뀌었거나 결정되었거나 소스에서 빠졌습니다',
  ],
  [
    /^apply wrote this record, and it still stands in the source: the next walk would pay again$/,
    () => 'apply가 이 레코드에 썼지만 아직 소스에 있습니다. 그대로 두면 다음에 다시 값을 치르게 됩니다',
  ],
  [
    /^apply wrote nothing for this record, and it still stands in the source$/,
    () => 'apply가 이 레코드에 아무것도 쓰지 않았고, 아직 소스에 있습니다',
  ],
  [/^the provider fails on this record only: (.*)$/s, (last) => `공급자가 이 레코드에서만 실패합니다: ${said(last)}`],
  [
    /^(\d+) failures of the provider in a row, the last: (.*)$/s,
    (count, last) => `공급자가 연달아 ${count}번 실패했습니다. 마지막 실패: ${said(last)}`,
  ],
  [
    /^apply failed for (\d+) records in a row, the last: (.*)$/s,
    (count, last) => `레코드 ${count}건에서 연달아 apply가 실패했습니다. 마지막 실패: ${last}`,
  ],
  [/^the source raised after apply: (.*)$/s, (last) => `apply 뒤에 소스에서 오류가 났습니다: ${last}`],
  [/^the provider asked to wait$/, () => '공급자가 기다리라고 했습니다'],
  [/^the provider asked to wait until (\S+)$/, (at) => `공급자가 ${at}까지 기다리라고 했습니다`],
  [/^(\d+) of (\d+) places are taken$/, (live, cap) => `자리 ${cap}개 중 ${live}개가 찼습니다`],
  [
    /^(\d+) of (\d+) places are taken; (\d+) would be allowed when all is calm$/,
    (live, cap, calm) => `자리 ${cap}개 중 ${live}개가 찼습니다. 평온할 때는 ${calm}개까지 허용합니다`,
  ],
  [/^(\d+) attempts a minute are used up$/, (rate) => `분당 시도 ${rate}번을 다 썼습니다`],
  [/^(\d+) tokens a minute are used up$/, (rate) => `분당 토큰 ${rate}개를 다 썼습니다`],
  [/^\$([\d.]+) of \$([\d.]+) are spent today$/, (spent, budget) => `오늘 $${budget} 중 $${spent}를 썼습니다`],
  [/^released by a person$/, () => '사람이 해제했습니다'],
  [/^the row does not fit the gate's payload: (.*)$/s, (issues) => `행이 게이트의 payload에 맞지 않습니다: ${issues}`],
  [
    /^(\d+) rows were passed over: their condition belongs in the where clause of (\S+)$/,
    (rows, view) => `행 ${rows}개를 건너뛰었습니다. 그 조건은 ${view}의 where 절에 넣으십시오`,
  ],
  [/^(.*) \(paused by (.+)\)$/s, (reason, who) => `${reason} (${who} 님이 일시 중지)`],
  [/^paused by (.+)$/, (who) => `${who} 님이 일시 중지`],
];

/** Of the gate's own phrases the Korean one; anything else as it is. A full stop stays a full stop. */
export function said(text: string): string {
  const [, bare = text, stop = ''] = /^(.*?)(\.?)$/s.exec(text) ?? [];
  for (const [pattern, phrase] of phrases) {
    const parts = pattern.exec(bare);
    if (parts !== null) return phrase(...(parts.slice(1) as string[])) + stop;
  }
  return text;
}
