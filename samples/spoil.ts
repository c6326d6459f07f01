// Labelled documents as worse cameras and careless hands would have sent them: turned, tilted, halved, compressed. Reads a
// labelled file, writes the spoilt pictures and a labelled file over them into another folder, for `tidegate-verifier eval`.
//
//   node samples/spoil.ts samples/claims.jsonl OUT turned-90 turned-180 turned-270 tilted halved compressed
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

type Spoil = (picture: Sharp, width: number) => Sharp;

const paper = '#e8e6e1';
const conditions: Readonly<Record<string, Spoil>> = {
  'turned-90': (picture) => picture.rotate(90),
  'turned-180': (picture) => picture.rotate(180),
  'turned-270': (picture) => picture.rotate(270),
  tilted: (picture) => picture.rotate(3, { background: paper }),
  halved: (picture, width) => picture.resize({ width: Math.round(width / 2) }),
  compressed: (picture) => picture.jpeg({ quality: 30 }),
};

interface Line {
  readonly attachments: readonly string[];
}

const [file = '', into = '', ...asked] = process.argv.slice(2);
const unknown = asked.filter((name) => conditions[name] === undefined);
if (into === '' || asked.length === 0 || unknown.length > 0) {
  console.error(`Usage: node samples/spoil.ts FILE.jsonl FOLDER CONDITION…  (${Object.keys(conditions).join(', ')})`);
  process.exit(2);
}

const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line) as Line)
  // A PDF is drawn before it is read: nothing here happens to one.
  .filter(({ attachments }) => attachments.every((path) => extname(path) !== '.pdf'));

for (const name of asked) {
  const folder = join(into, name);
  const spoil = conditions[name] as Spoil;
  for (const path of new Set(lines.flatMap(({ attachments }) => attachments))) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    const whole = readFileSync(join(dirname(file), path));
    const spoilt = await spoilOne(whole, spoil).catch(() => null);
    // What is no picture stays what it is.
    writeFileSync(place, spoilt ?? whole);
  }
  writeFileSync(join(folder, 'claims.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  console.log(join(folder, 'claims.jsonl'));
}

async function spoilOne(whole: Uint8Array, spoil: Spoil): Promise<Uint8Array> {
  const upright = await sharp(whole).rotate().png().toBuffer({ resolveWithObject: true });
  const spoilt = spoil(sharp(upright.data), upright.info.width);
  return spoil === conditions.compressed ? await spoilt.toBuffer() : await spoilt.jpeg({ quality: 92 }).toBuffer();
}
