/**
 * `npm run bench [-- name…]`: runs the benches asked for, or all but those that want to be named, one after another, and
 * prints each table; `--write` puts them into `docs/benchmarks.md`, `--quick` measures once and less. Exits with 1 when a bar
 * is missed.
 */
import { clone } from './clone.ts';
import { databaseShape } from './cluster.ts';
import { cost } from './cost.ts';
import { efficiency } from './efficiency.ts';
import { foreground } from './foreground.ts';
import { lease } from './lease.ts';
import { options } from './options.ts';
import { recovery } from './recovery.ts';
import { type Bench, sectionOf, writeSection } from './report.ts';
import { start } from './start.ts';
import { taking } from './taking.ts';
import { throughput } from './throughput.ts';
import { tick } from './tick.ts';
import { walk } from './walk.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  throughput,
  cost,
  efficiency,
  foreground,
  recovery,
  lease,
  taking,
  walk,
  tick,
  start,
  clone,
};

process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = options.names.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0) {
    console.error(`No bench is named ${unknown.join(' or ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
    return 2;
  }
  if (options.problem !== null) {
    console.error(options.problem);
    return 2;
  }
  let missed = 0;
  for (const [name, bench] of Object.entries(BENCHES)) {
    const asked = options.names.length === 0 ? bench.byNameOnly !== true : options.names.includes(name);
    if (!asked) continue;
    const report = await bench.run((line) => console.error(`${name}: ${line}`));
    const section = sectionOf(bench.title, report, databaseShape());
    console.log(`${section}\n`);
    if (options.write) writeSection(name, section, Object.keys(BENCHES));
    missed += report.bars.filter(({ met }) => !met).length;
  }
  return missed > 0 ? 1 : 0;
}
