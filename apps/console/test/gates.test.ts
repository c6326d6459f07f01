/** Gates, runs and trends as operators see them: verbs, a long run followed live, counts. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { runGate } from '../lib/gate-verbs.ts';
import { startExecutor, verified } from './executor.ts';
import { call, forgetProcess, insertRecord, read, setStage } from './stage.ts';

const executor = await startExecutor({ after });
const stage = await setStage({ after }, { EXECUTOR_URL: executor.url, CONCURRENCY: '2' });
const params = { name: 'verify-records' };

beforeEach(async () => {
  executor.answers = () => verified;
  await stage.sql.query('delete from public.records');
  await forgetProcess();
});

// biome-ignore lint/suspicious/noExplicitAny: a test looks wherever it likes.
async function get(route: string, given: object = {}): Promise<any> {
  const answer = await read(await call(route, given));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

async function verb(name: string): Promise<Awaited<ReturnType<typeof read>>> {
  return await read(await call(`gates/[name]/${name}`, { method: 'POST', params }));
}

async function tick(): Promise<{ runId: string }> {
  return await get('cron/verify-records', { as: 'cron' });
}

/** Events of a stream, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: Record<string, unknown> }> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

describe('a gate', () => {
  it('is there before its first tick, with everything that the contract names', async () => {
    await insertRecord(stage, { minutesOld: 10 });
    await insertRecord(stage, { submitted: true });
    const gate = await get('gates/[name]', { params });
    const names =
      'gate state reason since cap allowed leased waiting parked backlog forecast spentTodayMicros lastRun overdue';
    for (const name of names.split(' ')) assert.ok(name in gate, name);
    assert.deepEqual([gate.gate, gate.state, gate.backlog.count], ['verify-records', 'open', 1]);
    assert.ok(Date.now() - Date.parse(gate.backlog.oldestAt) > 9 * 60_000);
    assert.deepEqual((await get('gates')).gates, [gate]);
  });

  it('is paused and resumed, and says so each time', async () => {
    const paused = await verb('pause');
    assert.deepEqual([paused.status, paused.body.state, paused.body.reason], [200, 'paused', 'paused by admin']);
    assert.ok(Date.parse(paused.body.since) > 0);
    await insertRecord(stage);
    const { stopped, processed, message } = await get('cron/verify-records', { as: 'cron' });
    assert.deepEqual([stopped, processed], ['paused', 0]);
    assert.match(message, /paused/);
    const resumed = await verb('resume');
    assert.deepEqual([resumed.status, resumed.body.state, resumed.body.since], [200, 'open', null]);
  });

  it('of another program is shown, paused and resumed, but not run', async () => {
    await stage.sql.query(`insert into tidegate.gates (name, cap) values ('theirs', 3)`);
    const theirs = { params: { name: 'theirs' } };
    assert.equal((await get('gates/[name]', theirs)).cap, 3);
    assert.equal((await read(await call('gates/[name]/pause', { method: 'POST', ...theirs }))).body.state, 'paused');
    const run = await read(await call('gates/[name]/run', { method: 'POST', ...theirs }));
    assert.deepEqual([run.status, run.body.error.code], [409, 'runs_elsewhere']);
    await stage.sql.query(`delete from tidegate.gates where name = 'theirs'`);
  });
});

describe('parked items', () => {
  it('of any gate are let run again by their keys', async () => {
    const id = await insertRecord(stage);
    executor.answers = () => ({ status: 422, body: { error: { code: 'attachment_missing', message: 'gone' } } });
    await tick();
    assert.equal((await get('gates/[name]', { params })).parked, 1);
    const release = async (json: unknown) =>
      await read(await call('gates/[name]/release', { method: 'POST', params, json }));
    for (const keys of [null, 'x', [1], ['a\u0000'], Array(10_000).fill('x')]) {
      const answer = await release({ keys });
      assert.deepEqual([answer.status, answer.body.error.field], [400, 'keys']);
    }
    assert.deepEqual((await release({ keys: [id, 'unknown'] })).body.released, [id]);
    assert.deepEqual((await release({ keys: [id] })).body.released, []);
  });
});

describe('a run', () => {
  it('is followed live, a result for each record and the end at last', async () => {
    const ids = [await insertRecord(stage), await insertRecord(stage), await insertRecord(stage)];
    const gates = new Map(ids.map((id) => [id, Promise.withResolvers<void>()]));
    executor.answers = async ({ recordId }) => {
      await gates.get(recordId)?.promise;
      return verified;
    };
    const { runId, finished } = await runGate('verify-records');
    const response = await call('runs/[id]', { params: { id: runId }, headers: { accept: 'text/event-stream' } });
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const seen: string[] = [];
    gates.get(ids[0] ?? '')?.resolve();
    for await (const { event, data } of eventsOf(response)) {
      seen.push(event === 'result' ? String(data.recordId) : event);
      if (event === 'result') gates.get(ids[seen.length] ?? '')?.resolve();
      if (event === 'end') assert.deepEqual([data.succeeded, data.stopped], [3, 'drained']);
    }
    assert.deepEqual(seen, [...ids, 'end']);
    assert.equal((await finished).succeeded, 3);
    const run = await get('runs/[id]', { params: { id: runId } });
    assert.deepEqual([run.trigger, run.results.length], ['console', 3]);
    assert.notEqual(run.endedAt, null);
  });

  it('that has ended answers its events at once', async () => {
    await insertRecord(stage);
    const { runId } = await tick();
    const response = await call('runs/[id]', { params: { id: runId }, headers: { accept: 'text/event-stream' } });
    const events: string[] = [];
    for await (const { event } of eventsOf(response)) events.push(event);
    assert.deepEqual(events, ['result', 'end']);
  });

  it('stands in the list without its results, newest first', async () => {
    const { runId } = await tick();
    const { runs, cursor } = await get('runs');
    assert.equal(runs[0].runId, runId);
    assert.ok(cursor === null || typeof cursor === 'string');
    assert.deepEqual((await get('runs', { query: '?gate=nothing' })).runs, []);
  });

  it('goes on only by a cursor that a list may have answered', async () => {
    const { runId } = await tick();
    assert.equal((await get('runs', { query: `?cursor=1_${runId}` })).runs.length, 0);
    for (const cursor of ['nonsense', '_', `1_${'-'.repeat(36)}`, `${'9'.repeat(26)}_${runId}`, `1_${runId}x`]) {
      const { status, body } = await read(await call('runs', { query: `?cursor=${cursor}` }));
      assert.deepEqual([status, body.error?.code, body.error?.field], [400, 'unknown_cursor', 'cursor'], cursor);
    }
  });
});

describe('a name that no gate can have', () => {
  it('is one that is not there', async () => {
    for (const name of ['no\0gate', 'nothing', '../gates', 'x'.repeat(300)]) {
      const given = { params: { name } };
      assert.equal((await call('gates/[name]', given)).status, 404, name);
      for (const verb of ['pause', 'resume', 'run']) {
        assert.equal((await call(`gates/[name]/${verb}`, { ...given, method: 'POST' })).status, 404, `${verb} ${name}`);
      }
    }
    assert.deepEqual((await get('runs', { query: '?gate=no%00gate' })).runs, []);
    assert.equal((await get('trends', { query: '?gate=no%00gate&days=1' })).points.length, 24);
  });
});

describe('trends and metrics', () => {
  before(async () => {
    await insertRecord(stage);
    await tick();
  });

  it('have a point for every hour or day, empty ones included', async () => {
    const hours = await get('trends', { query: '?days=1' });
    assert.equal(hours.unit, 'hour');
    assert.ok(hours.points.length >= 24 && hours.points.length <= 25);
    const days = await get('trends', { query: '?days=30' });
    assert.equal(days.unit, 'day');
    assert.ok(days.points.length >= 30 && days.points.length <= 31);
    const last = days.points.at(-1);
    for (const name of 'at processed succeeded failed deferred verdicts p50Ms p95Ms costMicros'.split(' ')) {
      assert.ok(name in last, name);
    }
    assert.ok(last.verdicts.verified > 0);
    assert.ok(last.costMicros > 0);
  });

  it('answer 400 for days that are none', async () => {
    for (const days of ['0', '-1', 'x', '1.5', '100000', '1e2']) {
      const answer = await read(await call('trends', { query: `?days=${days}` }));
      assert.deepEqual([answer.status, answer.body.error.field], [400, 'days'], days);
    }
  });

  it('count in Prometheus’ words', async () => {
    const response = await call('metrics');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    assert.match(text, /^tidegate_gate_state\{gate="verify-records",state="open"\} 1$/m);
    assert.match(text, /^tidegate_attempts_total\{gate="verify-records",outcome="succeeded"\} [1-9]\d*$/m);
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{.*\} -?\d+(\.\d+)?)$/);
    }
  });
});
