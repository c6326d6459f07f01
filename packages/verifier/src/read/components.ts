/**
 * Geometry of a probability map: connected regions above a threshold, each as the smallest rectangle around it, which
 * may lean. Pure arithmetic, no networks.
 */

/** A region as a leaning rectangle in map pixels; `slope` in radians, `along` runs with it. */
export interface Region {
  readonly cx: number;
  readonly cy: number;
  readonly along: number;
  readonly across: number;
  readonly slope: number;
  /** Mean probability inside. */
  readonly score: number;
}

type Point = readonly [number, number];

/** All regions of at least a few pixels, in scan order. */
export function regionsOf(map: Float32Array, at: { width: number; height: number; probabilityMin: number }): Region[] {
  const { width, height, probabilityMin } = at;
  const seen = new Uint8Array(width * height);
  const stack = new Int32Array(width * height);
  const lefts = new Int32Array(height);
  const rights = new Int32Array(height);
  const regions: Region[] = [];
  for (let start = 0; start < map.length; start += 1) {
    if (seen[start] === 1 || (map[start] as number) <= probabilityMin) continue;
    let top = 0;
    let sum = 0;
    let count = 0;
    // Scan order makes the first pixel one of the topmost row.
    const first = Math.floor(start / width);
    let last = first - 1;
    stack[top++] = start;
    seen[start] = 1;
    while (top > 0) {
      const i = stack[--top] as number;
      const x = i % width;
      const y = (i - x) / width;
      sum += map[i] as number;
      count += 1;
      for (; last < y; last += 1) {
        lefts[last + 1] = width;
        rights[last + 1] = -1;
      }
      if (x < (lefts[y] as number)) lefts[y] = x;
      if (x > (rights[y] as number)) rights[y] = x;
      const [fromX, toX] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0];
      const lowest = y < height - 1 ? i + width : i;
      for (let row = y > 0 ? i - width : i; row <= lowest; row += width) {
        for (let n = row + fromX; n <= row + toX; n += 1) {
          if (seen[n] === 0 && (map[n] as number) > probabilityMin) {
            seen[n] = 1;
            stack[top++] = n;
          }
        }
      }
    }
    if (count < 6) continue;
    const points = outline({ lefts, rights, first, last });
    regions.push({ ...smallestRectangle(points), score: sum / count });
  }
  return regions;
}

/** Corners of the outermost pixels of each row; a connected region has pixels in every row between its first and last. */
function outline(at: { lefts: Int32Array; rights: Int32Array; first: number; last: number }): Point[] {
  const points: Point[] = [];
  for (let y = at.first; y <= at.last; y += 1) {
    const [left, right] = [at.lefts[y] as number, at.rights[y] as number];
    points.push([left - 0.5, y - 0.5], [left - 0.5, y + 0.5], [right + 0.5, y - 0.5], [right + 0.5, y + 0.5]);
  }
  return points;
}

/** The smallest rectangle has a side on an edge of the convex hull, so each edge's direction is tried. */
function smallestRectangle(points: Point[]): Omit<Region, 'score'> {
  const hull = convexHull(points);
  let best = { area: Number.POSITIVE_INFINITY, cx: 0, cy: 0, along: 0, across: 0, slope: 0 };
  for (let i = 0; i < hull.length; i += 1) {
    const [ax, ay] = hull[i] as Point;
    const [bx, by] = hull[(i + 1) % hull.length] as Point;
    const slope = quarter(Math.atan2(by - ay, bx - ax));
    const cos = Math.cos(slope);
    const sin = Math.sin(slope);
    let [u0, u1, v0, v1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of hull) {
      const u = x * cos + y * sin;
      const v = y * cos - x * sin;
      if (u < u0) u0 = u;
      if (u > u1) u1 = u;
      if (v < v0) v0 = v;
      if (v > v1) v1 = v;
    }
    const area = (u1 - u0) * (v1 - v0);
    if (area < best.area - 1e-9) {
      const u = (u0 + u1) / 2;
      const v = (v0 + v1) / 2;
      best = { area, cx: u * cos - v * sin, cy: u * sin + v * cos, along: u1 - u0, across: v1 - v0, slope };
    }
  }
  const { area: _, ...rectangle } = best;
  return rectangle;
}

/** The same direction modulo a quarter turn, in (−45°, 45°]: text is taken to run nearest to the horizontal. */
function quarter(angle: number): number {
  const turned = angle - Math.round(angle / (Math.PI / 2)) * (Math.PI / 2);
  return Math.abs(turned) < 1e-6 ? 0 : turned;
}

function convexHull(points: Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain[chain.length - 2] as Point, chain[chain.length - 1] as Point, point) <= 0) {
        chain.pop();
      }
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
