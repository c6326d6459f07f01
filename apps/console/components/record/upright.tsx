/** A page's picture, turned upright inside a frame of the upright page's shape. */
import type { CSSProperties, ReactElement } from 'react';
import type { PageView } from './pages.ts';

/** The style that turns a picture inside a frame of the upright page's proportions. */
export function uprightStyle(page: Pick<PageView, 'turn' | 'size'>): CSSProperties {
  const { width, height } = page.size ?? { width: 1, height: 1 };
  const sideways = page.turn === 90 || page.turn === 270;
  return {
    width: sideways ? `${(100 * height) / width}%` : '100%',
    transform: `translate(-50%, -50%) rotate(${page.turn}deg)`,
  };
}

/** The part of a page around a box, as wide as its frame; nothing of it can be told from the rest of the page. */
export function Crop(props: { readonly page: PageView; readonly box: readonly number[] }): ReactElement | null {
  const { page } = props;
  if (page.size === null) return null;
  const [x0, y0, x1, y1] = around(props.box);
  const [across, down] = [x1 - x0, y1 - y0];
  const shape = (across * page.size.width) / (down * page.size.height);
  return (
    <span className="crop-cut" style={{ aspectRatio: shape }}>
      <span
        className="crop-page"
        style={{
          width: `${100 / across}%`,
          height: `${100 / down}%`,
          left: `${(-100 * x0) / across}%`,
          top: `${(-100 * y0) / down}%`,
        }}
      >
        <img src={page.src} alt="" style={uprightStyle(page)} />
        <span className="crop-mark" style={markStyle(props.box)} />
      </span>
    </span>
  );
}

function markStyle(box: readonly number[]): CSSProperties {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box;
  return { left: `${x0 * 100}%`, top: `${y0 * 100}%`, width: `${(x1 - x0) * 100}%`, height: `${(y1 - y0) * 100}%` };
}

/** A box with some of the page around it: a value says little without the words beside it. */
function around(box: readonly number[]): readonly [number, number, number, number] {
  const [x0 = 0, y0 = 0, x1 = 1, y1 = 1] = box;
  const down = Math.max(y1 - y0, 0.012);
  const across = Math.min(1, Math.max(x1 - x0 + 0.06, 0.55));
  const middle = (x0 + x1) / 2;
  const from = Math.min(Math.max(0, middle - across / 2), 1 - across);
  return [from, Math.max(0, y0 - down * 0.7), from + across, Math.min(1, y1 + down * 0.7)];
}
