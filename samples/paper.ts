// The sheet of paper: turns a receipt into a page of HTML with its face, its width, its edge, its creases and the angle from
// which it is seen. Knows the installed fonts; knows nothing of cameras.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bill, folio, invoice } from './layouts-sheet.ts';
import { cafe, fuel, grocery, pharmacy, till } from './layouts-slip.ts';
import type { Font, Layout } from './plans.ts';
import type { Receipt } from './receipts.ts';

const require = createRequire(import.meta.url);

const faces: { readonly [font in Font]: readonly [family: string, size: number, light: number, bold: number] } = {
  courier: ['courier-prime', 15, 400, 700],
  inconsolata: ['inconsolata', 16, 400, 700],
  tech: ['share-tech-mono', 16, 400, 400],
  vt: ['vt323', 20, 400, 400],
  roboto: ['roboto', 15, 400, 700],
  oswald: ['oswald', 15, 400, 600],
};

const layouts: { readonly [layout in Layout]: readonly [draw: (receipt: Receipt) => string, width: number] } = {
  till: [till, 370],
  grocery: [grocery, 400],
  pharmacy: [pharmacy, 400],
  cafe: [cafe, 350],
  fuel: [fuel, 370],
  bill: [bill, 430],
  folio: [folio, 760],
  invoice: [invoice, 780],
};

/** The page that shows a receipt; the element `#scene` is what to take a picture of. */
export function pageOf(receipt: Receipt): string {
  const { layout, font, look } = receipt.plan;
  const [draw, width] = layouts[layout];
  const [family, size, light, bold] = faces[font];
  const torn = look.backdrop !== 'none' && width < 500;
  const ink = look.fade > 0 ? `rgba(40,40,46,${(0.92 - look.fade).toFixed(2)})` : '#26262a';
  const lean =
    look.lean === 0 ? '' : `transform: perspective(2600px) rotateX(${look.lean * 2}deg) rotateY(${-look.lean}deg);`;
  return `<!doctype html><meta charset="utf-8"><style>
${face(family, light, 400)}${face(family, bold, 700)}${family === 'oswald' ? '' : face('oswald', 600, 600, 'oswald')}
* { box-sizing: border-box; margin: 0; }
body { background: transparent; }
#scene { width: fit-content; padding: ${look.lean === 0 ? 0 : 30}px; }
.sheet { position: relative; width: ${width}px; padding: ${width > 500 ? '56px 60px' : '26px 24px 34px'}; background: ${paperColour(look.backdrop)}; color: ${ink};
  font: 400 ${size}px/1.32 face, monospace; font-variant-numeric: tabular-nums; ${width > 700 ? 'min-height: 1060px;' : ''} ${lean}
  ${torn ? `clip-path: polygon(${teeth(width)});` : ''} }
.row { display: flex; justify-content: space-between; gap: 12px; white-space: pre-wrap; } .row span:last-child { white-space: nowrap; text-align: right; }
.airy { padding: 3px 0; } .middle { text-align: center; } .strong { font-weight: 700; } .small { font-size: 0.86em; }
.large { font-size: 1.22em; line-height: 1.2; margin-bottom: 4px; } .italic { font-style: italic; } .gap { margin-top: 12px; }
.total { font-weight: 700; font-size: 1.34em; padding: 5px 0; }
.sign { font: 600 2.1em/1.3 oswald, face; text-align: center; letter-spacing: 1px; margin-bottom: 6px; }
.cross { text-align: center; font-size: 1.9em; line-height: 1.1; }
.rule { margin: 7px 0; border-top: 1.5px dashed currentColor; } .rule.solid { border-top-style: solid; } .rule.double { border-top: 4px double currentColor; }
.stars { overflow: hidden; white-space: nowrap; margin: 4px 0; height: 1.1em; }
table { width: 100%; border-collapse: collapse; } th { font-weight: 700; text-align: right; } td { text-align: right; }
th:first-child, td:first-child { text-align: left; } .tax { font-size: 0.86em; margin: 6px 0; }
.wide { margin: 22px 0 14px; } .wide th, .wide td { border: 1px solid currentColor; padding: 6px 9px; } .wide th:nth-child(2), .wide td:nth-child(2) { text-align: left; }
.sums { width: 58%; margin-left: auto; } .facts { columns: 2; column-gap: 40px; } .facts.narrow { columns: 1; width: 46%; }
.letterhead { display: flex; justify-content: space-between; gap: 30px; margin: 12px 0; } .title { font: 600 1.7em oswald, face; white-space: nowrap; }
.foot { margin-top: 60px; border-top: 1px solid currentColor; padding-top: 8px; } .signature { margin: 70px 0 0; width: 240px; border-top: 1px solid currentColor; font-size: 0.86em; }
.bars { display: flex; height: 46px; margin: 14px auto 0; width: fit-content; }
.wear { position: absolute; inset: 0; mix-blend-mode: multiply; pointer-events: none; }
</style><div id="scene"><div class="sheet">${draw(receipt)}${wear(receipt)}</div></div>`;
}

function paperColour(backdrop: string): string {
  return backdrop === 'none' ? '#ffffff' : backdrop === 'bed' ? '#fbfbf9' : '#f7f5ef';
}

/** The toothed edge of a slip torn off a roll, at its top and foot. */
function teeth(width: number): string {
  const count = Math.floor(width / 9);
  const across = Array.from({ length: count + 1 }, (_, index) => index);
  const x = (index: number): string => `${((100 * index) / count).toFixed(2)}%`;
  const top = across.map((index) => `${x(index)} ${index % 2 === 0 ? 0 : 5}px`);
  const foot = across.toReversed().map((index) => `${x(index)} calc(100% - ${index % 2 === 0 ? 0 : 5}px)`);
  return [...top, ...foot].join(', ');
}

/** Creases as light falling on a rough surface, and folds as soft bands. */
function wear(receipt: Receipt): string {
  const { crumple, folds } = receipt.plan.look;
  const layers: string[] = [];
  if (crumple > 0) {
    const seed = receipt.draw.int(1, 900);
    layers.push(
      `<svg class="wear" width="100%" height="100%" style="opacity:${crumple}"><filter id="crumple" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="0.008 0.006" numOctaves="4" seed="${seed}"/><feDiffuseLighting lighting-color="#fff" surfaceScale="9" diffuseConstant="1.12"><feDistantLight azimuth="50" elevation="62"/></feDiffuseLighting></filter><rect width="100%" height="100%" filter="url(#crumple)"/></svg>`,
    );
  }
  for (let fold = 0; fold < folds; fold += 1) {
    const at = receipt.draw.int(30, 70);
    layers.push(
      `<div class="wear" style="background:linear-gradient(to bottom, transparent ${at - 9}%, rgba(60,50,40,.16) ${at - 0.4}%, rgba(255,255,255,0) ${at}%, rgba(60,50,40,.07) ${at + 0.3}%, transparent ${at + 8}%)"></div>`,
    );
  }
  return layers.join('');
}

const loaded = new Map<string, string>();

/** A font as a rule of CSS that carries its own data, Latin letters only. */
function face(family: string, weight: number, as: number, name = 'face'): string {
  const path = `@fontsource/${family}/files/${family}-latin-${weight}-normal.woff2`;
  const data = loaded.get(path) ?? readFileSync(require.resolve(path)).toString('base64');
  loaded.set(path, data);
  return `@font-face { font-family: ${name}; font-weight: ${as}; src: url(data:font/woff2;base64,${data}) format('woff2'); }\n`;
}
