/**
 * `npm run bench [-- name…]`: runs the benches asked for, or all but those that want to be named, one after another, prints
 * each table and writes it into `docs/benchmarks.md`. Exits with 1 when a bar is missed.
 */
import { clone } from './clone.ts';
import { databaseShape } from './cluster.ts';
import { lease } from './lease.ts';
import { type Bench, sectionOf, writeSection } from './report.ts';
import { start } from './start.ts';
import { tick } from './tick.ts';
import { walk } from './walk.ts';

const BENCHES: Readonly<Record<string, Bench>> = { lease, walk, tick, start, clone };

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const unknown = words.filter((word) => BENCHES[word] === undefined);
  if (unknown.length > 0) {
    console.error(`No bench is named ${unknown.join(' or ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
    return 2;
  }
  let missed = 0;
  for (const [name, bench] of Object.entries(BENCHES)) {
    const asked = words.length === 0 ? bench.byNameOnly !== true : words.includes(name);
    if (!asked) continue;
    const report = await bench.run((line) => console.error(`${name}: ${line}`));
    const section = sectionOf(bench.title, report, databaseShape());
    console.log(`${section}\n`);
    writeSection(name, section);
    missed += report.bars.filter(({ met }) => !met).length;
  }
  return missed > 0 ? 1 : 0;
}
