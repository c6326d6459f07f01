/**
 * Korean for what the gate says: its rules by name, a run by its counts and its stop, and its phrases by pattern. What a
 * person, a provider or the database said stays as it is, inside of ours too.
 */
import type { Explanation, Rule, RunView, Stopped } from 'tidegate';
import type * as en from '../en/engine.ts';

const nothingHolds = '막는 것이 없습니다. 자리가 나는 다음 틱에서 처리합니다.';

type Values = NonNullable<Rule['values']>;

/** What each rule says when it holds a record back, and when it does not. */
const rules: Readonly<Record<string, { held: (at: Values) => string; free: (at: Values) => string }>> = {
  ruled: { held: () => '사람이 이미 결정했습니다.', free: () => '사람이 결정한 적이 없습니다.' },
  verdict: { held: () => '이미 판정이 있습니다.', free: () => '아직 판정이 없습니다.' },
  submitted: {
    held: () => '이미 값을 치른 응답이 있습니다.',
    free: () => '아직 값을 치른 응답이 없습니다.',
  },
  attachment: { held: () => '첨부 파일이 없습니다.', free: () => '첨부 파일이 있습니다.' },
  paused: {
    held: ({ reason }) => `게이트가 일시 중지되어 있습니다${tail(reason)}.`,
    free: () => '게이트가 일시 중지되어 있지 않습니다.',
  },
  shut: {
    held: ({ reason, probeInS }) => `게이트가 닫혀 있습니다${tail(reason)}. ${probe(probeInS)}`,
    free: () => '게이트가 닫혀 있지 않습니다.',
  },
  retry_after: {
    held: ({ waitS }) => `공급자가 ${span(waitS)} 더 기다리라고 했습니다.`,
    free: () => '기다리라고 한 공급자가 없습니다.',
  },
  source: { held: () => '소스에 없으므로 할 일이 없습니다.', free: () => '소스에 있습니다.' },
  skip: {
    held: ({ reason }) => `지금은 처리하지 않아야 합니다${tail(reason)}.`,
    free: () => '건너뛸 이유가 없습니다.',
  },
  item: { held: () => '시도한 적이 없습니다.', free: () => '시도한 적이 없습니다.' },
  leased: {
    held: ({ attempt }) => `지금 검증하는 중입니다(시도 ${attempt}).`,
    free: () => '지금 검증하는 곳이 없습니다.',
  },
  backoff: {
    held: ({ waitS, attempt, reason }) => `시도 ${attempt} 뒤에 ${span(waitS)} 더 기다립니다${tail(reason)}.`,
    free: () => '재시도를 기다리는 중이 아닙니다.',
  },
  parked: {
    held: ({ attempt, reason }) => `시도 ${attempt} 뒤에 보류되었습니다${tail(reason)}.`,
    free: ({ attempt }) =>
      attempt === undefined ? '보류되어 있지 않습니다.' : '보류되었다가 그 뒤에 내용이 바뀌었습니다.',
  },
  suspect: {
    held: () => '유실된 시도가 없습니다.',
    free: ({ lost }) =>
      Number(lost) > 0 ? `최근 시도 ${lost}번이 유실되어, 동시에 처리하는 수를 줄입니다.` : '유실된 시도가 없습니다.',
  },
  places: {
    held: ({ cap }) => `자리 ${cap}개가 모두 찼습니다.`,
    free: ({ live, cap }) => (cap === null ? '차지한 자리가 없습니다.' : `자리 ${cap}개 중 ${live}개가 찼습니다.`),
  },
};

/** By its name; a rule of another program, or without the values that its sentence needs, as it stands. */
export const explainRule: typeof en.explainRule = (rule) => {
  const known = rules[rule.rule];
  if (known === undefined) return rule.text;
  const sentence = (rule.holds ? known.held : known.free)(rule.values ?? {});
  return sentence.includes('undefined') ? rule.text : sentence;
};

export const because: typeof en.because = (why: Explanation) => {
  const holding = why.rules.find(({ holds }) => holds);
  return holding === undefined ? nothingHolds : explainRule(holding);
};

type Told = Parameters<typeof en.runMessage>[0] & Partial<RunView>;

/** From the counts, except for a source that failed, whose error only the database can tell. */
export const runMessage: typeof en.runMessage = (run: Told) => {
  const { processed = 0, succeeded = 0, failed = 0, deferred = 0, remaining = 0, stopped, message } = run;
  if (stopped === 'source') return message;
  const counted = `성공 ${succeeded}건, 실패 ${failed}건, 연기 ${deferred}건`;
  const inAll = /^\d+ of (at least )?(\d+) records processed: /.exec(message);
  if (inAll !== null) return `레코드 ${inAll[2]}건${inAll[1] ? ' 이상' : ''} 중 ${processed}건 처리: ${counted}`;
  if (message.startsWith('The run was lost')) return `실행이 유실됨: ${counted}`;
  if (message.startsWith('Running')) return `실행 중: 지금까지 ${counted}`;
  if (message === 'No records to process') return '처리할 레코드가 없습니다';
  const none = /^No records started although (?:at least )?\d+ wait: (?:[a-z ]+: )?(.*)$/s.exec(message);
  if (none === null) return message;
  const waiting = `${remaining}건${run.atLeast ? ' 이상' : ''}이 기다리지만 시작한 것이 없습니다`;
  const known = stopped == null ? undefined : whyNone[stopped];
  const reason = [known, detailIn(message)].filter((part) => part !== undefined && part !== '').join(': ');
  return `${waiting}: ${reason === '' ? '재시도를 기다리거나 다른 곳에서 검증하는 중입니다' : reason}`;
};

const whyNone: Readonly<Partial<Record<Stopped, string>>> = {
  busy: '자리가 모두 찼습니다',
  shut: '게이트가 닫혀 있습니다',
  paused: '게이트가 일시 중지되어 있습니다',
  deadline: '시간이 다 되었습니다',
  rate: '속도 한도를 다 썼습니다',
  budget: '예산을 다 썼습니다',
  stopping: '프로세스가 종료하는 중입니다',
  walking: '아직 소스를 훑는 중입니다',
  lost: '데이터베이스 연결을 잃었습니다',
};

/** What stands behind the gate's own clause: a person's reason, a provider's failure, how many places are taken. */
function detailIn(message: string): string {
  const clause =
    /wait: (?:every place is taken|the gate is shut|the gate is paused|the time is up|the rate is used up|the budget is used up|the process is stopping|still walking|the database was lost)(?:: (.*))?$/s.exec(
      message,
    );
  return clause?.[1] === undefined ? '' : said(clause[1]);
}

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

function tail(reason: number | string | null | undefined): string {
  return reason == null || reason === '' ? '' : `: ${said(String(reason)).replace(/\.+$/, '')}`;
}

function probe(inS: number | string | null | undefined): string {
  return typeof inS === 'number' && inS > 0 ? `${span(inS)} 뒤에 시험합니다.` : '다음 틱에서 시험합니다.';
}

/** Two units, as the gate itself counts: seconds up to a minute and a half, then minutes. */
function span(s: number | string | null | undefined): string {
  const seconds = Number(s ?? 0);
  return seconds < 90 ? `${Math.max(1, Math.ceil(seconds))}초` : `${Math.ceil(seconds / 60)}분`;
}
