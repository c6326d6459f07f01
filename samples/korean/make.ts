// Makes Korean papers and claims about them. Without arguments the small committed set beside this file; for measuring
//   node samples/korean/make.ts --into FOLDER --each 12 --seed held-out [--conditions clean,scan] [--fonts FOLDER]
// gives that many of each kind under each condition, one list a condition. FOLDER of --fonts holds more fonts, by family.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawFrom } from '../random.ts';
import { koreanClaims } from './claims.ts';
import { paperKinds, paperOf } from './documents.ts';
import { svgOf } from './paper.ts';
import type { Condition } from './spoil.ts';

const { values: asked } = parseArgs({
  options: {
    into: { type: 'string' },
    each: { type: 'string', default: '1' },
    seed: { type: 'string', default: 'korean' },
    conditions: { type: 'string', default: 'clean,scan,photo,fax' },
    fonts: { type: 'string' },
    families: { type: 'string', default: 'Nanum Gothic,Nanum Myeongjo,Gowun Dodum' },
  },
});
const folder = asked.into ?? import.meta.dirname;
const families = asked.families.split(',');

knowFonts();
const { spoiled } = await import('./spoil.ts');
for (const condition of asked.conditions.split(',') as Condition[]) await make(condition);

/** The drawing library finds fonts through a file that must be named before it is loaded. */
function knowFonts(): void {
  const require = createRequire(import.meta.url);
  const folders = ['nanum-gothic', 'nanum-myeongjo', 'gowun-dodum'].map((name) =>
    dirname(require.resolve(`@expo-google-fonts/${name}/package.json`)),
  );
  if (asked.fonts !== undefined) folders.push(asked.fonts);
  const file = join(tmpdir(), `tidegate-fonts-${process.pid}.conf`);
  writeFileSync(
    file,
    `<?xml version="1.0"?><fontconfig>${folders.map((path) => `<dir>${path}</dir>`).join('')}<cachedir>${join(tmpdir(), 'tidegate-fonts')}</cachedir></fontconfig>`,
  );
  process.env.FONTCONFIG_FILE = file;
}

async function make(condition: Condition): Promise<void> {
  mkdirSync(join(folder, 'papers'), { recursive: true });
  const lines: object[] = [];
  for (const kind of paperKinds) {
    for (let n = 1; n <= Number(asked.each); n += 1) {
      const id = `${condition}-${kind}-${n}`;
      const draw = drawFrom(`${asked.seed}/${id}`);
      const paper = paperOf(kind, draw, draw.pick(families));
      const { bytes, ending } = await spoiled(svgOf(paper.sheet), condition, draw);
      const file = `papers/${id}.${ending}`;
      writeFileSync(join(folder, file), bytes);
      lines.push(...koreanClaims(paper, { id, file, draw }));
    }
  }
  writeFileSync(join(folder, `${condition}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
