/**
 * Korean for what the gate says: its rules by name, a run by its counts and its stop. What a person, a provider or the
 * database said stays as it is, inside of ours too.
 */
import type { Explanation, Rule, RunView, Stopped } from 'tidegate';
import type * as en from '../en/engine.ts';
import { saidOf } from './codes.ts';
import { said } from './phrases.ts';

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
    held: ({ attempt, code, reason }) => `시도 ${attempt} 뒤에 보류되었습니다${tail(reason, code)}.`,
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

type Value = Values[string] | undefined;

/** A reason inside a sentence: without a full stop of its own. */
function tail(reason: Value, code: Value = null): string {
  const text = String(reason ?? code ?? '');
  return text === '' ? '' : `: ${saidOf(typeof code === 'string' ? code : null, text).replace(/\.+$/, '')}`;
}

function probe(inS: Value): string {
  return typeof inS === 'number' && inS > 0 ? `${span(inS)} 뒤에 시험합니다.` : '다음 틱에서 시험합니다.';
}

/** Two units, as the gate itself counts: seconds up to a minute and a half, then minutes. */
function span(s: Value): string {
  const seconds = Number(s ?? 0);
  return seconds < 90 ? `${Math.max(1, Math.ceil(seconds))}초` : `${Math.ceil(seconds / 60)}분`;
}
