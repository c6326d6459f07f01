import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FarEnd, farEnd, type Scene, scene } from './builders.ts';
import { proxyFor } from './proxy.ts';
import { silentFor } from './time.ts';

const RECORDS = 3;
const CAP = 2;
const live = "select count(*)::int from tidegate.items where state = 'leased'";

/** A second worker finishes what the first left; returns the keys it says it did. */
async function finish(at: Scene, far: FarEnd): Promise<string[]> {
  const gate = at.gate(far.work, { limits: { concurrencyMax: CAP } });
  const said: string[] = [];
  await gate.run().then(({ results }) => said.push(...results.filter(({ ok }) => ok).map((one) => one.recordId)));
  await silentFor(at, 20);
  for (let tick = 0; tick < 10; tick += 1) {
    const { results } = await gate.run();
    assert.ok((await at.one<number>(live)) <= CAP);
    said.push(...results.filter(({ ok }) => ok).map(({ recordId }) => recordId));
    if ((await at.one("select count(*)::int from public.applications where status = 'pending'")) === 0) break;
  }
  return said;
}

test('a worker killed at any moment on the wire, to the database or to the far end, loses nothing and repeats at most what was in flight', async (t) => {
  const at = await scene(t);
  const wire = await proxyFor(t, at.url);
  const far = await farEnd(t);
  const struck: string[] = [];
  for (let nth = 1; ; nth += 1) {
    const ids = await at.add(RECORDS);
    far.calls.length = 0;
    let moments = 0;
    let killed = '';
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'worker.ts'), wire.url, far.url, 'tick', String(CAP)],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'error' } },
    );
    const out: string[] = [];
    child.stdout.on('data', (chunk) => out.push(String(chunk)));
    const exited = once(child, 'exit');
    /** Kills the worker if this is the moment; true then. */
    const strike = async (what: string): Promise<boolean> => {
      moments += 1;
      if (moments !== nth) return false;
      killed = what;
      child.kill('SIGKILL');
      await exited;
      return true;
    };
    // What was asked and did not arrive, and what was answered and not heard.
    wire.act = async ({ event, text }) =>
      (await strike(`${event} ${text.trim().slice(0, 40)}`)) && event === 'asked' ? 'cut' : 'pass';
    far.script = async () => {
      await strike('the far end was asked');
      return {};
    };
    await exited;
    wire.act = () => 'pass';
    far.script = () => ({});
    const inFlight = await at.one<number>(live);
    assert.ok(inFlight <= CAP, `${inFlight} leased at ${killed}`);
    const said = killed === '' ? [] : await finish(at, far);
    const rows = await at.rows<{ id: string; status: string; written: number }>(
      'select id, status, written from public.applications where id = any ($1)',
      [ids],
    );
    for (const { id, status, written } of rows)
      assert.deepEqual([status, written], ['verified', 1], `${id} after ${killed}`);
    for (const id of ids) assert.ok(far.countOf(id) <= 2, `${far.countOf(id)} calls for one record after ${killed}`);
    assert.ok(far.calls.length <= RECORDS + inFlight, `${far.calls.length} calls, ${inFlight} in flight at ${killed}`);
    assert.equal(new Set(said).size, said.length, 'nobody is said to be done twice');
    assert.equal(await at.one(live), 0);
    if (killed === '') {
      assert.match(out.join(''), /^result .*"succeeded":3/m);
      break;
    }
    struck.push(killed);
  }
  assert.ok(struck.length >= 14, `${struck.length} moments: ${struck.join('; ')}`);
  assert.ok(struck.some((what) => /^asked select tidegate.step_/.test(what)));
  assert.ok(struck.some((what) => /^answered select tidegate.step_/.test(what)));
  assert.ok(struck.includes('the far end was asked'));
});
