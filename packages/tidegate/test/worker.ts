// A process of its own for tests that kill or freeze one: argv is the database's URL and the far end's; it says `leased`
// once something is in flight, runs `drain` or one tick, prints the result and exits.
import { httpWork } from '../src/http.ts';
import { gateOn, poolOn } from './builders.ts';

const [url = '', far = '', mode = 'tick', concurrency = '4', timeoutMs = '10000'] = process.argv.slice(2);
const pool = poolOn(url, 5);
const call = httpWork(far);
const gate = gateOn(
  pool,
  async (item, at) => {
    process.stdout.write(`leased ${item.key}\n`);
    return await call(item, at);
  },
  { limits: { concurrencyMax: Number(concurrency), batchMax: 100, attemptTimeoutMs: Number(timeoutMs) } },
);
const result = await gate.run({ drain: mode === 'drain', trigger: 'cron' });
process.stdout.write(`result ${JSON.stringify(result)}\n`);
await pool.end();
process.exit(0);
