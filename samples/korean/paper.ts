// A sheet as a list of drawings, and the drawing of it as SVG. Knows places and print, nothing of documents.

/** A sheet that is being laid out: every call draws one thing. Sizes and places are pixels. */
export interface Sheet {
  readonly width: number;
  height: number;
  readonly drawn: string[];
  readonly font: string;
  readonly size: number;
}

export function newSheet(width: number, height: number, look: { font: string; size: number }): Sheet {
  return { width, height, drawn: [], ...look };
}

interface Print {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly fill?: string;
}

/** One line of print; `y` is the base line. */
export function print(sheet: Sheet, x: number, y: number, text: string, how: Print = {}): void {
  const { size = sheet.size, anchor = 'start', bold = false, fill = '#111' } = how;
  sheet.drawn.push(
    `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}"${bold ? ' font-weight="bold"' : ''} fill="${fill}">${escaped(text)}</text>`,
  );
}

export function rule(sheet: Sheet, x0: number, y0: number, x1: number, y1: number, width = 1.5): void {
  sheet.drawn.push(`<line x1="${x0}" y1="${y0}" x2="${x1}" y2="${y1}" stroke="#333" stroke-width="${width}"/>`);
}

export function frame(sheet: Sheet, x: number, y: number, width: number, height: number): void {
  sheet.drawn.push(
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="#333" stroke-width="1.5"/>`,
  );
}

/** A red seal with a few signs cut into it, round or square. */
export function seal(sheet: Sheet, x: number, y: number, how: { radius: number; text: string; square: boolean }): void {
  const { radius, text, square } = how;
  const edge = square
    ? `<rect x="${x - radius}" y="${y - radius}" width="${2 * radius}" height="${2 * radius}" fill="none" stroke="#d22" stroke-width="3.5"/>`
    : `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="#d22" stroke-width="3.5"/>`;
  const signs = [...text].slice(0, 4);
  const step = radius * 0.72;
  const cut = signs.map(
    (sign, i) =>
      `<text x="${x + (i % 2 === 0 ? 0.5 : -0.5) * step}" y="${y + (i < 2 ? 0 : step) + (signs.length < 3 ? step / 3 : 0)}" font-size="${step}" text-anchor="middle" fill="#d22">${sign}</text>`,
  );
  sheet.drawn.push(`<g opacity="0.78">${edge}${cut.join('')}</g>`);
}

/** Signs set apart, as forms print their labels. */
export function spread(text: string, gap: number): string {
  return [...text].join('\u00a0'.repeat(gap));
}

export function svgOf(sheet: Sheet): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${sheet.width}" height="${sheet.height}" font-family="${sheet.font}"><rect width="100%" height="100%" fill="#fff"/>${sheet.drawn.join('')}</svg>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/ /g, '\u00a0');
}
